"""What a reviewer decides on candidates: steps from one content of an image to the next.

Each step returns the content it was given where there is nothing to do, and raises a ValueError for
a candidate that is not there. Taking back the step takes back verdict and crack together.
"""

from dataclasses import replace

from annotator.document.candidate import Candidate, Verdict
from annotator.document.crack import Crack
from annotator.document.image_content import ImageContent


def accept(content: ImageContent, identifier: str, *, raw: bool = False) -> ImageContent:
    """Make a crack of a candidate: of what was traced, or of the raw pixels if there is no trace.

    A crack that was made of it before is replaced, unless it is locked.
    """
    candidate = content.known_candidate(identifier)
    crack = candidate.raw if raw else candidate.best
    verdict: Verdict = "accepted raw" if crack is candidate.raw else "accepted"
    # The very object where it can be: whoever drew it before need not draw it again.
    made = crack if crack.identifier == identifier else replace(crack, identifier=identifier)
    old = content.find_crack(identifier)
    if candidate.verdict == verdict and old is not None:
        return content
    if old is not None and old.is_locked:
        return content
    if old is not None:
        content = content.with_crack_replaced(identifier, [made])
    else:
        content = content.with_cracks([made])
    return content.with_candidate_replaced(candidate.with_verdict(verdict))


def reject(content: ImageContent, identifier: str) -> ImageContent:
    """Say that a candidate is no crack; a crack that was made of it goes unless it is locked."""
    return _without_its_crack(content, identifier, "rejected")


def reject_open(content: ImageContent) -> ImageContent:
    """Say of all candidates that nobody decided on, those skipped too, that they are no cracks."""
    for candidate in content.open_candidates:
        content = reject(content, candidate.identifier)
    return content


def skip(content: ImageContent, identifier: str) -> ImageContent:
    """Leave a candidate that is still open for later; one that was decided on stays so."""
    candidate = content.known_candidate(identifier)
    if candidate.verdict != "open":
        return content
    return content.with_candidate_replaced(candidate.with_verdict("skipped"))


def reopen(content: ImageContent, identifier: str) -> ImageContent:
    """Take back the verdict on a candidate; a crack made of it goes unless it is locked."""
    return _without_its_crack(content, identifier, "open")


def accept_edited(content: ImageContent, identifier: str, crack: Crack) -> ImageContent:
    """Accept a candidate as a crack that was corrected by hand, under the candidate's name."""
    accepted = accept(content, identifier)
    if accepted.find_crack(identifier) is None:
        return accepted
    return accepted.with_crack_replaced(identifier, [replace(crack, identifier=identifier)])


def _without_its_crack(content: ImageContent, identifier: str, verdict: Verdict) -> ImageContent:
    candidate: Candidate = content.known_candidate(identifier)
    crack = content.find_crack(identifier)
    if candidate.verdict == verdict or (crack is not None and crack.is_locked):
        return content
    changed = content.with_candidate_replaced(candidate.with_verdict(verdict))
    return changed.without([identifier])

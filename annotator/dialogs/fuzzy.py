"""Finding a text by a few of its letters."""


def match_score(query: str, text: str) -> float | None:
    """Return how well the letters of a query occur in a text, in order; None where they do not.

    Words that begin with the letters count most, then runs of letters; shorter texts win ties.
    """
    wanted, given = query.casefold().replace(" ", ""), text.casefold()
    best: float | None = None
    start = given.find(wanted[:1]) if wanted else 0
    if not wanted:
        return 0.0
    while start >= 0:
        score = _score_from(wanted, given, start)
        if score is not None and (best is None or score > best):
            best = score
        start = given.find(wanted[0], start + 1)
    return best


def _score_from(wanted: str, given: str, start: int) -> float | None:
    """Take the nearest occurrence of each letter after the one before."""
    score, place = 0.0, start
    previous = start - 2
    for letter in wanted:
        place = given.find(letter, previous + 1 if previous >= start else start)
        if place < 0:
            return None
        is_word_start = place == 0 or not given[place - 1].isalnum()
        score += 3.0 if place == previous + 1 else 2.0 if is_word_start else 0.5
        score -= 0.02 * (place - max(previous, start) if previous >= start else 0)
        previous = place
    is_first_word = start == 0
    return score + is_first_word - 0.01 * len(given)

"""Finding commands by a few letters."""

import pytest

from annotator.dialogs.fuzzy import match_score

TEXTS = ("Next image", "Open images", "Next image to do", "Mask and outline", "Zoom out", "Lock")


def best(query):
    scored = [(match_score(query, text), text) for text in TEXTS]
    return max((pair for pair in scored if pair[0] is not None), default=(None, ""))[1]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("next", "Next image"),
        ("ni", "Next image"),
        ("oi", "Open images"),
        ("todo", "Next image to do"),
        ("outl", "Mask and outline"),
        ("zo", "Zoom out"),
        ("LOCK", "Lock"),
        ("n x t", "Next image"),
    ],
)
def test_beginnings_of_words_and_runs_of_letters_win(query, text):
    assert best(query) == text


def test_letters_must_occur_in_their_order():
    assert match_score("kcol", "Lock") is None
    assert match_score("lockx", "Lock") is None
    assert match_score("", "Lock") == 0

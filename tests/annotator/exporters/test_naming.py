"""Names of exported images: distinct, legal, and the same for the same project."""

import pytest

from annotator.exporters.naming import distinct_stems


@pytest.mark.parametrize(
    ("shown", "stems"),
    [
        (["a.jpg", "b.png"], ["a", "b"]),
        (["north/a.jpg", "south/a.jpg", "b.jpg"], ["north_a", "south_a", "b"]),
        (["a.jpg", "a.png"], ["a", "a_2"]),
        (["A.JPG", "n/a.jpg"], ["A", "n_a"]),
        (["x/a.jpg", "y/a.jpg", "x_a.jpg"], ["x_a_2", "y_a", "x_a"]),
        (["x/a.jpg", "y/A.jpg", "X_A.png"], ["x_a_2", "y_A", "X_A"]),
        (["IMG.20.01.jpg", "con.jpg", "a?b.jpg", "ä 裂.jpg"], ["IMG_20_01", "con_", "a_b", "ä 裂"]),
        (["._a.jpg", "...jpg"], ["__a", "__"]),
    ],
)  # fmt: skip
def test_stems(shown, stems):
    named = distinct_stems(dict(enumerate(shown)))
    assert [named[index] for index in range(len(shown))] == stems


def test_the_order_of_the_images_does_not_matter():
    shown = {1: "s/a.jpg", 2: "n/a.jpg", 3: "n_a.png", 4: "N/A.png"}
    backwards = dict(reversed(shown.items()))
    assert distinct_stems(shown) == distinct_stems(backwards)
    folded = [stem.casefold() for stem in distinct_stems(shown).values()]
    assert len(set(folded)) == 4

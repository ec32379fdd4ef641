"""Splits by image: by seed, by hand, and never through a file that is there twice."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.document.image_state import ImageState
from annotator.errors import AnnotatorError
from annotator.exporters.splits import DataSetChoice, split_images


@dataclass
class Item:
    name: str
    sha256: str = ""
    subset: str = "auto"
    has_crack: bool = True


def items(n, **facts):
    return [Item(f"{'c' if facts.get('has_crack', True) else 'n'}{i:04d}", **facts)
            for i in range(n)]  # fmt: skip


def test_the_published_numbers():
    both = items(755) + items(300, has_crack=False)
    test = split_images(both, 0.1, 0).test
    assert sum(name.startswith("c") for name in test) == 76
    assert sum(name.startswith("n") for name in test) == 30


def test_seeds_differ_and_order_does_not_matter():
    given_items = items(50)
    first = split_images(given_items, 0.2, 1)
    assert split_images(given_items[::-1], 0.2, 1) == first
    assert split_images(given_items, 0.2, 2).test != first.test


def test_one_more_image_moves_few_others():
    before = split_images(items(100), 0.1, 5).test
    after = split_images(items(101), 0.1, 5).test
    assert len(before ^ after) <= 2


@pytest.mark.parametrize(("n", "fraction", "n_test"), [(1, 0.1, 0), (2, 0.1, 1), (9, 0, 0)])
def test_small_sets(n, fraction, n_test):
    assert len(split_images(items(n), fraction, 0).test) == n_test


def test_assignment_by_hand_counts():
    given_items = items(20)
    for item in given_items[:5]:
        item.subset = "test"
    given_items[5].subset = "train"
    assert split_images(given_items, 0.1, 0).test == {item.name for item in given_items[:5]}
    more = split_images(given_items, 0.4, 0).test
    assert len(more) == 8
    assert given_items[5].name not in more


def test_twins_that_were_assigned_to_both_sides():
    twins = [Item("a", "x", "train"), Item("b", "x", "test"), Item("c", "y")]
    split = split_images(twins, 0, 0)
    assert split.test == frozenset()
    assert split.side("b") == "train"
    assert "assigned to both" in split.notes[0]


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcd"), st.sampled_from(["auto", "train", "test"]), st.booleans()
        )
    ),
    st.floats(0, 0.9),
    st.integers(0, 9),
)
def test_identical_files_are_never_parted(drawn, fraction, seed):
    given_items = [Item(f"{i}", digest, subset, crack)
                   for i, (digest, subset, crack) in enumerate(drawn)]  # fmt: skip
    split = split_images(given_items, fraction, seed)
    sides = {}
    for item in given_items:
        assert sides.setdefault(item.sha256, split.side(item.name)) == split.side(item.name)
    for item in given_items:
        wanted = {i.subset for i in given_items if i.sha256 == item.sha256} - {"auto"}
        if len(wanted) == 1:
            assert split.side(item.name) == wanted.pop()


@pytest.mark.parametrize(
    ("state", "has_crack", "include_clean", "is_taken"),
    [
        (ImageState.APPROVED, True, False, True),
        (ImageState.REVIEWED, False, False, False),
        (ImageState.REVIEWED, False, True, True),
        (ImageState.NO_CRACK, False, False, True),
        (ImageState.NEW, True, True, False),
        (ImageState.NEW, False, True, False),
    ],
)
def test_which_images_are_taken(state, has_crack, include_clean, is_taken):
    choice = DataSetChoice(include_clean=include_clean)
    assert choice.takes(state, has_crack=has_crack) is is_taken


def test_images_nobody_looked_at_are_never_clean():
    choice = DataSetChoice(states=tuple(ImageState), include_clean=True)
    assert not choice.takes(ImageState.NEW, has_crack=False)
    assert not choice.takes(ImageState.IN_PROGRESS, has_crack=False)
    assert choice.takes(ImageState.NEW, has_crack=True)


@pytest.mark.parametrize("options", [{"states": ()}, {"test_fraction": 1}, {"test_fraction": -0.1}])
def test_impossible_choices(options):
    with pytest.raises(AnnotatorError):
        DataSetChoice(**options)

"""Masks as the run lengths of COCO files: down the columns, from the left, empty pixels first."""

import itertools

import numpy as np
from numpy.typing import NDArray

from annotator.document.mask import MaskPatch

_DIGIT_BITS = 5
_SIGN = 1 << (_DIGIT_BITS - 1)
_MORE = 1 << _DIGIT_BITS
_FIRST_LETTER = 48


def run_lengths(patch: MaskPatch, shape: tuple[int, int]) -> list[int]:
    """Return the lengths of empty and full runs, in turn, of a mask in a (height, width) image."""
    height, width = shape
    columns = np.pad((patch.data != 0).T.astype(np.int8), ((0, 0), (1, 1)))
    step = np.diff(columns, axis=1)
    first = (patch.x + np.arange(len(step))) * height + patch.y
    starts, ends = (_places(first, step == sign) for sign in (1, -1))
    # A run that reaches the bottom goes on at the top of the next column.
    is_apart = starts[1:] != ends[:-1]
    starts = starts[np.concatenate(([True], is_apart))] if len(starts) else starts
    ends = ends[np.concatenate((is_apart, [True]))] if len(ends) else ends
    bounds = np.column_stack((starts, ends)).ravel()
    runs = np.diff(np.concatenate(([0], bounds, [height * width]))).tolist()
    return runs if runs[-1] or len(runs) == 1 else runs[:-1]


def _places(first: NDArray[np.int64], chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    columns, rows = np.nonzero(chosen)
    return first[columns] + rows


def patch_of_runs(runs: list[int], shape: tuple[int, int]) -> MaskPatch:
    """Return the mask of run lengths; a ValueError says where these do not fit the image."""
    height, width = shape
    lengths = np.array(runs, np.int64)
    bounds = np.cumsum(lengths)
    if (lengths < 0).any() or (bounds[-1] if len(bounds) else 0) != height * width:
        raise ValueError(f"the run lengths do not add up to {width} x {height} pixels")
    starts, ends = bounds[0:-1:2], bounds[1::2]
    starts, ends = starts[ends > starts], ends[ends > starts]
    if not len(starts):
        return MaskPatch(0, 0, np.zeros((0, 0), np.uint8))
    left, right = int(starts[0]) // height, int(ends[-1] - 1) // height + 1
    change = np.zeros((right - left) * height + 1, np.int8)
    np.add.at(change, starts - left * height, 1)
    np.add.at(change, ends - left * height, -1)
    columns = np.cumsum(change[:-1], dtype=np.int8).astype(np.uint8).reshape(-1, height)
    return MaskPatch(left, 0, np.ascontiguousarray(columns.T)).tight()


def compressed(runs: list[int]) -> str:
    """Write run lengths as COCO's text: from the fourth on, what each exceeds the last but one by.

    Each number is a row of letters of five bits, the lowest first, a sixth bit saying that more
    follow.
    """
    letters: list[str] = []
    for index, run in enumerate(runs):
        value = run - runs[index - 2] if index > 2 else run
        while True:
            digit = value & (_MORE - 1)
            value >>= _DIGIT_BITS
            is_last = value == (-1 if digit & _SIGN else 0)
            letters.append(chr(_FIRST_LETTER + (digit if is_last else digit | _MORE)))
            if is_last:
                break
    return "".join(letters)


def decompressed(text: str) -> list[int]:
    """Read what `compressed` writes; a ValueError says that it is something else."""
    runs: list[int] = []
    letters = iter(text)
    for letter in letters:
        value, shift = 0, 0
        for code in (ord(each) - _FIRST_LETTER for each in itertools.chain(letter, letters)):
            if not 0 <= code < 2 * _MORE:
                raise ValueError("the run lengths are not in the text form of COCO")
            value |= (code & (_MORE - 1)) << shift
            shift += _DIGIT_BITS
            if not code & _MORE:
                value -= (1 << shift) if code & _SIGN else 0
                break
        else:
            raise ValueError("the run lengths end early")
        runs.append(value + runs[-2] if len(runs) > 2 else value)
    return runs

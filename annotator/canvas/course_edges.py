"""The two edges of a traced crack as lines."""

import numpy as np
from numpy.typing import NDArray

from annotator.document.crack_path import CrackPath

Points = NDArray[np.float64]


def course_edges(
    course: CrackPath, *, outward: float = 0.0, stride: int = 1
) -> tuple[Points, Points]:
    """Return the left and the right edge (x, y), moved outward by so many px.

    Of the samples only each ``stride``-th is taken, and the last one.
    """
    line, halves = _thinned(course.centerline, stride), _thinned(course.half_widths, stride)
    if len(line) < 2:
        return line, line
    steps = np.empty_like(line)
    steps[1:-1] = line[2:] - line[:-2]
    steps[0], steps[-1] = line[1] - line[0], line[-1] - line[-2]
    lengths = np.maximum(np.hypot(steps[:, 0], steps[:, 1]), 1e-6)
    left = np.empty_like(line)
    left[:, 0], left[:, 1] = steps[:, 1] / lengths, -steps[:, 0] / lengths
    return line + left * (halves[:, :1] + outward), line - left * (halves[:, 1:] + outward)


def _thinned(values: Points, stride: int) -> Points:
    kept = np.asarray(values[::stride], np.float64)
    return kept if (len(values) - 1) % stride == 0 else np.concatenate((kept, values[-1:]))

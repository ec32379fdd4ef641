"""Which of several halved resolutions of an image to draw."""

from math import floor, log2


def halvings(scale: float, most: int) -> int:
    """Return how often an image is halved, at most, with a cell per screen pixel left.

    Parameters
    ----------
    scale
        Screen pixels per image pixel, > 0.
    most
        No more than so often.
    """
    return min(max(floor(-log2(max(scale, 1e-6))), 0), most)

"""What the crack looks like at the clicks: its best channel, darker or brighter than around."""

import numpy as np
from numpy.typing import NDArray

from geodesic.parameters import Channel, TraceParameters
from geodesic.prepared_image import PreparedImage
from geodesic.ridge import RIDGE_APRON, ridge_strength
from geodesic.types import Points

SEARCH = 4
"""Radius in px around a click in which the crack is looked for."""

BRIGHT_ADVANTAGE = 1.5
"""Cracks are taken to be dark unless bright lines stand out this much more."""

CHANNEL_ADVANTAGE = 1.3
"""A single channel is taken instead of the luminance if the crack stands out this much more."""

_SINGLE_CHANNELS: tuple[Channel, ...] = ("red", "green", "blue")


def line_evidence(
    prepared: PreparedImage, points: Points, channel: Channel, *, dark: bool
) -> NDArray[np.float64]:
    """Strongest ridge near each point, in noise deviations of the image, shape (n,)."""
    levels = prepared.ridge_levels(channel)
    reach = SEARCH + RIDGE_APRON
    strongest = []
    for x, y in points:
        row, col = round(y), round(x)
        block = prepared.block(row - reach, col - reach, row + reach + 1, col + reach + 1, channel)
        strength = ridge_strength(block, dark=dark)
        inner = strength[:, RIDGE_APRON:-RIDGE_APRON, RIDGE_APRON:-RIDGE_APRON]
        strongest.append((inner / levels[:, None, None]).max())
    return np.array(strongest)


def resolve_appearance(
    prepared: PreparedImage, points: Points, parameters: TraceParameters
) -> tuple[TraceParameters, tuple[str, ...]]:
    """Replace "auto" in polarity and channel by what the clicks' neighborhoods show.

    Parameters
    ----------
    prepared : PreparedImage
        The image.
    points : ndarray, shape (n, 2)
        Clicks (x, y) in px.
    parameters : TraceParameters
        May hold "auto".

    Returns
    -------
    parameters : TraceParameters
        Without "auto".
    notes : tuple of str
        What was found, where it is not the usual.
    """
    notes: list[str] = []
    polarity, channel = parameters.polarity, parameters.channel
    if polarity == "auto":
        seen_in: Channel = "luminance" if channel == "auto" else channel
        dark = line_evidence(prepared, points, seen_in, dark=True)
        bright = line_evidence(prepared, points, seen_in, dark=False)
        polarity = "bright" if (bright > BRIGHT_ADVANTAGE * dark).all() else "dark"
        if polarity == "bright":
            notes.append("The crack is brighter than its surroundings.")
    if not prepared.is_color:
        channel = "luminance"
    elif channel == "auto":
        channel = _best_channel(prepared, points, dark=polarity == "dark")
        if channel != "luminance":
            notes.append(f"The crack shows best in the {channel} channel.")
    return parameters.with_overrides(polarity=polarity, channel=channel), tuple(notes)


def _best_channel(prepared: PreparedImage, points: Points, *, dark: bool) -> Channel:
    """Choose the luminance, unless a single channel is clearly better at every click."""
    best: Channel = "luminance"
    evidence = CHANNEL_ADVANTAGE * line_evidence(prepared, points, best, dark=dark)
    for channel in _SINGLE_CHANNELS:
        rival = line_evidence(prepared, points, channel, dark=dark)
        if (rival > evidence).all():
            best, evidence = channel, rival
    return best

"""Probabilities to pixels of the screen: what is in view only, whatever the size of the image."""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QImage, QPainter, QTransform

from annotator.canvas.items import PREDICTION_COLOR, SHARP_PIXELS_FROM
from annotator.services.probability_pyramid import STEPS, ProbabilityPyramid, threshold_step

Values = NDArray[np.uint8]

SLACK: Final = 0.25
"""Halvings by which a level may be finer than the screen: cells not much smaller than pixels."""
LOWEST: Final = 0.04
"""Probability up to which nothing is drawn."""
FAINT: Final = 0.3
"""Share of the opacity that is left below the threshold."""
UNDIVIDED: Final = 65_000
"""Pixels that OpenCV works on in one thread. The window must not wait for threads that others keep
busy."""
RIM: Final = 2
"""Screen pixels that an outline and its dark rim reach beyond the region."""
_LINE, _RIM_CODE = 1, 2
_EDGE: Final = 1
"""A step so low that nothing is drawn for it: it stands for the edge of what is sure."""
_EDGE_ALPHA: Final = 150
_RIM_COLOR: Final = 0x96000000


@cache
def probability_colors() -> NDArray[np.uint32]:
    """Return red, green and blue for each step: from dark violet over green to yellow.

    The map (viridis) is even to the eye and told apart by color-blind ones.
    """
    import cv2  # loaded with the first image, long before

    ramp = np.arange(STEPS + 1, dtype=np.uint8)[:, None]
    blue, green, red = np.asarray(cv2.applyColorMap(ramp, cv2.COLORMAP_VIRIDIS), np.uint32)[:, 0].T
    return (red << 16) | (green << 8) | blue


@cache
def color_table(threshold: float, opacity: float) -> list[int]:
    """Return ARGB for each step: the surer the more opaque, faint below the threshold."""
    probability = np.arange(STEPS + 1) / STEPS
    alpha = np.clip((probability - LOWEST) / (1 - LOWEST), 0, 1) ** 0.6
    alpha[: threshold_step(threshold)] *= FAINT
    colors = (np.rint(255 * opacity * alpha).astype(np.uint32) << 24) | probability_colors()
    colors[_EDGE] = round(_EDGE_ALPHA * opacity) << 24
    return colors.tolist()


def outline_table() -> list[int]:
    """Return ARGB of nothing, the line, and its rim."""
    return [0, PREDICTION_COLOR.rgb(), _RIM_COLOR]


def sample(pyramid: ProbabilityPyramid, to_device: QTransform, target: QRect) -> Values:
    """Return the steps at the centers of device pixels; zero outside of the image.

    Close up they are those of the image's pixels, else they are interpolated.
    """
    import cv2

    scale = to_device.m11()
    level = pyramid.level_for(2 ** (np.log2(scale) - 1 + SLACK)) if scale < 1 else 0
    cells, side = pyramid.levels[level], 2.0**level
    # From centers of device pixels to centers of cells, counted from (0, 0) both.
    step = 1 / (scale * side)
    x0 = (target.left() + 0.5 - to_device.dx()) * step - 0.5
    y0 = (target.top() + 0.5 - to_device.dy()) * step - 0.5
    values = np.zeros((target.height(), target.width()), np.uint8)
    is_sharp = scale >= SHARP_PIXELS_FROM
    flags = cv2.WARP_INVERSE_MAP | (cv2.INTER_NEAREST if is_sharp else cv2.INTER_LINEAR)
    first_column = max(int(x0) - 2, 0)
    columns = slice(first_column, max(int(x0 + step * target.width()) + 3, 0))
    rows = max(UNDIVIDED // target.width(), 1)
    for top in range(0, target.height(), rows):
        part = values[top : top + rows]
        first_row = max(int(y0 + step * top) - 2, 0)
        last_row = max(int(y0 + step * (top + len(part))) + 3, 0)
        source = cells[first_row:last_row, columns]
        if source.size:
            shift = (x0 - first_column, y0 + step * top - first_row)
            matrix = np.array([[step, 0, shift[0]], [0, step, shift[1]]])
            cv2.warpAffine(source, matrix, part.shape[::-1], dst=part, flags=flags)
    return values


def outlined(values: Values, threshold: float) -> Values:
    """Return codes of `outline_table`: a line around what reaches the threshold, and its rim.

    The line runs outside of the region, so that it does not hide a thin crack.
    """
    import cv2

    inside = (values >= threshold_step(threshold)).view(np.uint8)
    line = cv2.dilate(inside, _cross())
    rim = cv2.dilate(line, _cross())
    codes = np.asarray(rim * _RIM_CODE, np.uint8)
    codes[line != 0] = _LINE
    codes[inside != 0] = 0
    return codes


def edged(values: Values, threshold: float) -> Values:
    """Return steps for `color_table` with a dark edge around what reaches the threshold.

    Yellow would be lost on white paint without it.
    """
    import cv2

    inside = (values >= threshold_step(threshold)).view(np.uint8)
    around = cv2.dilate(inside, _cross())
    values[values == _EDGE] = 0
    values[(around != 0) & (inside == 0)] = _EDGE
    return values


def _cross() -> Values:
    return np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)


def device_transform(painter: QPainter) -> tuple[QTransform, float]:
    """Return the way from the scene to device pixels, and how many of them a screen point has."""
    ratio = painter.device().devicePixelRatio()
    return painter.worldTransform() * QTransform.fromScale(ratio, ratio), ratio


def exposed_pixels(to_device: QTransform, exposed: QRectF, area: QRectF, reach: int = 0) -> QRect:
    """Return the device pixels to paint: those exposed, within the image and ``reach`` beyond."""
    image = to_device.mapRect(area).toAlignedRect().adjusted(-reach, -reach, reach, reach)
    return to_device.mapRect(exposed).toAlignedRect() & image


def paint_color(
    painter: QPainter, values: Values, target: QRect, ratio: float, table: list[int]
) -> None:
    """Paint steps or codes through a table of colors, one for each device pixel."""
    height, width = values.shape
    image = QImage(values.data, width, height, width, QImage.Format.Format_Indexed8)
    image.setColorTable(table)
    painter.save()
    painter.setWorldTransform(QTransform.fromScale(1 / ratio, 1 / ratio))
    painter.drawImage(target.topLeft(), image)
    painter.restore()

"""Plots of the quality report: image by image, and over the time of the work."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import pyqtgraph
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QGridLayout, QWidget

from annotator.services.quality_report import Comparison, ImageQuality
from annotator.storage.project_records import Effort

SHOWN_TOLERANCE: Final = 2
MARK_SIZE: Final = 7

SERIES: Final = (
    ("prediction", "predictions", "#56B4E9", "o", Qt.PenStyle.SolidLine),
    ("traces", "two-click traces", "#E69F00", "s", Qt.PenStyle.DashLine),
)
"""Field of an image, name, color, and further marks beside the color."""
KINDS: Final = (
    ("trace", "traced", "#E69F00", "s"), ("review", "reviewed", "#56B4E9", "o"),
    ("edit", "edited", "#CC79A7", "t"), ("paint", "painted", "#009E73", "d"),
)  # fmt: skip


class QualityPlots(QWidget):
    """F1 and width bias of the images, seconds for each crack."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("quality_plots")
        self._scores = _plot(f"F1 at {SHOWN_TOLERANCE} px, image by image", "")
        self._scores.setYRange(0, 1.04, padding=0)
        self._bias = _plot("Width bias, image by image", "px too wide")
        self._bias.setLimits(minYRange=1.0)
        self._times = _plot("Seconds for each crack, one after the other", "s")
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.addWidget(self._scores, 0, 0, 1, 2)
        layout.addWidget(self._bias, 1, 0)
        layout.addWidget(self._times, 1, 1)
        self._lines: dict[tuple[str, str], pyqtgraph.PlotDataItem] = {
            (kind, field): plot.plot(
                pen=pyqtgraph.mkPen(color, width=1.5, style=style),
                symbol=mark, symbolSize=MARK_SIZE, symbolBrush=color, symbolPen=None, name=name,
            )
            for kind, plot in (("f1", self._scores), ("bias", self._bias))
            for field, name, color, mark, style in SERIES
        }  # fmt: skip
        self._efforts: list[pyqtgraph.PlotDataItem] = []
        self._bias.addLine(y=0, pen=pyqtgraph.mkPen("#888888", style=Qt.PenStyle.DotLine))
        self._follow_palette()

    def show_images(self, images: Sequence[ImageQuality]) -> None:
        """Show these images, in this order."""
        for plot in (self._scores, self._bias):
            _count_in_wholes(plot, len(images))
        for field, *_ in SERIES:
            found = [(n, getattr(image, field)) for n, image in enumerate(images, start=1)]
            known: list[tuple[int, Comparison]] = [(n, c) for n, c in found if c is not None]
            self._lines["f1", field].setData(
                [n for n, _ in known], [c.scores(SHOWN_TOLERANCE)[2] for _, c in known]
            )
            biases = [(n, c.width_bias) for n, c in known if c.width_bias is not None]
            self._lines["bias", field].setData([n for n, _ in biases], [b for _, b in biases])

    def show_efforts(self, efforts: Sequence[Effort]) -> None:
        """Show what cracks took, in the order in which they were worked on."""
        ordered = sorted((e for e in efforts if e.crack), key=lambda effort: _time(effort.at))
        for item in self._efforts:
            self._times.removeItem(item)
        self._efforts = []
        for kind, name, color, mark in KINDS:
            points = [(n, e.seconds) for n, e in enumerate(ordered, start=1) if e.kind == kind]
            if points:
                self._efforts.append(
                    self._times.plot(
                        [n for n, _ in points], [seconds for _, seconds in points], pen=None,
                        symbol=mark, symbolSize=MARK_SIZE, symbolBrush=color, symbolPen=None,
                        name=name,
                    )
                )  # fmt: skip
        _count_in_wholes(self._times, len(ordered))
        self._follow_palette()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_efforts"):
            self._follow_palette()
        super().changeEvent(event)

    def _follow_palette(self) -> None:
        palette = self.palette()
        text = palette.color(QPalette.ColorRole.WindowText)
        faint = palette.color(QPalette.ColorRole.Mid)
        for plot in (self._scores, self._bias, self._times):
            plot.setBackground(palette.color(QPalette.ColorRole.Base))
            plot.setTitle(plot.plotItem.titleLabel.text, color=text.name(), size="9pt")
            for side in ("left", "bottom"):
                plot.getAxis(side).setPen(faint)
                plot.getAxis(side).setTextPen(text)
            plot.plotItem.legend.setLabelTextColor(text)
            for _sample, label in plot.plotItem.legend.items:
                label.setText(label.text, color=text.name())


def _time(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return 0.0


def _count_in_wholes(plot: pyqtgraph.PlotWidget, number: int) -> None:
    """Let the axis below count things, of which there are no halves."""
    plot.getAxis("bottom").setTickSpacing(max(round(number / 12), 1), 1)


def _plot(title: str, unit: str) -> pyqtgraph.PlotWidget:
    plot = pyqtgraph.PlotWidget(title=title)
    plot.setMenuEnabled(False)
    plot.hideButtons()
    plot.setMouseEnabled(x=False, y=False)
    plot.showGrid(x=False, y=True, alpha=0.2)
    plot.getAxis("bottom").setStyle(maxTextLevel=0)
    plot.getAxis("left").enableAutoSIPrefix(False)
    if unit:
        plot.setLabel("left", unit)
    plot.addLegend(offset=(-4, -4), labelTextSize="8pt")
    return plot

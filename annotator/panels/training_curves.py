"""The curves of a training: loss, and figures of the images held out, over the steps."""

from typing import Final

import pyqtgraph
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QVBoxLayout, QWidget

from annotator.services.training_process import TrainingView

HEIGHT: Final = 150
LOSSES: Final = (
    ("training loss", "mean", "#E69F00", Qt.PenStyle.SolidLine),
    ("loss", "held out", "#56B4E9", Qt.PenStyle.DashLine),
)
FIGURES: Final = (
    ("f1", "F1", "#56B4E9", Qt.PenStyle.SolidLine),
    ("precision", "precision", "#CC79A7", Qt.PenStyle.DashLine),
    ("recall", "recall", "#009E73", Qt.PenStyle.DotLine),
)
"""Key in the log, name, color, and a second mark beside the color."""
MARK_SIZE: Final = 5
COLUMNS: Final = 3
HEADROOM: Final = 1.3
"""Of the axis of figures, for the names above the curves."""


class TrainingCurves(QWidget):
    """Two plots, one below the other."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("training_curves")
        self._loss, self._figures = _plot("Loss"), _plot("Images held out, at 0 px")
        self._figures.setYRange(0.0, HEADROOM)
        self._steps = self._loss.plot(name="steps")
        self._lines = {
            (plot, key): plot.plot(
                pen=pyqtgraph.mkPen(color, width=2, style=style),
                symbol="o",
                symbolSize=MARK_SIZE,
                symbolBrush=color,
                symbolPen=None,
                name=name,
            )
            for plot, rows in ((self._loss, LOSSES), (self._figures, FIGURES))
            for key, name, color, style in rows
        }
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._loss)
        layout.addWidget(self._figures)
        self.follow_palette()

    def show_view(self, view: TrainingView) -> None:
        """Show what is known of a training."""
        self._steps.setData([p.step for p in view.losses], [p.value for p in view.losses])
        for (_, key), line in self._lines.items():
            points = [(step, known[key]) for step, known in view.epochs if key in known]
            line.setData([step for step, _ in points], [value for _, value in points])
        for plot in (self._loss, self._figures):
            plot.setXRange(0, max(view.n_planned, 1), padding=0.02)

    def follow_palette(self) -> None:
        """Take the colors of the theme."""
        palette = self.palette()
        text = palette.color(QPalette.ColorRole.WindowText)
        faint = palette.color(QPalette.ColorRole.Mid)
        self._steps.setPen(pyqtgraph.mkPen(faint, width=1))
        for plot in (self._loss, self._figures):
            plot.setBackground(palette.color(QPalette.ColorRole.Window))
            plot.setTitle(plot.plotItem.titleLabel.text, color=text.name(), size="9pt")
            for side in ("left", "bottom"):
                axis = plot.getAxis(side)
                axis.setPen(faint)
                axis.setTextPen(text)
            legend = plot.plotItem.legend
            legend.setLabelTextColor(text)
            for _sample, label in legend.items:
                label.setText(label.text, color=text.name())


def _plot(title: str) -> pyqtgraph.PlotWidget:
    plot = pyqtgraph.PlotWidget(title=title)
    plot.setMinimumHeight(HEIGHT)
    plot.setMaximumHeight(HEIGHT + 30)
    plot.setMouseEnabled(x=False, y=False)
    plot.setMenuEnabled(False)
    plot.hideButtons()
    plot.showGrid(x=False, y=True, alpha=0.2)
    legend = plot.addLegend(offset=(2, 2), labelTextSize="8pt", colCount=COLUMNS)
    legend.setBrush(None)
    return plot

"""The options of the tool in hand."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from annotator.canvas.tool import ToolSwitch
from annotator.panels.box_options import BoxOptions
from annotator.panels.brush_options import BrushOptions
from annotator.session import Session

TITLES: dict[str, str] = {
    "trace": "Trace",
    "select": "Select",
    "brush": "Brush",
    "eraser": "Eraser",
    "polygon": "Polygon",
    "contour": "Contour",
    "box": "Box",
    "ruler": "Ruler",
    "review": "Review",
}

NOTES: dict[str, str] = {
    "brush": "Alt or Ctrl erases. Esc lets go of the crack, so that the next stroke begins a new "
    "one.",
    "eraser": "Alt or Ctrl paints. What is erased from a traced crack stays away when the crack is "
    "traced anew.",
    "polygon": "What is inside becomes a crack. Hold Alt or Ctrl when closing to cut it out of the "
    "selected cracks, or of all where none is selected.",
    "contour": "What is inside becomes a crack. Hold Alt or Ctrl when closing to cut it out of the "
    "selected cracks, or of all where none is selected.",
    "box": "Take the select tool (V) to move a box or change its size.",
    "ruler": "Measures in pixels; nothing is saved.",
    "review": "Click a candidate to go to it, drag to move the image. R corrects by hand with the "
    "tools; Esc ends the review.",
}
"""What the options of a tool leave unsaid."""


class ToolOptionsPanel(QWidget):
    """Shows what belongs to the current tool and hides the rest."""

    def __init__(self, session: Session, tools: ToolSwitch, tracing: QWidget) -> None:
        super().__init__()
        self._tools = tools
        self._title = QLabel()
        self._title.setObjectName("tool_title")
        self._title.setContentsMargins(10, 6, 10, 0)
        self._note = QLabel()
        self._note.setObjectName("tool_note")
        self._note.setWordWrap(True)
        self._note.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._note.setContentsMargins(10, 0, 10, 8)
        self._note.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._pages: dict[QWidget, tuple[str, ...]] = {
            tracing: ("trace", "select"),
            BrushOptions(session.brush): ("brush", "eraser"),
            BoxOptions(session): ("box",),
        }
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._title)
        for page in self._pages:
            layout.addWidget(page)
        layout.addWidget(self._note)
        layout.addStretch(1)
        tools.tool_changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        name = self._tools.name
        self._title.setText(f"<b>{TITLES.get(name, name.capitalize())}</b>")
        for page, names in self._pages.items():
            page.setVisible(name in names)
        self._note.setText(NOTES.get(name, ""))
        self._note.setVisible(name in NOTES)

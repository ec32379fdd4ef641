"""The class of the next box."""

from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QFormLayout, QInputDialog, QPushButton, QWidget

from annotator.panels.parameter_editors import CalmComboBox
from annotator.session import Session

SWATCH = 14


class BoxOptions(QWidget):
    """Chooses among the classes of the project, and adds one."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._classes = session.box_classes
        self.chooser = CalmComboBox()
        self.chooser.setObjectName("box_class")
        self.chooser.setAccessibleName("Class of the next box")
        self.add_button = QPushButton("New class…")
        self.add_button.setObjectName("new_box_class")
        self.add_button.setToolTip("Add a class of boxes to this project")
        form = QFormLayout(self)
        form.setContentsMargins(10, 4, 10, 10)
        form.addRow("Class", self.chooser)
        form.addRow("", self.add_button)
        self.chooser.activated.connect(self._on_chosen)
        self.add_button.clicked.connect(self._ask)
        self._classes.changed.connect(self._follow)
        session.project_changed.connect(self._follow)
        self._follow()

    def _on_chosen(self) -> None:
        self._classes.choose(self.chooser.currentData())

    def _ask(self) -> None:
        name, is_given = QInputDialog.getText(
            self, "New class of boxes", "Name of what the boxes are drawn around:"
        )
        if is_given:
            self._classes.add(name)

    def _follow(self) -> None:
        self.chooser.clear()
        for known in self._classes.classes:
            swatch = QPixmap(SWATCH, SWATCH)
            swatch.fill(QColor(known.color))
            self.chooser.addItem(QIcon(swatch), known.name, known.name)
        self.chooser.setCurrentIndex(self.chooser.findData(self._classes.current.name))
        self.add_button.setEnabled(not self._session.is_read_only)

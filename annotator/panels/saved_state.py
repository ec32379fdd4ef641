"""Whether everything is on disk, at the right end of the status bar."""

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtWidgets import QToolButton

from annotator.icons import icon
from annotator.panels.message_bar import ACCENT
from annotator.session import Session

PATIENCE_MS = 400
"""Saving that ends sooner is not mentioned: the word would flicker at each stroke."""

SAVED, SAVING, NOT_SAVED, READ_ONLY = "saved", "saving…", "not saved", "read-only"
ICONS = {
    SAVED: "check-circle", SAVING: "circle-dashed", NOT_SAVED: "warning-circle",
    READ_ONLY: "lock-simple",
}  # fmt: skip


class SavedState(QToolButton):
    """Says saved, saving, not saved, or read-only; a click on "not saved" tries again."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._shown = ""
        self.setObjectName("saved_state")
        self.setAutoRaise(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(16, 16))
        widest = max((SAVED, SAVING, NOT_SAVED, READ_ONLY), key=self._width_of)
        self.setMinimumWidth(self._width_of(widest) + 36)
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._show)
        session.saver.changed.connect(self._on_changed)
        session.project_changed.connect(self._show)
        self.clicked.connect(session.saver.retry)
        self._show()

    @property
    def state(self) -> str:
        """What is so, be it shown yet or not."""
        session = self._session
        if session.store is None:
            return ""
        if session.is_read_only:
            return READ_ONLY
        if session.saver.is_saved:
            return SAVED
        return NOT_SAVED if session.saver.error else SAVING

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.PaletteChange and self._shown:
            self._set_icon()
        super().changeEvent(event)

    def _on_changed(self) -> None:
        if self.state != SAVING:
            self._patience.stop()
            self._show()
        elif not self._patience.isActive() and self._shown != SAVING:
            self._patience.start()

    def _show(self) -> None:
        self._shown = self.state
        self.setVisible(bool(self._shown))
        if self._shown:
            self.setText(self._shown)
            self.setToolTip(self._explanation())
            self._set_icon()

    def _set_icon(self) -> None:
        self.setIcon(icon(ICONS[self._shown], ACCENT if self._shown == NOT_SAVED else None))

    def _explanation(self) -> str:
        session = self._session
        store, error = session.store, session.saver.error
        return {
            SAVED: f"Every edit is saved by itself, in {store.folder if store else ''}",
            SAVING: "The last edits are being written",
            NOT_SAVED: f"{error.text if error else ''}\nClick to try again.",
            READ_ONLY: "Another window works on this project; nothing can be changed here",
        }[self._shown]

    def _width_of(self, text: str) -> int:
        return self.fontMetrics().horizontalAdvance(text)

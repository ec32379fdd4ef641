"""The list of checkpoints."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QTreeWidget

from annotator.dialogs.checkpoints import CheckpointsDialog, shown_time
from annotator.storage.project_store import Checkpoint

pytestmark = pytest.mark.gui
AT = "2026-03-01T12:00:00.000Z"


def test_it_tells_when_by_whom_how_much_and_under_what_name(qtbot):
    named = Checkpoint(Path("a"), "before review", AT, "Anna", 12, 345)
    dialog = CheckpointsDialog([named, Checkpoint(Path("b"), "", AT, "Berta", 1, 0)])
    qtbot.addWidget(dialog)
    found = dialog.findChild(QTreeWidget, "checkpoints_list")
    rows = [found.topLevelItem(row) for row in range(2)]
    assert [[row.text(column) for column in range(5)] for row in rows] == [
        [shown_time(AT), "Anna", "before review", "12", "345"],
        [shown_time(AT), "Berta", "–", "1", "0"],
    ]

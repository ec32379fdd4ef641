"""The commands of a training, in the menu "Model" and in the panel "Training"."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget

from annotator.actions.conditions import may_edit
from annotator.actions.context import Context
from annotator.actions.row import Row
from annotator.dialogs import questions
from annotator.session.training import default_choice

if TYPE_CHECKING:
    from annotator.services.model_comparison import ModelComparison
    from annotator.services.retraining import Choice

DOCK = "training_dock"
CANCEL_TITLE = "Cancel the training"
PANEL_HEIGHT = 600
"""At which the curves of a training are seen without scrolling."""


def retrain(context: Context) -> None:
    """Open the dialog that begins a training."""
    from annotator.dialogs.retrain import RetrainDialog

    session = context.session

    def start(choice: "Choice") -> None:
        session.training.start(choice)
        show_panel(context)

    dialog = RetrainDialog(session, default_choice(session), context.window)
    dialog.chosen.connect(start)
    dialog.open()


def pause(context: Context) -> None:
    """Pause the training, or go on with it."""
    training = context.session.training
    if training.is_live:
        training.pause()
    else:
        training.go_on()
    show_panel(context)


def cancel(context: Context) -> None:
    """Ask, then end the training for good."""
    is_made = context.session.training.is_made
    lost = "The new model is lost." if is_made else "What was learned is lost."
    if questions.ask(
        context.window, CANCEL_TITLE, "End this training for good?",
        f"{lost} Your annotations stay as they are.", verb="End training",
    ):  # fmt: skip
        context.session.training.cancel()


def compare(context: Context) -> None:
    """Show the new model beside the old one, to decide between them."""
    from annotator.dialogs.model_comparison import ModelComparisonDialog

    session = context.session

    def show(comparison: "ModelComparison") -> None:
        dialog = ModelComparisonDialog(session, comparison, context.window)
        dialog.decided.connect(lambda is_used: session.training.conclude(is_used=is_used))
        dialog.open()

    session.training.with_comparison(show)


def go_back(context: Context) -> None:
    """Use the model again that was in use before."""
    context.session.training.go_back()


def show_panel(context: Context) -> None:
    """Bring the panel to the front."""
    dock = context.window.findChild(QDockWidget, DOCK)
    if dock is not None:
        dock.show()
        dock.raise_()
        height = max(dock.height(), PANEL_HEIGHT)
        context.window.resizeDocks([dock], [height], Qt.Orientation.Vertical)


def can_start(context: Context) -> bool:
    """Enable while a project may be edited and nothing is trained in it."""
    return may_edit(context) and context.session.training.view is None


def has_steps_left(context: Context) -> bool:
    """Enable while there is a training that is not at its end."""
    training = context.session.training
    return training.view is not None and not training.is_made and not context.session.is_read_only


def is_paused(context: Context) -> bool:
    """Check the command while a training waits."""
    return has_steps_left(context) and not context.session.training.is_live


def has_training(context: Context) -> bool:
    """Enable while there is a training."""
    return context.session.training.view is not None and not context.session.is_read_only


def is_made(context: Context) -> bool:
    """Enable while a new model waits for a decision."""
    return context.session.training.is_made and not context.session.is_read_only


def rows(menu: str) -> tuple[Row, ...]:
    """Return the commands for a menu."""
    return (
        Row(
            "retrain", "&Retrain…", menu, retrain, (), "graduation-cap", can_start,
            tip="Let a model learn from the images that you have approved",
        ),
        Row(
            "pause_training", "Pa&use training", menu, pause, (), "pause", has_steps_left,
            is_paused, tip="Stop the training for now; the same command goes on",
        ),
        Row(
            "cancel_training", "Canc&el training…", menu, cancel, (), "x", has_training,
            tip="End the training for good",
        ),
        Row(
            "compare_models", "Compare &new model…", menu, compare, (), "columns", is_made,
            tip="The new model beside the old one, on images that neither has learned from",
        ),
        Row(
            "previous_model", "Go &back to the previous model", menu, go_back, (),
            "arrow-u-up-left", may_edit,
            tip="Use the model again that was in use before the last one",
        ),
    )  # fmt: skip

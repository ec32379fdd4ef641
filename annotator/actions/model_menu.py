"""The menu "Model": what models predict, how that is shown, and the models themselves."""

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QDockWidget

from annotator.actions import training_rows
from annotator.actions.conditions import all_of, has_image, has_project, may_edit
from annotator.actions.context import Context
from annotator.actions.row import Condition, Row, separator
from annotator.dialogs.models import ModelsDialog
from annotator.session.prediction_batch import BatchMode
from annotator.session.prediction_display import NOTHING, PHOTOGRAPH, PredictionMode
from annotator.session.prediction_models import DEVICES

MENU = "&Model"
ALL = f"{MENU}/Predict &all"
SHOW = f"{MENU}/&Show prediction"
DEVICE = f"{MENU}/&Device"
THRESHOLD_STEP = 0.05
DOCK = "prediction_dock"


def predict_current(context: Context) -> None:
    """Let the model predict the shown image."""
    _show_panel(context)
    context.session.predictions.predict_current()


def predict_many(mode: BatchMode, context: Context) -> None:
    """Let the model predict many images."""
    _show_panel(context)
    session = context.session
    entries = context.images if mode == "selected" else session.entries
    session.predictions.predict_many(entries, mode)


def cancel(context: Context) -> None:
    """Stop predicting."""
    context.session.predictions.cancel()


def find_again(context: Context) -> None:
    """Propose cracks at the present threshold."""
    context.session.predictions.find_again()


def show(mode: PredictionMode, context: Context) -> None:
    """Show predictions in another way."""
    context.session.predictions.display.change(mode=mode)


def cycle(context: Context) -> None:
    """Show predictions as color, as outline, or not."""
    display = context.session.predictions.display
    display.cycle()
    words = {"probability": "color", "outline": "an outline", "off": "nothing"}
    context.session.notice.emit(f"Predictions are shown as {words[display.look.mode]}")


def toggle_comparison(context: Context) -> None:
    """Compare with the photograph, or with nothing."""
    display = context.session.predictions.display
    is_on = display.look.compared != NOTHING
    display.change(compared=NOTHING if is_on else PHOTOGRAPH)


def toggle_candidates(context: Context) -> None:
    """Draw what is proposed, or not."""
    display = context.session.predictions.display
    display.change(are_candidates_shown=not display.look.are_candidates_shown)


def step_threshold(by: float, context: Context) -> None:
    """Raise or lower the threshold."""
    predictions = context.session.predictions
    predictions.set_threshold(round(predictions.threshold + by, 2))
    context.session.notice.emit(f"Threshold {predictions.threshold:.2f}")


def manage(context: Context) -> None:
    """Open the list of models."""
    ModelsDialog(context.session, context.settings, context.window).open()


def use_device(device: str, context: Context) -> None:
    """Predict there from now on."""
    context.settings.device = device
    context.session.predictions.set_device(device)


def has_model(context: Context) -> bool:
    """Enable while there is a model to predict with."""
    return context.session.predictions.chosen_model is not None


def has_prediction(context: Context) -> bool:
    """Enable while a prediction is shown."""
    return context.session.predictions.shown is not None


def is_predicting(context: Context) -> bool:
    """Enable while images are predicted."""
    return context.session.predictions.is_predicting


def can_find_again(context: Context) -> bool:
    """Enable while cracks can be looked for."""
    return context.session.predictions.can_find_again


def is_shown_as(mode: PredictionMode) -> Condition:
    """Check the command while predictions are shown so."""
    return lambda context: context.session.predictions.display.look.mode == mode


def is_comparing(context: Context) -> bool:
    """Check the command while there is a divider."""
    return context.session.predictions.display.look.compared != NOTHING


def are_candidates_shown(context: Context) -> bool:
    """Check the command while proposals are drawn."""
    return context.session.predictions.display.look.are_candidates_shown


def is_device(device: str) -> Callable[[Context], bool]:
    """Check the command of the device that predicts."""
    return lambda context: context.session.predictions.device == device


def _show_panel(context: Context) -> None:
    """Show where the prediction can be adjusted."""
    dock = context.window.findChild(QDockWidget, DOCK)
    if isinstance(dock, QDockWidget):
        dock.show()
        dock.raise_()


def _batch_row(mode: BatchMode, text: str, tip: str) -> Row:
    return Row(
        f"predict_{mode}", text, ALL, partial(predict_many, mode),
        enabled_when=all_of(may_edit, has_model), tip=tip,
    )  # fmt: skip


def _look_row(mode: PredictionMode, text: str) -> Row:
    return Row(
        f"prediction_{mode}", text, SHOW, partial(show, mode), checked_when=is_shown_as(mode)
    )


ROWS: tuple[Row, ...] = (
    Row(
        "predict_current", "&Predict this image", MENU, predict_current, ("F5",), "sparkle",
        all_of(has_image, has_model),
        tip="Let the model look for cracks in this image; what you drew stays",
        on_canvas=("empty",),
    ),
    _batch_row(
        "all", "&All images",
        "Predict all images but those that are approved or without cracks; what you drew stays",
    ),
    _batch_row(
        "unannotated", "&Unannotated images", "Predict the images on which nobody has worked yet",
    ),
    _batch_row("selected", "&Selected images", "Predict the images selected in the list"),
    Row(
        "cancel_prediction", "&Cancel prediction", MENU, cancel, (), "x", is_predicting,
        tip="Stop predicting; what is done stays",
    ),
    Row(
        "find_cracks", "&Find cracks again", MENU, find_again, (), "arrow-clockwise",
        can_find_again,
        tip="Propose cracks anew at the present threshold; what you decided on stays",
    ),
    separator(MENU),
    Row(
        "cycle_prediction", "Color, outline, &nothing", SHOW, cycle, ("Shift+O",), "stack",
        has_image, tip="Show the prediction as color, as outline, or not; hold H to hide",
    ),
    separator(SHOW),
    _look_row("probability", "&Color"),
    _look_row("outline", "&Outline"),
    _look_row("off", "Not &at all"),
    separator(SHOW),
    Row(
        "compare_prediction", "Compare with the &photograph", SHOW, toggle_comparison, ("W",),
        "columns", has_image, is_comparing,
        tip="A divider to drag: the prediction left of it, the photograph right",
    ),
    Row(
        "show_proposals", "Proposed crac&ks", SHOW, toggle_candidates,
        checked_when=are_candidates_shown, tip="Draw the cracks that are proposed, dashed",
    ),
    separator(SHOW),
    Row(
        "lower_threshold", "&Lower threshold", SHOW, partial(step_threshold, -THRESHOLD_STEP),
        ("Shift+Down",), "", has_prediction, tip="More counts as crack",
    ),
    Row(
        "raise_threshold", "&Raise threshold", SHOW, partial(step_threshold, THRESHOLD_STEP),
        ("Shift+Up",), "", has_prediction, tip="Less counts as crack",
    ),
    separator(MENU),
    Row(
        "manage_models", "&Manage models…", MENU, manage, (), "gear-six", has_project,
        tip="Which models there are, what they may be used for, and how good they are",
    ),
    separator(MENU),
    *training_rows.rows(MENU),
    separator(MENU),
    *(
        Row(
            f"device_{device}", text, DEVICE, partial(use_device, device),
            checked_when=is_device(device),
        )
        for device, text in DEVICES
    ),
)  # fmt: skip

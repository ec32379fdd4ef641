"""The menu "Review": one key for each candidate; the keys count while a review is under way."""

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QDockWidget

from annotator.actions import note_rows
from annotator.actions.conditions import all_of, has_image, has_project, may_edit
from annotator.actions.context import Context
from annotator.actions.row import Row, separator
from annotator.canvas.flight import ViewFlight
from annotator.panels.crack_strip import CrackStripPanel
from annotator.session.review_order import ORDER_NAMES, Order

MENU = "&Review"
ORDER = f"{MENU}/&Order"
STRIP = f"{MENU}/S&trip"
STRIP_DOCK = "strip_dock"


def toggle_review(context: Context) -> None:
    """Begin a review, or end the one under way."""
    review = context.session.review
    if review.is_on:
        review.stop()
    else:
        review.start()
    context.view.setFocus()


def is_on(context: Context) -> bool:
    """Check the command while a review is under way."""
    return context.session.review.is_on


def is_at_item(context: Context) -> bool:
    """Enable while there is something to say yes to."""
    return context.session.review.stage in ("candidate", "image", "finished")


def is_undecided(context: Context) -> bool:
    """Enable while there is a candidate or an image to decide on."""
    return context.session.review.stage in ("candidate", "image")


def is_editing(context: Context) -> bool:
    """Enable while a crack is corrected by hand in the middle of a review."""
    return context.session.review.stage == "editing"


def accept(context: Context) -> None:
    """Say yes."""
    context.session.review.accept()


def accept_raw(context: Context) -> None:
    """Take the pixels as the model has them; approve an image."""
    context.session.review.accept(raw=True)


def reject(context: Context) -> None:
    """Say no."""
    context.session.review.reject()


def edit(context: Context) -> None:
    """Correct by hand."""
    context.session.review.edit()


def skip(context: Context) -> None:
    """Leave it for later."""
    context.session.review.skip()


def back(context: Context) -> None:
    """Look at the item before."""
    context.session.review.back()


def go_on(context: Context) -> None:
    """Come back from correcting by hand."""
    context.session.review.go_on()


def set_order(order: Order, context: Context) -> None:
    """Go through what is left in another order."""
    context.session.review.set_order(order)


def has_order(order: Order) -> Callable[[Context], bool]:
    """Check a command while an order is chosen."""
    return lambda context: context.session.review.queue.order == order


def show_strip(context: Context) -> None:
    """Open the dock in which cracks are unrolled, or close it."""
    dock = context.window.findChild(QDockWidget, STRIP_DOCK)
    if isinstance(dock, QDockWidget):
        dock.setVisible(dock.isHidden())


def is_strip_shown(context: Context) -> bool:
    """Check the command while the dock is open."""
    dock = context.window.findChild(QDockWidget, STRIP_DOCK)
    return isinstance(dock, QDockWidget) and not dock.isHidden()


def page_strip(by: int, context: Context) -> None:
    """Move along the unrolled crack, and on to the next one; open the dock where it is closed."""
    panel = context.window.findChild(CrackStripPanel)
    if panel is None:
        return
    if is_strip_shown(context):
        panel.page(by)
    else:
        show_strip(context)


def toggle_flight(context: Context) -> None:
    """Let the view fly to the next item, or be there at once."""
    context.settings.is_animated = not context.settings.is_animated
    flight = context.window.findChild(ViewFlight)
    if flight is not None:
        flight.is_animated = context.settings.is_animated


def is_flying(context: Context) -> bool:
    """Check the command while the view flies."""
    return context.settings.is_animated


def show_quality(context: Context) -> None:
    """Compare what was proposed with what became of it."""
    from annotator.dialogs.quality_report import QualityDialog

    session = context.session
    dialog = QualityDialog(session, context.window)

    def show_image(identifier: int) -> None:
        rows = [row for row, entry in enumerate(session.entries) if entry.identifier == identifier]
        if rows:
            session.show_image(rows[0])

    dialog.image_wanted.connect(show_image)
    dialog.show()


def _order_row(order: Order, text: str) -> Row:
    return Row(
        f"review_order_{order}", text, ORDER, partial(set_order, order),
        enabled_when=has_project, checked_when=has_order(order),
    )  # fmt: skip


ROWS: tuple[Row, ...] = (
    Row(
        "review", "&Review candidates", MENU, toggle_review, ("Ctrl+R",),
        "check-square-offset", has_project, is_on,
        tip="Go through what a model proposes: one key for each crack",
    ),
    separator(MENU),
    Row(
        "review_accept", "&Accept", MENU, accept, ("Return", "Enter", "Y"), "check", is_at_item,
        mode="review", tip="Take the crack as it was traced anew; mark an image as reviewed",
    ),
    Row(
        "review_accept_raw", "Accept the raw &mask", MENU, accept_raw,
        ("Shift+Return", "Shift+Enter"), "checks", is_at_item, mode="review",
        tip="Take the pixels as the model has them; mark an image as approved",
    ),
    Row(
        "review_reject", "Re&ject", MENU, reject, ("X", "N"), "x", is_undecided, mode="review",
        tip="This is no crack; mark an image as one that needs work",
    ),
    Row(
        "review_edit", "&Edit", MENU, edit, ("R",), "pencil-simple", all_of(may_edit, is_undecided),
        mode="review", tip="Accept the crack and correct it with the tools; Return goes on",
    ),
    Row(
        "review_skip", "&Skip", MENU, skip, ("Right",), "caret-right", is_undecided, mode="review",
        tip="Leave it for later",
    ),
    Row(
        "review_back", "&Back", MENU, back, ("Left",), "caret-left", is_at_item, mode="review",
        tip="Look at the item before this one",
    ),
    Row(
        "review_go_on", "&Go on with the review", MENU, go_on, ("Return", "Enter"), "play",
        is_editing, mode="idle", tip="The crack is corrected: on to the next candidate",
    ),
    separator(MENU),
    Row(
        "crack_strip", "&Crack strip", STRIP, show_strip, ("U",), "film-strip", has_image,
        is_strip_shown, tip="Show the selected crack unrolled along its course",
    ),
    Row(
        "next_strip", "&Next part", STRIP, partial(page_strip, 1), (".",), "caret-right",
        has_image, tip="Move along the unrolled crack, then on to the next one",
    ),
    Row(
        "previous_strip", "&Previous part", STRIP, partial(page_strip, -1), (",",), "caret-left",
        has_image, tip="Move back along the unrolled crack, then to the one before",
    ),
    *note_rows.ROWS,
    *(_order_row(order, text) for order, text in ORDER_NAMES.items()),
    Row(
        "review_flight", "&Fly to the next item", MENU, toggle_flight, checked_when=is_flying,
        enabled_when=has_image, tip="Move the view smoothly, or let it be there at once",
    ),
    separator(MENU),
    Row(
        "quality_report", "&Quality report…", MENU, show_quality, (), "chart-line-up", has_project,
        tip="How good predictions and two-click traces were, and what the work took",
    ),
)  # fmt: skip

"""The menu "Image": how far an image is, where it goes in a data set, and its file."""

from collections.abc import Callable
from functools import partial

from annotator.actions import projects
from annotator.actions.conditions import all_of, has_current, may_edit
from annotator.actions.context import Context
from annotator.actions.row import EVERYWHERE, Row, separator
from annotator.dialogs.files import show_in_file_manager
from annotator.dialogs.questions import ask
from annotator.document.image_state import ImageState, Subset

MENU = "&Image"
DATA_SET = f"{MENU}/&Data set"
SUBSET_NAMES: dict[Subset, str] = {
    "auto": "drawn by the seed", "train": "training", "test": "test",
}  # fmt: skip


def set_state(state: ImageState, context: Context) -> None:
    """Say how far the chosen images are."""
    context.session.set_state(context.images, state)


def is_in_state(state: ImageState) -> Callable[[Context], bool]:
    """Check a command where all chosen images are in a state."""
    return lambda context: (
        bool(context.images) and all(entry.state is state for entry in context.images)
    )


def set_subset(subset: Subset, context: Context) -> None:
    """Assign the chosen images to a part of the data set."""
    context.session.apply_to(
        context.images,
        f"Data set: {SUBSET_NAMES[subset]}",
        lambda content: content.with_subset(subset) if content.subset != subset else content,
    )


def is_in_subset(subset: Subset) -> Callable[[Context], bool]:
    """Check a command where all chosen images are assigned to a part of the data set."""

    def is_assigned(context: Context) -> bool:
        return bool(context.images) and all(entry.subset == subset for entry in context.images)

    return is_assigned


def show_file(context: Context) -> None:
    """Show the photograph in the file manager."""
    if context.images:
        show_in_file_manager(context.images[0].path)


def remove_from_project(context: Context) -> None:
    """Take the chosen images out of the project, after asking."""
    entries = context.images
    n_cracks = sum(entry.crack_count for entry in entries)
    what = f"“{entries[0].name}”" if len(entries) == 1 else f"{len(entries)} images"
    drawn = f" with {n_cracks} crack{'s' * (n_cracks != 1)}" if n_cracks else ""
    if ask(
        context.window,
        "Remove from the project?",
        f"Remove {what}{drawn} from the project?",
        "The photographs stay where they are. What was drawn goes to the trash of the project and "
        "cannot be brought back with Undo.",
        verb="Remove",
    ):
        projects.remove_images(context, entries)


def _state_row(state: ImageState, text: str, key: str, icon: str, tip: str) -> Row:
    return Row(
        f"state_{state.name.lower()}", text, MENU, partial(set_state, state), (key,), icon,
        all_of(may_edit, has_current), is_in_state(state), tip,
    )  # fmt: skip


def _subset_row(subset: Subset, text: str, tip: str) -> Row:
    return Row(
        f"subset_{subset}", text, DATA_SET, partial(set_subset, subset),
        enabled_when=all_of(may_edit, has_current), checked_when=is_in_subset(subset), tip=tip,
    )  # fmt: skip


ROWS: tuple[Row, ...] = (
    _state_row(
        ImageState.IN_PROGRESS, "&In progress", "1", "circle-half",
        "Mark the image as in progress",
    ),
    _state_row(
        ImageState.REVIEWED, "&Reviewed", "2", "check", "Mark the image as reviewed"
    ),
    _state_row(
        ImageState.APPROVED, "&Approved", "3", "checks", "Mark the image as approved"
    ),
    _state_row(
        ImageState.NEEDS_WORK, "Needs &work", "4", "flag",
        "Mark the image as one that needs more work",
    ),
    _state_row(
        ImageState.NO_CRACK, "&No crack", "0", "prohibit",
        "Mark the image as one without cracks, which is a result too",
    ),
    separator(MENU),
    _subset_row("auto", "Drawn by the &seed", "Let the seed decide between training and test"),
    _subset_row("train", "&Training", "Put the image into the training set"),
    _subset_row("test", "T&est", "Put the image into the test set"),
    separator(MENU),
    Row(
        "show_file", "Show in the &file manager", MENU, show_file, icon="folder-notch-open",
        enabled_when=has_current, tip="Show the photograph in its folder",
        on_canvas=EVERYWHERE[-1:],
    ),
    Row(
        "remove_images", "Re&move from the project…", MENU, remove_from_project,
        enabled_when=all_of(may_edit, has_current),
        tip="Take the image out of the project; its file stays",
    ),
)  # fmt: skip

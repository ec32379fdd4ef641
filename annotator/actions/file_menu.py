"""The menu "File": projects, their images, what comes in and what goes out."""

from functools import partial

from annotator.actions import exchange, projects
from annotator.actions.conditions import (
    all_of,
    has_cracks,
    has_image,
    has_missing_images,
    has_project,
    has_traced_cracks,
    may_edit,
)
from annotator.actions.row import Row, separator, submenu

MENU = "&File"
RECENT = f"{MENU}/&Recent projects"
IMPORT = f"{MENU}/&Import"
EXPORT = f"{MENU}/&Export"


def _export_row(name: str, text: str, tip: str) -> Row:
    return Row(
        f"export_{name}", text, EXPORT, partial(exchange.export, name), enabled_when=has_project,
        tip=tip,
    )  # fmt: skip


ROWS: tuple[Row, ...] = (
    Row(
        "new_project", "&New project…", MENU, projects.new_project, ("Ctrl+N",), "file-plus",
        tip="Choose where the project of a folder of photographs is kept",
    ),
    Row(
        "open_project", "&Open project…", MENU, projects.open_project, ("Ctrl+O",), "folder-open",
        tip="Open a project, a folder that ends in .crackproj",
    ),
    Row(
        "open_folder", "Open &folder…", MENU, projects.open_folder, ("Ctrl+Shift+O", "Ctrl+U"),
        "folder-open", tip="Open all photographs of a folder; their project is made beside it",
    ),
    Row(
        "open_images", "Open i&mages…", MENU, projects.open_images, (), "image",
        tip="Open photographs, with the folder they are in",
    ),
    submenu(RECENT),
    separator(MENU),
    Row(
        "add_images", "&Add images…", MENU, projects.add_images, (), "folder-plus", may_edit,
        tip="Add photographs from other folders to the project",
    ),
    Row(
        "locate_images", "&Locate missing images…", MENU, projects.locate_images, (), "",
        all_of(may_edit, has_missing_images), tip="Say where photographs are that were moved",
    ),
    separator(MENU),
    Row(
        "checkpoint", "&Checkpoint", MENU, projects.checkpoint, ("Ctrl+S",), "floppy-disk",
        may_edit, tip="Keep a copy of the project as it is now; edits are saved by themselves",
    ),
    Row(
        "named_checkpoint", "Checkpoint &with a name…", MENU, projects.named_checkpoint, (), "",
        may_edit, tip="Keep a copy of the project under a name; it stays until you delete it",
    ),
    Row(
        "restore_checkpoint", "Re&store checkpoint…", MENU, projects.restore_checkpoint, (),
        "clock-counter-clockwise", may_edit, tip="Bring the whole project back to a checkpoint",
    ),
    separator(MENU),
    Row(
        "import_files", "&Files…", IMPORT, exchange.import_files, (), "download", may_edit,
        tip="Read masks or annotations of other programs",
    ),
    Row(
        "import_folder", "F&older…", IMPORT, exchange.import_folder, (), "", may_edit,
        tip="Read a folder of masks or annotations of other programs",
    ),
    _export_row(
        "csb-images", "&CSB data set…",
        "Whole photographs with their cracks, split into training and test",
    ),
    _export_row(
        "csb-patches", "&Patch data set…",
        "Patches in a chosen ratio of crack to background, split into training and test",
    ),
    _export_row("masks", "&Masks…", "One PNG mask for each photograph"),
    _export_row("coco", "C&OCO…", "One JSON file with polygons or run lengths, and boxes"),
    _export_row("labelme", "&labelme…", "One JSON file for each photograph, for labelme"),
    _export_row(
        "predecessor", "Crack segmentation &tool…",
        "JSON files that the predecessor of this program reads",
    ),
    _export_row("measurements", "M&easurements…", "A table of lengths and widths"),
    separator(EXPORT),
    Row(
        "export_mask", "Mask of this &image…", EXPORT, exchange.export_mask, (), "",
        all_of(has_image, has_cracks), tip="Save the mask of this image as PNG",
    ),
    Row(
        "export_traces", "T&races of this image…", EXPORT, exchange.export_traces, (), "",
        all_of(has_image, has_traced_cracks),
        tip="Save center lines and widths of this image as JSON",
    ),
    separator(MENU),
    Row(
        "project_settings", "Project settin&gs…", MENU, projects.show_settings, (), "",
        has_project, tip="Classes of boxes, and facts about the project",
    ),
    Row(
        "show_project", "Show &project folder", MENU, projects.show_folder, (),
        "folder-notch-open", has_project, tip="Show the project in the file manager",
    ),
    separator(MENU),
    Row("quit", "&Quit", MENU, projects.close_window, ("Ctrl+Q",)),
)  # fmt: skip

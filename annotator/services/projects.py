"""Opening the project of a folder of images, of images, or a project itself."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from annotator.errors import AnnotatorError, DiskFullError
from annotator.storage.image_io import (
    IMAGE_SUFFIXES,
    image_header,
    list_images,
    list_images_below,
)
from annotator.storage.names import is_same_file, normal_path
from annotator.storage.project_glance import ProjectGlance, glance_at
from annotator.storage.project_opening import is_project
from annotator.storage.project_store import ImageRecord, ProjectStore

SUFFIX = ".crackproj"


@dataclass(frozen=True, slots=True, eq=False)
class OpenedProject:
    """A project that is open, its images, and which of them to show first."""

    store: ProjectStore
    records: tuple[ImageRecord, ...]
    start: int
    """Identifier of the image to show first; -1 leaves it to the caller."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProjectPlace:
    """Where the project of some paths is, or will be, and the images that belong in it."""

    folder: Path
    images_folder: Path | None = None
    images: tuple[Path, ...] = ()
    """Those in folders; they come in unless they were removed from the project before."""
    chosen: tuple[Path, ...] = ()
    """Those named one by one."""
    note: str = ""
    """Says so where the project is not the one that is named after the folder."""


def project_folder_for(images: Path, home: Path | None = None) -> Path:
    """Return the project's folder: beside the folder of images, or in the user's data folder.

    ``home`` is another place for the projects of folders that cannot be written to.
    """
    beside, own = images.parent / f"{images.name}{SUFFIX}", _own_folder(images, home)
    if not images.name:  # a whole disk: nothing is beside it
        return own
    for folder in (beside, own):
        if is_project(folder):
            return folder
    return beside if os.access(images.parent, os.W_OK) else own


def _own_folder(images: Path, home: Path | None) -> Path:
    """Return the project's folder among those that belong to the user."""
    if home is None:
        from platformdirs import user_data_path

        home = user_data_path("crack-annotator", appauthor=False) / "projects"
    # The digest tells folders of one name apart; it is all that is left of a name too long.
    digest = sha256(os.fsencode(images)).hexdigest()[:8]
    name = f"{(images.name or 'images')[:50]}-{digest}{SUFFIX}"
    return home / name


def existing_project_for(
    images: Path, home: Path | None = None, recent: Iterable[Path] = ()
) -> Path | None:
    """Return the project that a folder of images has already, None where one is to be made.

    The one named after the folder counts, those beside it, and ``recent`` ones elsewhere. Of
    several, those that somebody has worked in come first; of these the one named after the folder,
    then the newest.
    """
    named = project_folder_for(images, home)
    known = {normal_path(folder): folder for folder in (*_projects_beside(images), *recent)}
    known.pop(normal_path(named), None)
    fitting = [
        (glance.has_work, glance.changed_at, folder)
        for folder in known.values()
        if (glance := glance_at(folder)) is not None and _is_of(glance, images)
    ]
    best = max(fitting, default=None)
    if is_project(named):
        glance = glance_at(named)
        # One that cannot be read is repaired when it is opened, and may hold anything.
        if best is None or not best[0] or glance is None or glance.has_work:
            return named
    return best[2] if best else None


def _is_of(glance: ProjectGlance, images: Path) -> bool:
    return glance.images_folder is not None and is_same_file(glance.images_folder, images)


def _projects_beside(images: Path) -> list[Path]:
    try:
        return sorted(path for path in images.parent.iterdir() if path.suffix == SUFFIX)
    except OSError:  # it may not be listed
        return []


def find_place(
    paths: Sequence[Path], home: Path | None = None, recent: Iterable[Path] = ()
) -> ProjectPlace:
    """Return the project that some paths stand for; ``recent`` as in `existing_project_for`."""
    chosen = [path.absolute() for path in paths]
    for path in chosen:
        if not path.exists():
            raise AnnotatorError(f"{path} does not exist; check the path.")
    project = next((folder for path in chosen for folder in _projects_around(path)), None)
    chosen = [path for path in chosen if not list(_projects_around(path))]
    folders = [path for path in chosen if path.is_dir()]
    files = tuple(path for path in chosen if not path.is_dir())
    for path in files:
        if path.suffix.lower() not in IMAGE_SUFFIXES:
            image_header(path)  # refuses what is no image, before a project is made for it
    first = chosen[0] if chosen else None
    images_folder = None if first is None or project else _folder_of(first)
    if images_folder is not None and images_folder not in folders:
        folders.insert(0, images_folder)
    images = tuple(image for folder in folders for image in list_images(folder))
    if images_folder is not None:
        if not images and not files:
            raise AnnotatorError(
                f"There are no images in {images_folder}; choose a folder of photographs."
            )
        folder = project_folder_for(images_folder, home)
        known = existing_project_for(images_folder, home, recent)
        if known is None or is_same_file(known, folder):
            return ProjectPlace(folder, images_folder, images, files)
        # It lists its folder itself, under the name that it knows it by.
        others = tuple(path for path in images if path.parent != images_folder)
        note = f"{images_folder} has a project already, which was opened: {known}"
        return ProjectPlace(known, None, others, files, note)
    if project is None:
        raise AnnotatorError("Nothing was chosen; choose a folder of photographs or a project.")
    return ProjectPlace(project, None, images, files)


def _folder_of(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def _projects_around(path: Path) -> Iterable[Path]:
    """Return the project's folder that a path is, or lies in."""
    return [folder for folder in (path, *path.parents) if folder.suffix == SUFFIX]


def open_project(
    paths: Sequence[Path],
    *,
    author: str,
    read_only: bool = False,
    current: ProjectStore | None = None,
    home: Path | None = None,
    recent: Iterable[Path] = (),
) -> OpenedProject:
    """Open the project of some paths, made where there is none; images new to it are added.

    ``current`` is the project open now; it is handed back where it is that one. ``home`` is as in
    `project_folder_for`, ``recent`` as in `existing_project_for`.
    """
    place = find_place(paths, home, recent)
    notes = [place.note] if place.note else []
    is_current = current is not None and is_same_file(current.folder, place.folder)
    if current is not None and is_current and (read_only or not current.is_read_only):
        store = current
    else:
        if read_only or place.images_folder is None or is_project(place.folder):
            store = ProjectStore.open(place.folder, author=author, read_only=read_only)
        else:
            store = _make(place.folder, place.images_folder, author, home)
            notes.append(_made_note(store.folder, place.images_folder))
        notes += store.notes
    try:
        if not store.is_read_only:
            _add_new(store, place, notes)
        records = tuple(store.images())
    except BaseException:
        if store is not current:
            store.close()
        raise
    n_missing = sum(record.is_missing for record in records)
    if n_missing:
        is_are = "image is" if n_missing == 1 else "images are"
        notes.append(f"{n_missing} {is_are} not where the project expects them; locate them.")
    return OpenedProject(store, records, _start(records, place.chosen), tuple(notes))


def _make(folder: Path, images: Path, author: str, home: Path | None) -> ProjectStore:
    try:
        return create_project(folder, images, author)
    except DiskFullError:
        raise
    except AnnotatorError:
        # Permissions may turn out otherwise than the system said, on network drives above all.
        own = _own_folder(images, home)
        if folder == own or is_project(own):
            raise
        return create_project(own, images, author)


def _made_note(folder: Path, images: Path) -> str:
    if folder.parent == images.parent:
        return f"Project made: {folder}"
    return f"{images.parent} may not be written, so the project is kept in {folder}."


def create_project(folder: Path, images: Path, author: str) -> ProjectStore:
    """Make the project of a folder of images, without the images themselves."""
    folder, images = folder.absolute(), images.absolute()
    if folder.is_relative_to(images):
        raise AnnotatorError(
            f"{folder} is in the folder of the images, where nothing is written; choose a folder "
            "beside it."
        )
    name = images.name or folder.stem
    return ProjectStore.create(folder, name=name, images_folder=images, author=author)


def new_project(
    folder: Path, images: Path, author: str, *, is_recursive: bool = False
) -> tuple[ProjectStore, int]:
    """Make a project of all images in a folder, or also below it; return it and their number."""
    if is_project(images):
        raise AnnotatorError(f"{images} is a project itself; choose the folder of its photographs.")
    found = list_images_below(images) if is_recursive else list_images(images)
    if not found:
        raise AnnotatorError(f"There are no images in {images}; choose a folder of photographs.")
    if folder.suffix != SUFFIX:
        folder = folder.with_name(f"{folder.name}{SUFFIX}")
    store = create_project(folder, images, author)
    try:
        return store, len(store.add_images(found))
    except BaseException:
        store.close()
        raise


def _add_new(store: ProjectStore, place: ProjectPlace, notes: list[str]) -> None:
    """Add the images that are new in the folders, and those that were named."""
    folder = store.images_folder
    images = list(place.images)
    if place.images_folder is None and folder is not None and folder.is_dir():
        images += list_images(folder)
    left_out = store.left_out
    if folder is not None and left_out:
        gone = {folder / name for name in left_out}
        images = [path for path in images if path not in gone]
    known = {record.path for record in store.images()}
    wanted = [path for path in (*images, *place.chosen) if path not in known]
    sound = [path for path in wanted if _is_named_well(path)]
    if n_bad := len(wanted) - len(sound):
        notes.append(
            "1 image was left out: its name is not valid text (UTF-8); rename it."
            if n_bad == 1
            else f"{n_bad} images were left out: their names are not valid text (UTF-8); rename "
            "them."
        )
    n_added = len(store.add_images(sound)) if sound else 0
    if n_added and known:
        is_one = n_added == 1
        notes.append(f"{n_added} {'image is' if is_one else 'images are'} new in the project.")


def _is_named_well(path: Path) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _start(records: Iterable[ImageRecord], chosen: Sequence[Path]) -> int:
    if chosen:
        wanted = normal_path(chosen[0])
        for record in records:
            if record.path == chosen[0] or normal_path(record.path) == wanted:
                return record.identifier
    return -1

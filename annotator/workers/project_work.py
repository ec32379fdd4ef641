"""Opening projects and reading contents: what the loading lane runs besides decoding."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from annotator.document.image_content import ImageContent
from annotator.errors import AnnotatorError
from annotator.storage.project_store import ProjectStore
from annotator.workers.job_runner import JobContext

if TYPE_CHECKING:
    from annotator.services.projects import OpenedProject

LAST_IMAGE = "last_image"
"""Setting of a project: the image shown last."""
WAIT_S = 0.02


def open_project(
    paths: Sequence[Path],
    author: str,
    read_only: bool,
    current: ProjectStore | None,
    home: Path | None,
    recent: Sequence[Path],
    context: JobContext,
) -> "OpenedProject":
    """Open the project of some paths; ``current`` is handed back where it is that one."""
    from annotator.services import projects  # it knows Pillow, which the window does not wait for

    context.report("looking for images", 0.0)
    return projects.open_project(
        paths, author=author, read_only=read_only, current=current, home=home, recent=recent
    )


def wait_until(event: Event, context: JobContext) -> None:
    """Wait for another job, unless this one is cancelled."""
    while not event.wait(WAIT_S):
        context.report("closing the one before", 0.0)


def close_project(store: ProjectStore, last_image: int | None) -> None:
    """Note where the user was, and close."""
    if last_image is not None:
        with suppress(AnnotatorError):  # nothing is lost with it
            store.set(LAST_IMAGE, last_image)
    store.close()


def read_contents(
    store: ProjectStore, identifiers: Sequence[int], context: JobContext
) -> dict[int, tuple[ImageContent, tuple[str, ...]]]:
    """Return contents by image, each with sentences on what of it could not be read."""
    read: dict[int, tuple[ImageContent, tuple[str, ...]]] = {}
    for identifier in identifiers:
        context.report("reading", len(read) / len(identifiers))
        content, damages = store.load(identifier)
        read[identifier] = content, tuple(f"{d.image}: {d.text}" for d in damages)
    return read

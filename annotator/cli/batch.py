"""The list of `trace --batch`, into a folder of masks, a project, or both."""

import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from annotator.cli.progress import ProgressLine
from annotator.cli.projects import author_or_login
from annotator.cli.words import counted
from annotator.errors import AnnotatorError

if TYPE_CHECKING:
    from collections.abc import Generator

    from annotator.services.batch_targets import MaskFolder, ProjectTarget
    from annotator.services.tracing import TraceParameters
    from annotator.storage.batch_items import LineProblem
    from annotator.storage.project_store import ProjectStore


@dataclass(frozen=True, slots=True)
class BatchPlaces:
    """The list, where its images are, and where its cracks go; at least one of the last two."""

    batch: Path
    images: Path | None
    output: Path | None
    project: Path | None
    author: str | None


def trace_list(places: BatchPlaces, parameters: "TraceParameters") -> int:
    """Trace a list and return the exit status."""
    from annotator.services.batch import Batch
    from annotator.services.batch_targets import MaskFolder, ProjectTarget
    from annotator.storage.batch_items import read_items

    batch = places.batch
    cracks = read_items(batch, needs_masks=places.output is not None)
    if not cracks.items and not cracks.problems:
        raise AnnotatorError(f"{batch} holds no cracks; write one JSON object a line.")
    total = max(len(cracks.items), 1)
    with _opened(places) as store, ProgressLine("Tracing") as line:
        for damage in store.damages if store else ():
            line.say(f"Note: {damage.text}")

        def report(problem: "LineProblem") -> None:
            line.say(f"{batch.name}, line {problem.line}: {problem.text}")

        folder = MaskFolder(places.output) if places.output else None
        project = ProjectTarget(store) if store else None
        targets = [target for target in (folder, project) if target is not None]
        run = Batch(cracks, _images_of(places, store), targets, parameters, report)
        started = time.perf_counter()
        try:
            run.run(lambda done, name: line.update(done / total, f"{done + 1} of {total}: {name}"))
        except KeyboardInterrupt:
            done = " and ".join(_done(places, folder, project))
            line.say(f"Stopped: {done} and complete; the rest is not traced.")
            raise
        seconds = time.perf_counter() - started
    result = run.result
    done = ", ".join(
        [f"{counted(result.n_cracks, 'crack')} traced", *_done(places, folder, project)]
    )
    typer.echo(f"{done} in {seconds:.1f} s")
    if result.n_problems:
        typer.echo(f"Error: {counted(result.n_problems, 'line')} skipped; see above.", err=True)
    return 1 if result.n_problems else 0


@contextmanager
def _opened(places: BatchPlaces) -> "Generator[ProjectStore | None, None, None]":
    """Open the project, if there is one, for as long as the run takes."""
    from annotator.storage.project_store import ProjectStore

    if places.project is None:
        yield None
        return
    if not places.project.is_dir():
        raise AnnotatorError(
            f"There is no project at {places.project}; make one with `crack-annotator new`."
        )
    with ProjectStore.open(places.project, author=author_or_login(places.author)) as store:
        yield store


def _images_of(places: BatchPlaces, store: "ProjectStore | None") -> Path:
    if places.images is not None:
        return places.images
    folder = store.images_folder if store else None
    if folder is None:
        raise AnnotatorError(
            f"{places.project} does not know the folder of its images; name it with --images DIR."
        )
    if not folder.is_dir():
        raise AnnotatorError(
            f"The photographs of {places.project} are not at {folder} any more; name their folder "
            "with --images DIR."
        )
    return folder


def _done(
    places: BatchPlaces, folder: "MaskFolder | None", project: "ProjectTarget | None"
) -> list[str]:
    """Return what was written where, in words."""
    texts: list[str] = []
    if folder is not None:
        texts.append(f"{counted(folder.n_masks, 'mask')} written to {places.output}")
    if project is not None:
        there = f" ({project.n_there} were in it already)" if project.n_there else ""
        texts.append(f"{counted(project.n_added, 'crack')} added to {places.project}{there}")
    return texts

"""Tracing a list of cracks: a mask and a record for each mask that the list names."""

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotator.document.crack_path import CrackPath
from annotator.errors import AnnotatorError, DiskFullError, JobCancelled
from annotator.services.trace_files import (
    Photograph,
    PhotographCache,
    crack_record,
    write_trace,
)
from annotator.services.tracing import trace_crack
from annotator.storage.atomic import create_folder
from annotator.storage.batch_items import BatchItem, BatchList, LineProblem
from annotator.storage.names import is_same_file, normal_path
from geodesic import TraceParameters

_log = logging.getLogger(__name__)

ItemProgress = Callable[[int, str], None]
"""Called with the number of cracks behind and the image at hand."""


@dataclass(slots=True)
class BatchResult:
    """What a run has written so far; still true when the run is interrupted."""

    n_cracks: int = 0
    n_masks: int = 0
    n_problems: int = 0


class Batch:
    """A run over a list; ``result`` can be read at any time.

    A mask is written as soon as its last crack is traced, so an interrupted run leaves whole files.
    Problems of single lines are handed to ``on_problem`` and do not stop the run; a full disk does.
    """

    def __init__(
        self,
        cracks: BatchList,
        images: Path,
        output: Path,
        parameters: TraceParameters,
        on_problem: Callable[[LineProblem], None],
    ) -> None:
        self.result = BatchResult()
        self._cracks = cracks
        self._images = images
        self._output = output
        self._parameters = parameters
        self._on_problem = on_problem
        self._photographs = PhotographCache()
        self._sources = {normal_path(images / item.image) for item in cracks.items}

    def run(self, on_progress: ItemProgress | None = None) -> BatchResult:
        """Trace everything; raises AnnotatorError only for what concerns the whole run."""
        self._check_folders()
        for problem in self._cracks.problems:
            self._report(problem.line, problem.text)
        n_seen = 0
        for group in self._cracks.by_mask():
            traced: list[tuple[CrackPath, Photograph]] = []
            for item in group:
                if on_progress is not None:
                    on_progress(n_seen, item.image)
                n_seen += 1
                with self._reporting(item):
                    traced.append(self._trace(item))
            if traced:
                with self._reporting(group[-1]):
                    self._write(group, traced)
        return self.result

    def _check_folders(self) -> None:
        if not self._images.is_dir():
            raise AnnotatorError(f"There is no folder of images at {self._images}; check the path.")
        if is_same_file(self._images, self._output):
            raise AnnotatorError(
                f"{self._output} is the folder of the images; choose another one, so that no "
                "mask can replace a photograph."
            )
        create_folder(self._output)

    @contextmanager
    def _reporting(self, item: BatchItem) -> Generator[None, None, None]:
        try:
            yield
        except (DiskFullError, JobCancelled):
            raise  # every further line would end the same way
        except AnnotatorError as error:
            self._report(item.line, error.text)
        except Exception as error:  # noqa: BLE001 - one line's defect must not cost the others
            _log.debug("defect at line %d", item.line, exc_info=True)
            self._report(item.line, f"the program met a defect ({error!r}); please report it.")

    def _report(self, line: int, text: str) -> None:
        self.result.n_problems += 1
        self._on_problem(LineProblem(line, text))

    def _trace(self, item: BatchItem) -> tuple[CrackPath, Photograph]:
        photograph = self._photographs.get(self._images / item.image)
        return trace_crack(photograph.prepared, item.points, self._parameters), photograph

    def _write(self, group: list[BatchItem], traced: list[tuple[CrackPath, Photograph]]) -> None:
        item, photograph = group[0], traced[0][1]
        mask_path = self._output / item.mask
        if normal_path(mask_path) in self._sources:
            raise AnnotatorError(
                f"mask {item.mask!r} is a photograph of this list and would be overwritten; "
                "choose another name or folder."
            )
        create_folder(mask_path.parent)
        records = [crack_record(crack, photograph, item.image) for crack, _ in traced]
        record = records[0] if len(group) == 1 else _united(records)
        cracks = [crack for crack, _ in traced]
        write_trace(photograph, cracks, mask_path, record, mask_path.with_suffix(".json"))
        self.result.n_cracks += len(traced)
        self.result.n_masks += 1


def _united(records: list[dict[str, Any]]) -> dict[str, Any]:
    first = records[0]
    return {"cracks": records, "image": first["image"], "version": first["version"]}

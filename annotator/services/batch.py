"""Tracing a list of cracks."""

import logging
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from annotator.document.crack import Crack
from annotator.errors import AnnotatorError, DiskFullError, JobCancelled, defect_text
from annotator.services.batch_targets import BatchTarget
from annotator.services.trace_files import Photograph, PhotographCache
from annotator.services.tracing import trace_crack
from annotator.storage.batch_items import BatchItem, BatchList, LineProblem
from geodesic import TraceParameters

_log = logging.getLogger(__name__)

ItemProgress = Callable[[int, str], None]
"""Called with the number of cracks behind and the image at hand."""


@dataclass(slots=True)
class BatchResult:
    """What a run has written so far; still true when the run is interrupted."""

    n_cracks: int = 0
    n_problems: int = 0


class Batch:
    """A run over a list; ``result`` can be read at any time.

    Cracks go to the targets as soon as the last one of their mask is traced, so an interrupted run
    leaves whole files.
    Problems of single lines are handed to ``on_problem`` and do not stop the run; a full disk does.
    """

    def __init__(
        self,
        cracks: BatchList,
        images: Path,
        targets: Sequence[BatchTarget],
        parameters: TraceParameters,
        on_problem: Callable[[LineProblem], None],
    ) -> None:
        self.result = BatchResult()
        self._cracks = cracks
        self._images = images
        self._targets = targets
        self._parameters = parameters
        self._on_problem = on_problem
        self._photographs = PhotographCache()

    def run(self, on_progress: ItemProgress | None = None) -> BatchResult:
        """Trace everything; raises AnnotatorError only for what concerns the whole run."""
        if not self._images.is_dir():
            raise AnnotatorError(f"There is no folder of images at {self._images}; check the path.")
        for target in self._targets:
            target.check(self._images, self._cracks)
        for problem in self._cracks.problems:
            self._report(problem.line, problem.text)
        n_seen = 0
        for group in self._cracks.by_mask():
            traced: list[tuple[Crack, Photograph]] = []
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
            self._report(item.line, defect_text(error))

    def _report(self, line: int, text: str) -> None:
        self.result.n_problems += 1
        self._on_problem(LineProblem(line, text))

    def _trace(self, item: BatchItem) -> tuple[Crack, Photograph]:
        photograph = self._photographs.get(self._images / item.image)
        return trace_crack(photograph.prepared, item.points, self._parameters), photograph

    def _write(self, group: list[BatchItem], traced: list[tuple[Crack, Photograph]]) -> None:
        photograph = traced[0][1]
        cracks = [crack for crack, _ in traced]
        for target in self._targets:
            target.write(group, photograph, cracks)
        self.result.n_cracks += len(traced)

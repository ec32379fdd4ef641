"""Decodes images in the background and keeps the last ones, so that the next is there at once."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from annotator.errors import AnnotatorError
from annotator.workers.job_runner import Job, JobContext, JobRunner

CACHE_BYTES = 1_200_000_000
"""Decoded images are kept up to this much; the newest one always is."""


class Rendered(Protocol):
    """A display form of the pixels, made on the worker thread."""

    @property
    def nbytes(self) -> int:
        """Memory it takes, in bytes."""
        ...


@dataclass(slots=True, eq=False)
class OpenImage:
    """A decoded image: pixels for the numbers, ``rendered`` for the eye."""

    path: Path
    pixels: NDArray[Any]
    rendered: Any
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in px."""
        return self.pixels.shape[1], self.pixels.shape[0]

    @property
    def nbytes(self) -> int:
        """Memory of pixels and display form."""
        return self.pixels.nbytes + self.rendered.nbytes


Render = Callable[[NDArray[Any]], Rendered]


class ImageLoader:
    """Loads images by path; the current one first, neighbors ahead of need."""

    def __init__(self, runner: JobRunner, render: Render) -> None:
        self._runner = runner
        self._render = render
        self._cache: OrderedDict[Path, OpenImage] = OrderedDict()

    def load(
        self,
        path: Path,
        on_ready: Callable[[OpenImage], None],
        on_failed: Callable[[AnnotatorError], None],
    ) -> None:
        """Hand over the image, at once if it is in memory; a newer call replaces an older one."""
        pending = self._runner.find("show image")
        if pending:
            self._runner.cancel(pending)
        if path in self._cache:
            self._cache.move_to_end(path)
            on_ready(self._cache[path])
            return

        def keep(image: OpenImage) -> None:
            self._keep(image, is_current=True)
            on_ready(image)

        self._runner.start(
            Job(
                key="show image",
                work=lambda context: self._decode(path, context),
                title=f"Opening {path.name}",
                lane="loading",
                priority=10,
                on_done=keep,
                on_failed=on_failed,
            )
        )

    def preload(self, paths: list[Path]) -> None:
        """Decode the first of these images that is not in memory, then the others, unseen."""
        missing = [path for path in paths if path not in self._cache]
        if not missing or 2 * self._newest_bytes() > CACHE_BYTES:
            return

        def keep(image: OpenImage) -> None:
            self._keep(image, is_current=False)
            self.preload(missing[1:])

        self._runner.start(
            Job(
                key="preload",
                work=lambda context: self._decode(missing[0], context),
                lane="loading",
                on_done=keep,
            )
        )

    def _decode(self, path: Path, context: JobContext) -> OpenImage:
        from annotator.storage.image_io import load_image

        context.report("reading", 0.0)
        loaded = load_image(path)
        context.report("preparing the view", 0.7)
        return OpenImage(path, loaded.pixels, self._render(loaded.pixels), loaded.notes)

    def _newest_bytes(self) -> int:
        return next(reversed(self._cache.values())).nbytes if self._cache else 0

    def _keep(self, image: OpenImage, *, is_current: bool) -> None:
        current = next(reversed(self._cache), None)
        self._cache[image.path] = image
        self._cache.move_to_end(image.path)
        if current and not is_current:
            self._cache.move_to_end(current)
        while len(self._cache) > 1 and self._total() > CACHE_BYTES:
            self._cache.popitem(last=False)

    def _total(self) -> int:
        return sum(image.nbytes for image in self._cache.values())

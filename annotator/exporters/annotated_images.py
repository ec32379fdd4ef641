"""The images of exports that are no CSB data set: one after the other, each whole or not at all."""

from collections.abc import Callable, Collection

from annotator.document.image_content import ImageContent
from annotator.document.image_state import FINISHED, ImageState
from annotator.errors import AnnotatorError, DiskFullError
from annotator.exporters.frame import ExportRun
from annotator.exporters.selection import SourceImage, load_content, source_images
from annotator.storage.project_store import ProjectStore

WriteImage = Callable[[SourceImage, ImageContent], None]


def write_images(
    store: ProjectStore, run: ExportRun, states: Collection[ImageState], write: WriteImage
) -> None:
    """Write the images in some states that were annotated; what fails is noted in the report.

    Images in which nothing is marked are taken where somebody has finished them: one that nobody
    has looked at is no image without cracks.
    """
    run.stage(0.0, 0.2)
    images = source_images(store, run, states)
    run.stage(0.2, 0.7)
    n_untouched = 0
    for index, image in enumerate(images):
        name = image.record.shown_name
        run.progress(index / len(images), f"Writing {name}")
        try:
            content = load_content(store, image.record)
            if is_annotated(content):
                write(image, content)
                run.n_images += 1
            else:
                n_untouched += 1
        except DiskFullError:
            raise
        except AnnotatorError as error:
            run.fail(f"{name} is not in the export: {error.text}")
    if n_untouched:
        run.listed.append(
            f"Images left out, because nothing is marked in them: {n_untouched}; give them the "
            'state "no crack" if that is so.'
        )


def is_annotated(content: ImageContent) -> bool:
    """Tell whether there is something to export: marks, or that somebody says there are none."""
    return bool(content.objects) or content.state in FINISHED

"""The sample folder that the demo opens: three synthetic photographs of cracks with truth."""

from collections.abc import Callable
from pathlib import Path

from annotator.services.synthetic_files import sample_paths, synthetic_parameters, write_sample
from annotator.storage.atomic import create_folder

# Seeds at which the cracks are long and have both ends in view.
SEEDS = {"asphalt": 6, "concrete": 2, "steel": 2}
WIDTH, HEIGHT = 1536, 1024


def default_sample_folder() -> Path:
    """Return the sample folder below the user's data folder."""
    from platformdirs import user_data_path

    return user_data_path("crack-annotator", appauthor=False) / "sample"


def make_sample_project(
    folder: Path, on_progress: Callable[[float, str], None] | None = None
) -> Path:
    """Write the photographs that are not there yet and return the folder that holds all of them.

    A photograph of which any file exists is left as it is, whatever the files hold.
    """
    create_folder(folder)
    missing = [
        name
        for name in SEEDS
        if not any(path.exists() for path in sample_paths(folder, name, ".jpg").values())
    ]
    for number, name in enumerate(missing):

        def report(fraction: float, number: int = number, name: str = name) -> None:
            if on_progress is not None:
                on_progress((number + fraction) / len(missing), name)

        parameters = synthetic_parameters(name, WIDTH, HEIGHT, SEEDS[name])
        write_sample(folder, name, ".jpg", parameters, report)
    images = folder / "images"
    create_folder(images)
    return images

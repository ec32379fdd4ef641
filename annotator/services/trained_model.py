"""What a training leaves in its project: a version of the model, with how good it is."""

from pathlib import Path

from annotator.errors import AnnotatorError
from annotator.services.model_comparison import load_comparison
from annotator.services.models import KEY_LENGTH
from annotator.services.retraining import THOROUGHNESS, card_of
from annotator.services.training_process import TrainingRun
from annotator.storage.model_versions import ModelVersion, ModelVersions
from annotator.storage.project_store import ProjectStore


def take_in(store: ProjectStore, run: TrainingRun, author: str, *, is_used: bool) -> str:
    """Make a version of the model of a run, in use or not, and return its key.

    Done twice, as after a crash, it makes one version.
    """
    card = card_of(str(run.model))
    assert card is not None
    versions = ModelVersions(store.folder)
    key = card.weights_sha256[:KEY_LENGTH]
    known = next((each for each in versions.read().versions if each.key == key), None)
    if known is None:
        known = versions.add(run.model, _version(store, run, author), is_used=is_used)
    elif is_used:
        versions.use(known.name)
    return key


def key_in_use(project: Path) -> str:
    """Return the key of the model that a project uses."""
    versions = ModelVersions(project)
    known = versions.read()
    current = known.find(known.current)
    if current is not None:
        return current.key
    card = card_of("default")
    return card.weights_sha256[:KEY_LENGTH] if card else ""


def _version(store: ProjectStore, run: TrainingRun, author: str) -> ModelVersion:
    card = card_of(str(run.model))
    assert card is not None
    last = card.ancestry[-1] if card.ancestry else None
    known = ModelVersions(store.folder).read()
    before = known.find(known.current)
    figures: dict[str, float] = {}
    is_flagged, held_out = False, ()
    try:
        comparison = load_comparison(run.folder, before.held_out if before else ())
    except AnnotatorError:
        comparison = None  # the model is good without it
    if comparison is not None:
        held_out = tuple(comparison.files)
        is_flagged = bool(comparison.flags)
        own = comparison.own
        figures = {"f1": own.new[2], "f1 of the model before": own.old[2]} if own else {}
    return ModelVersion(
        name="",
        title=card.title or card.name,
        key=card.weights_sha256[:KEY_LENGTH],
        author=author,
        based_on=last.model if last else "",
        how=THOROUGHNESS[last.how].title if last and last.how else "",
        n_images=last.n_images if last else 0,
        held_out=held_out,
        figures=figures,
        is_flagged=is_flagged,
    )

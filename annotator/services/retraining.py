"""Training on what a project holds: on which images, from what, how thoroughly, how long.

`survey` says what there is to learn from, `problem_of` why a choice is not possible;
`annotator.services.training_folder` then writes the folder of a run, from which
`annotator.services.training_process` starts a process.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from annotator.document.image_state import ImageState
from annotator.errors import AnnotatorError
from annotator.storage.project_store import ImageRecord, ProjectStore

if TYPE_CHECKING:
    from segmentation.config import RunConfig
    from segmentation.model_store.card import ModelCard

How = Literal["quick", "fine", "full"]
Recipe = Literal["full", "70/30", "30/70", "10/90"]

SCRATCH: Final = ""
"""Stands for random weights where a model to begin with is asked for."""
HELD_OUT_KEY: Final = "training_held_out"
TAUGHT_KEY: Final = "training_taught"
HELD_OUT_SHARE: Final = 0.2
MOST_QUICK: Final = 3
"""Quick adaptations in a row; after that the older images begin to be unlearned."""
MIN_IMAGES: Final = 2
CERTAIN: Final = (ImageState.APPROVED, ImageState.NO_CRACK)
UNFINISHED: Final = (ImageState.IN_PROGRESS, ImageState.NEEDS_WORK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thoroughness:
    """How long and how a training goes on.

    Attributes
    ----------
    title, text
        For the dialog.
    steps_per_epoch
        After so many steps it is judged.
    steps
        At least, and at most.
    steps_per_image
        What lies between grows with the number of images.
    changes
        Values of the run that differ from the run of the bundled model.
    replay
        Share of what is shown that is older data, against forgetting.
    negatives
        Share of crops with a place where the old model was wrong.
    """

    title: str
    text: str
    steps_per_epoch: int
    steps: tuple[int, int]
    steps_per_image: int
    changes: Mapping[str, object]
    replay: float
    negatives: float

    def n_epochs(self, n_images: int) -> int:
        """Return how often it is judged when it learns from so many images."""
        least, most = self.steps
        steps = min(max(least, n_images * self.steps_per_image), most)
        return max(round(steps / self.steps_per_epoch), 1)


BATCH: Final = 8
CROP: Final = 256
THOROUGHNESS: Final[dict[How, Thoroughness]] = {
    "quick": Thoroughness(
        title="Quick adapt",
        text="A few minutes: the model gets used to these photographs.",
        steps_per_epoch=40,
        steps=(200, 400),
        steps_per_image=12,
        changes={"optimizer.learning_rate": 1e-3, "train.ema_decay": 0.98},
        replay=0.2,
        negatives=0.15,
    ),
    "fine": Thoroughness(
        title="Fine-tune",
        text="Up to an hour: the model learns what these photographs have of their own.",
        steps_per_epoch=60,
        steps=(900, 3000),
        steps_per_image=60,
        changes={"optimizer.learning_rate": 7e-4, "train.ema_decay": 0.995},
        replay=0.25,
        negatives=0.2,
    ),
    "full": Thoroughness(
        title="Full",
        text="Hours, better with a graphics card: everything is learned thoroughly.",
        steps_per_epoch=100,
        steps=(6000, 30_000),
        steps_per_image=200,
        changes={"optimizer.learning_rate": 1e-3, "train.ema_decay": 0.999},
        replay=0.3,
        negatives=0.2,
    ),
}
RECIPES: Final[dict[Recipe, str]] = {
    "full": "All as they are",
    "70/30": "70 % with a crack, 30 % without",
    "30/70": "30 % with a crack, 70 % without",
    "10/90": "10 % with a crack, 90 % without",
}
_COMMON: Final[dict[str, object]] = {
    "data.validation": "fixed",
    "data.validation_share": 0.0,
    "data.validation_patches": 24,
    "data.patch_size": 512,
    "data.crop_size": CROP,
    "data.crack_centered": 0.5,
    "data.on_damage": "skip",
    "train.batch_size": BATCH,
    "train.select_by": "last",
    "train.patience": 0,
    "schedule.warmup_epochs": 0.5,
}
_REPLAYED: Final = (
    "synthetic:?origin={name}&count=48&size=384&seed=700000&split=train&weight={weight}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a user has chosen.

    Attributes
    ----------
    takes_reviewed
        Reviewed images teach like approved ones.
    takes_unfinished
        Of images under way what was drawn, accepted and rejected teaches.
    recipe
        Share of parts of images with and without a crack.
    start
        Name or folder of the model to begin with; `SCRATCH` for none.
    how
        How thoroughly.
    device
        "auto", "cpu" or "cuda".
    seed
        Of all that is random.
    compare_with
        Model that the new one is compared with, name or folder.
    """

    takes_reviewed: bool = False
    takes_unfinished: bool = False
    recipe: Recipe = "full"
    start: str = "default"
    how: How = "quick"
    device: str = "auto"
    seed: int = 0
    compare_with: str = "default"

    @property
    def states(self) -> tuple[ImageState, ...]:
        """States of the images that teach."""
        reviewed = (ImageState.REVIEWED,) if self.takes_reviewed else ()
        return (*CERTAIN, *reviewed, *(UNFINISHED if self.takes_unfinished else ()))


@dataclass(frozen=True, slots=True)
class Survey:
    """What a project has to learn from.

    Attributes
    ----------
    counts
        Images in each state.
    taught, held_out
        Images to learn from, and images to judge by; the latter never teach.
    n_missing
        Images in the right state whose files are not there.
    """

    counts: Mapping[ImageState, int]
    taught: tuple[ImageRecord, ...]
    held_out: tuple[ImageRecord, ...]
    n_missing: int = 0

    @property
    def n_with_cracks(self) -> int:
        """How many of those that teach show a crack."""
        return sum(record.n_cracks > 0 for record in self.taught)


def survey(store: ProjectStore, choice: Choice) -> Survey:
    """Return what there is to learn from; the held-out part stays the same from run to run.

    Images that were assigned to the training or test part of the data set stay there. Of the others
    a fifth is held out: those that were held out before, then images that never taught.
    """
    records = store.images()
    counts = {state: sum(record.state == state for record in records) for state in ImageState}
    wanted = [record for record in records if record.state in choice.states]
    there = [record for record in wanted if not record.is_missing]
    teaching = [record for record in there if _teaches(record)]
    held_out = _held_out(store, teaching)
    taught = tuple(record for record in teaching if record.identifier not in held_out)
    kept = tuple(record for record in teaching if record.identifier in held_out)
    return Survey(counts, taught, kept, len(wanted) - len(there))


def problem_of(choice: Choice, found: Survey, card: "ModelCard | None" = None) -> str:
    """Say why a choice cannot be carried out and what to do; empty where it can.

    ``card`` is that of the model to begin with.
    """
    n_images = len(found.taught) + len(found.held_out)
    if n_images < MIN_IMAGES:
        return (
            f"There {'is 1 image' if n_images == 1 else f'are {n_images} images'} to learn from; "
            f"approve at least {MIN_IMAGES} (key 3), or mark images without a crack (key 0)."
        )
    if not found.n_with_cracks:
        return "None of the images to learn from shows a crack; approve some that do."
    if choice.how == "quick" and choice.start == SCRATCH:
        return "A quick adaptation needs a model to begin with; choose one, or Full."
    if choice.how == "quick" and card is not None and card.n_quick >= MOST_QUICK:
        return (
            f"{card.title or card.name} was adapted quickly {MOST_QUICK} times in a row already, "
            "and would begin to unlearn older images; begin with the bundled model, or Fine-tune."
        )
    return ""


def hint_of(found: Survey) -> str:
    """Say what makes the result uncertain; empty where nothing does."""
    if not found.held_out:
        return "No image is held out, so that nobody can tell how good the new model is."
    if not any(record.n_cracks for record in found.held_out):
        return "The images held out show no crack; approve more images to judge the model by."
    if len(found.held_out) < 3:
        n = len(found.held_out)
        return f"Only {n} image{'s are' if n > 1 else ' is'} held out: the figures will be rough."
    return ""


def n_steps(choice: Choice, found: Survey) -> int:
    """Return the number of steps that a training takes."""
    how = THOROUGHNESS[choice.how]
    return how.n_epochs(len(found.taught)) * how.steps_per_epoch


def run_config(choice: Choice, n_images: int, source: str) -> "RunConfig":
    """Return all values of a run.

    Parameters
    ----------
    choice
        What was chosen.
    n_images
        That teach.
    source
        The project's own images.
    """
    import tomllib

    from segmentation.config import RunConfig
    from segmentation.model_store.card import read_card
    from segmentation.model_store.catalog import find_model
    from segmentation.training.assignment import REPLAY

    how = THOROUGHNESS[choice.how]
    card = read_card(find_model(choice.start or "default"))
    sources = [f"{source}&weight={1.0 - how.replay:g}"]
    sources += [_REPLAYED.format(name=REPLAY, weight=f"{how.replay:g}")] if how.replay else []
    # The card of a model that was made elsewhere may say nothing of its run.
    run = replace(RunConfig.from_table(tomllib.loads(card.run)), model=card.model)
    return run.with_changes(
        {
            **_COMMON,
            **how.changes,
            "data.sources": sources,
            "data.recipe": choice.recipe,
            "data.hard_negatives": how.negatives if choice.start else 0.0,
            "data.epoch_samples": BATCH * how.steps_per_epoch,
            "train.epochs": how.n_epochs(n_images),
            "train.seed": choice.seed,
            "model.pretrained": False,
        }
    )


def card_of(model: str) -> "ModelCard | None":
    """Return the card of a model, None for none."""
    from segmentation.model_store.card import ModelError, read_card
    from segmentation.model_store.catalog import find_model

    if model == SCRATCH:
        return None
    try:
        return read_card(find_model(model))
    except ModelError as error:
        raise AnnotatorError(str(error)) from error


# --- what is held out


def _teaches(record: ImageRecord) -> bool:
    """Tell whether an image says anything; one under way does where something is drawn on it."""
    return record.state not in UNFINISHED or record.n_cracks > 0


def _held_out(store: ProjectStore, records: Sequence[ImageRecord]) -> set[int]:
    """Return which images are held out, without noting it."""
    fixed = {record.identifier for record in records if record.subset == "test"}
    free = [
        record for record in records if record.subset == "auto" and record.state not in UNFINISHED
    ]
    before = set(store.get(HELD_OUT_KEY, []))
    taught = set(store.get(TAUGHT_KEY, []))
    n_wanted = max(round(HELD_OUT_SHARE * len(records)), int(len(records) >= MIN_IMAGES))
    kept = [record for record in free if record.identifier in before]
    fresh = [
        record
        for record in sorted(free, key=lambda record: _rank(record, taught))
        if record.identifier not in before
    ]
    # One image with a crack stays to learn from, whatever is held out.
    n_more = max(n_wanted - len(fixed) - len(kept), 0)
    chosen = fixed | {record.identifier for record in kept}
    for record in fresh[: max(len(fresh) - 1, 0)]:
        if n_more > 0:
            chosen.add(record.identifier)
            n_more -= 1
    return chosen


def _rank(record: ImageRecord, taught: set[int]) -> tuple[bool, bool, str]:
    """Sort what never taught first, then images with cracks, then at random, but always alike."""
    digest = hashlib.sha256(record.shown_name.encode(errors="replace")).hexdigest()
    return record.identifier in taught, record.n_cracks == 0, digest


def note_split(store: ProjectStore, found: Survey) -> None:
    """Keep which images are held out, and which have taught."""
    if store.is_read_only:
        return
    held_out = {record.identifier for record in found.held_out} | set(store.get(HELD_OUT_KEY, []))
    taught = {record.identifier for record in found.taught} | set(store.get(TAUGHT_KEY, []))
    store.set(HELD_OUT_KEY, sorted(held_out))
    store.set(TAUGHT_KEY, sorted(taught))

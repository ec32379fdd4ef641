"""What a training run is made of, as frozen dataclasses with TOML in and out.

One section of the file is one dataclass. What a single model or loss takes beyond that stands in
its ``options`` and is checked by its own record beside its code, so that a new model or loss
needs no change here. Needs no torch.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Self, cast

from segmentation.toml_records import (
    Options,
    Range,
    Record,
    Table,
    read_record,
    to_table,
    write_toml,
)

Recipe = Literal["all", "70/30", "30/70", "10/90", "full"]
OptimizerName = Literal["adamw", "sgd"]
ScheduleName = Literal["constant", "exponential", "cosine"]
Precision = Literal["float32", "bfloat16", "float16"]
Selection = Literal["f1", "loss", "last"]
Validation = Literal["drawn", "fixed"]
OnDamage = Literal["stop", "skip"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig(Record):
    """Which network, and what it is made of.

    Attributes
    ----------
    name
        Key of ``segmentation.models.MODELS``.
    pretrained
        Start the encoder from the ImageNet weights that timm downloads.
    options
        Fields of the model's own options record that differ from its defaults.
    """

    name: str = "residual_unet"
    pretrained: bool = False
    options: Options = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class LossConfig(Record):
    """What is minimized.

    Attributes
    ----------
    name
        Key of ``segmentation.losses.LOSSES``.
    aux_weights
        Weights of the companion outputs' losses, the main output weighing 1: one for each
        companion, or a single one for all.
    options
        Fields of the loss's own options record that differ from its defaults.
    """

    name: str = "dice_bce"
    aux_weights: Annotated[tuple[float, ...], Range(0.0, 100.0)] = (1.0,)
    options: Options = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizerConfig(Record):
    """How the weights are changed.

    Attributes
    ----------
    name
        Key of ``segmentation.training.optim.OPTIMIZERS``.
    learning_rate
        At the start, before the schedule.
    weight_decay
        Decoupled from the gradient for AdamW, an L2 penalty for SGD.
    decay_vectors
        Whether biases, normalization and layer scales decay too.
    stage_decay
        Factor ``k`` per encoder stage; 1 is off. Stage ``n`` of ``N`` learns at
        ``learning_rate * k ** (N + 1 - n)``.
    momentum
        Of SGD.
    betas
        Of AdamW.
    """

    name: OptimizerName = "adamw"
    learning_rate: Annotated[float, Range(1e-8, 10.0)] = 1e-3
    weight_decay: Annotated[float, Range(0.0, 1.0)] = 1e-2
    decay_vectors: bool = False
    stage_decay: Annotated[float, Range(0.01, 1.0)] = 1.0
    momentum: Annotated[float, Range(0.0, 0.999)] = 0.9
    betas: Annotated[tuple[float, ...], Range(0.0, 0.99999)] = (0.9, 0.999)

    def __post_init__(self) -> None:
        """Check each field, and that there are two betas."""
        Record.__post_init__(self)
        if len(self.betas) != 2:
            raise ValueError(f"betas has {len(self.betas)} values; it takes two.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleConfig(Record):
    """How the learning rate goes over the epochs.

    Attributes
    ----------
    name
        Key of ``segmentation.training.optim.SCHEDULES``.
    gamma
        Factor per epoch of the exponential schedule.
    warmup_epochs
        The rate first rises linearly over so many epochs; 0 is off.
    final_factor
        Where the cosine ends, as share of the starting rate.
    """

    name: ScheduleName = "cosine"
    gamma: Annotated[float, Range(0.01, 1.0)] = 0.99
    warmup_epochs: Annotated[float, Range(0.0, 1000.0)] = 0.0
    final_factor: Annotated[float, Range(0.0, 1.0)] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DataConfig(Record):
    """What the network is shown.

    Attributes
    ----------
    sources
        Where the images are, as `segmentation.data.sources.parse_source` reads it.
    recipe
        Share of patches with and without a crack, "all" as they come.
    patch_size
        Side in pixels of the square patches that images are cut into; 0 takes whole images.
    crop_size
        Side in pixels of the square that is cut from a patch at random each time; 0 is off.
    crack_centered
        Share of crops that hold a crack pixel drawn at random, in patches that have one.
    hard_negatives
        Share of crops that hold a point where a model was wrong before, where such are known.
    augmentation
        Name of the list of random changes.
    validation
        Images for choosing the best epoch: "drawn" from the training images, or "fixed" as the
        data set has them, and drawn where it has none.
    validation_share
        Share of the training images that is drawn.
    validation_patches
        Of so many patches of the validation images only, evenly spread; 0 takes all.
    epoch_samples
        Samples that an epoch draws, by the weights of the sources; 0 shows each patch once.
    on_damage
        What becomes of an image that cannot be read: "stop" the run or "skip" it.
    """

    sources: tuple[str, ...] = ()
    recipe: Recipe = "all"
    patch_size: Annotated[int, Range(0, 4096)] = 512
    crop_size: Annotated[int, Range(0, 4096)] = 0
    crack_centered: Annotated[float, Range(0.0, 1.0)] = 0.0
    hard_negatives: Annotated[float, Range(0.0, 1.0)] = 0.0
    augmentation: str = "strong"
    validation: Validation = "drawn"
    validation_share: Annotated[float, Range(0.0, 0.9)] = 0.1
    validation_patches: Annotated[int, Range(0, 1_000_000)] = 0
    epoch_samples: Annotated[int, Range(0, 100_000_000)] = 0
    on_damage: OnDamage = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig(Record):
    """How long and how the loop runs.

    Attributes
    ----------
    epochs
        Passes over the training patches.
    batch_size
        Patches per step, over all processes together.
    precision
        Arithmetic of the forward pass; losses are always summed in float32.
    ema_decay
        Decay per step of the averaged weights that are evaluated and kept; 0 is off.
    clip_norm
        Largest norm of the gradient; 0 is off.
    patience
        Stop after so many epochs without a better one; 0 is off.
    select_by
        What the kept epoch is best in on the validation images: F1 at threshold 0.5, loss, or
        simply the last.
    seed
        Everything random follows from it.
    """

    epochs: Annotated[int, Range(1, 100_000)] = 100
    batch_size: Annotated[int, Range(1, 65_536)] = 8
    precision: Precision = "float32"
    ema_decay: Annotated[float, Range(0.0, 0.99999)] = 0.0
    clip_norm: Annotated[float, Range(0.0, 1e6)] = 0.0
    patience: Annotated[int, Range(0, 100_000)] = 0
    select_by: Selection = "f1"
    seed: Annotated[int, Range(0, 2**32 - 1)] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig(Record):
    """All of a training run; each attribute is a section of its TOML file.

    ``preset`` names what it began with; the values here are complete without it.
    """

    preset: str = ""
    model: ModelConfig = field(default_factory=ModelConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)
    data: DataConfig = field(default_factory=DataConfig)
    train: TrainConfig = field(default_factory=TrainConfig)

    def to_toml(self) -> str:
        """Return the run as TOML text, every field in it."""
        return write_toml(to_table(self))

    def values(self) -> dict[str, object]:
        """Return every value by its dotted name, e.g. ``"optimizer.learning_rate"``."""
        return flatten(to_table(self))

    def with_changes(self, changes: Mapping[str, object]) -> Self:
        """Return a copy with some values changed.

        Parameters
        ----------
        changes
            New values by dotted name, e.g. ``{"model.options.attention": "none"}``. Another
            ``model.name`` or ``loss.name`` drops the options of the old one.

        Raises
        ------
        ValueError
            A name is unknown or a value does not fit.
        """
        table = to_table(self)
        for section in ("model", "loss"):
            if changes.get(f"{section}.name", table[section]["name"]) != table[section]["name"]:
                table[section]["options"] = {}
        for name, value in changes.items():
            _put(table, name, value)
        return read_record(type(self), table)


def flatten(table: Mapping[str, Any], where: str = "") -> dict[str, object]:
    """Return the values of nested tables by dotted name."""
    flat: dict[str, object] = {}
    for key, value in table.items():
        name = f"{where}.{key}" if where else key
        if isinstance(value, Mapping):
            flat.update(flatten(cast("Mapping[str, Any]", value), name))
        else:
            flat[name] = value
    return flat


def _put(table: Table, name: str, value: object) -> None:
    *sections, key = name.split(".")
    for section in sections:
        if not isinstance(table.get(section), dict):
            raise ValueError(f"{name} is not known; there is no section {section!r}.")
        table = table[section]
    table[key] = value

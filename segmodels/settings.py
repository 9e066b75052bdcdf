"""Settings of one training run: plain values, checked when made, without importing torch."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from segmodels.cards import Task
from segmodels.catalogue import ARCHITECTURE_CARDS, DEFAULT_ARCHITECTURE, ENCODERS
from segmodels.errors import SettingsError
from segmodels.phrase import Phrase
from segmodels.value_checks import check_choice, check_flag, check_whole, checked_number, checked_size

ENCODER_WEIGHTS = ("imagenet", "none")
AUTO = "auto"
DEVICES = ("auto", "cpu", "cuda")
LOSSES = ("cross_entropy", "dice", "focal", "lovasz")
DEFAULT_LOSS = {"cross_entropy": 1.0, "dice": 0.5}
LARGEST_LOSS_WEIGHT = 100.0
OPTIMISERS = ("adamw", "sgd")
SCHEDULES = ("cosine", "poly", "one_cycle")
PRECISIONS = ("auto", "float32", "bfloat16", "float16")
SMALLEST_SIDE_PX = 16
LONGEST_SIDE_PX = 4096

INTEGER_RANGES = {
    "epochs": (1, 10_000),
    "batch_size": (1, 512),
    "micro_batch_size": (1, 512),
    "steps_per_epoch": (1, 1_000_000),
    "seed": (0, 2**31 - 1),
    "threads": (1, 1024),
}
NUMBER_RANGES = {
    "learning_rate": (1e-8, 1.0),
    "weight_decay": (0.0, 1.0),
    "encoder_rate_factor": (0.0, 10.0),
    "momentum": (0.0, 0.999),
    "gradient_clip": (0.0, 1e6),
    "average_decay": (0.0, 0.999999),
    "focal_gamma": (0.0, 10.0),
    "poly_power": (0.1, 10.0),
    "blur": (0.0, 1.0),
    "elastic": (0.0, 1.0),
    "class_balance": (0.0, 1.0),
    "warmup_fraction": (0.0, 0.9),
    "state_seconds": (0.0, 86_400.0),
}
FLAGS = ("augment", "channels_last", "compile")
OPTIONAL = ("steps_per_epoch", "threads", "micro_batch_size")


@dataclass(frozen=True)
class ClassSpec:
    """A class the model is trained on; its place in the list of classes is its index."""

    name: str
    ignore: bool = False


@dataclass(frozen=True)
class TrainingSettings:
    """Everything that decides a run besides its data; raises SettingsError where a value cannot be used.

    `architecture_options` are those of the architecture's card, completed with its defaults. `encoder` auto
    becomes the architecture's default one, `encoder_weights` auto becomes imagenet where such weights exist.
    `image_size` is (height, width) in px: images are resized to it for training and prediction, any size
    works; an instance model sees windows of at most this size in training, out of images at their own.
    `steps_per_epoch` None means one pass over the images. `encoder_rate_factor` scales the learning
    rate of the pretrained encoder. `loss` maps names of `LOSSES` to their weights in the sum; it, `focal_gamma`
    and `class_balance` are for models that label pixels, an instance model has losses of its own.
    `class_balance` 0 counts every pixel alike, 1 lets every class weigh about the same.
    `warmup_fraction` is the share of all steps with rising learning rate; `momentum` is SGD's, `poly_power`
    the poly schedule's. `gradient_clip` is the largest gradient norm and `average_decay` that of the moving
    average of the weights which is then scored and kept; 0 turns either off. `micro_batch_size` is how many
    images are in memory at once: gradients are added up to `batch_size`. `blur` and `elastic` are the shares
    of augmented images that are blurred or warped. `precision` auto is bfloat16 where the device computes in
    it, else float16 on a GPU and float32 on a CPU. `threads` None leaves torch's own number; `state_seconds`
    is the longest time between two resumable states within an epoch.
    """

    architecture: str = DEFAULT_ARCHITECTURE
    architecture_options: dict[str, Any] = field(default_factory=dict)
    encoder: str = AUTO
    encoder_weights: str = AUTO
    image_size: tuple[int, int] = (256, 256)
    epochs: int = 20
    batch_size: int = 8
    steps_per_epoch: int | None = None
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2
    encoder_rate_factor: float = 1.0
    optimiser: str = "adamw"
    momentum: float = 0.9
    schedule: str = "cosine"
    poly_power: float = 0.9
    gradient_clip: float = 5.0
    average_decay: float = 0.0
    loss: dict[str, float] = field(default_factory=DEFAULT_LOSS.copy)
    focal_gamma: float = 2.0
    class_balance: float = 0.5
    warmup_fraction: float = 0.1
    seed: int = 0
    augment: bool = True
    blur: float = 0.0
    elastic: float = 0.0
    micro_batch_size: int | None = None
    precision: str = "auto"
    channels_last: bool = True
    compile: bool = False
    threads: int | None = None
    device: str = "auto"
    state_seconds: float = 30.0

    def __post_init__(self) -> None:
        check_choice("architecture", self.architecture, ARCHITECTURE_CARDS)
        self._settle_architecture()
        if self.compile and self.task == "instance":
            raise SettingsError(
                "compile",
                Phrase("{architecture} has other shapes in every step; leave it off", architecture=self.architecture),
            )
        check_choice("device", self.device, DEVICES)
        check_choice("optimiser", self.optimiser, OPTIMISERS)
        check_choice("schedule", self.schedule, SCHEDULES)
        check_choice("precision", self.precision, PRECISIONS)
        object.__setattr__(self, "loss", _checked_loss(self.loss))
        object.__setattr__(
            self, "image_size", checked_size("image_size", self.image_size, SMALLEST_SIDE_PX, LONGEST_SIDE_PX)
        )
        for name, (low, high) in INTEGER_RANGES.items():
            if name not in OPTIONAL or getattr(self, name) is not None:
                check_whole(name, getattr(self, name), low, high)
        for name, (lowest, highest) in NUMBER_RANGES.items():
            object.__setattr__(self, name, checked_number(name, getattr(self, name), lowest, highest))
        for name in FLAGS:
            check_flag(name, getattr(self, name))

    def _settle_architecture(self) -> None:
        """Check options, encoder and weights against the architecture's card, and fill in what was left out."""
        card = ARCHITECTURE_CARDS[self.architecture]
        options = card.checked_options(self.architecture_options)
        smallest, largest = options.get("min_size_px"), options.get("max_size_px")
        if isinstance(smallest, int) and isinstance(largest, int) and smallest > largest:
            raise SettingsError("architecture_options", Phrase("min_size_px is above max_size_px"))
        encoder_name = card.default_encoder if self.encoder == AUTO else self.encoder
        check_choice("encoder", encoder_name, ENCODERS)
        encoder = ENCODERS[encoder_name]
        card.check_encoder(encoder, options, ENCODERS)
        weights = self.encoder_weights
        if weights == AUTO:
            weights = "imagenet" if card.has_weights(encoder, options) else "none"
        check_choice("encoder_weights", weights, ENCODER_WEIGHTS)
        if weights == "imagenet":
            card.check_pretrained(encoder, options)
        for name, value in (("architecture_options", options), ("encoder", encoder_name), ("encoder_weights", weights)):
            object.__setattr__(self, name, value)

    @property
    def task(self) -> Task:
        """Whether the model labels pixels or finds objects."""
        return ARCHITECTURE_CARDS[self.architecture].task

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Settings from a JSON object; unknown fields are refused.

        Fields left out are as in the recipe of the architecture's card, else as the defaults here.
        `dice_weight`, the one choice of loss before `loss` came, is read as Dice of that weight beside
        cross-entropy.
        """
        if "dice_weight" in values:
            values = _with_loss(values)
        known = {field.name for field in fields(cls)}
        for name in values:
            if name not in known:
                raise SettingsError(
                    str(name), Phrase("unknown setting; known are {known}", known=", ".join(sorted(known)))
                )
        return cls(**(recommended(values.get("architecture")) | dict(values)))

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that `from_dict` takes back."""
        return asdict(self) | {"image_size": list(self.image_size)}


def recommended(architecture: object) -> dict[str, Any]:
    """The settings in which an architecture's recipe differs from the defaults; none for an unknown name."""
    card = ARCHITECTURE_CARDS.get(architecture) if isinstance(architecture, str) else None
    return dict(card.recipe) if card else {}


def _with_loss(values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` with `loss` in place of `dice_weight`."""
    if "loss" in values:
        raise SettingsError("dice_weight", Phrase('is the weight of "dice" in loss; give one of the two'))
    weight = checked_number("dice_weight", values["dice_weight"], 0.0, LARGEST_LOSS_WEIGHT)
    others = {name: value for name, value in values.items() if name != "dice_weight"}
    return others | {"loss": {"cross_entropy": 1.0} | ({"dice": weight} if weight else {})}


def _checked_loss(value: object) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise SettingsError("loss", Phrase("must map names to weights, not {value}", value=repr(value)))
    for name in value:
        if name not in LOSSES:
            raise SettingsError(
                "loss",
                Phrase("{value} is not offered; choose one of {choices}", value=repr(name), choices=", ".join(LOSSES)),
            )
    weights = {name: checked_number("loss", weight, 0.0, LARGEST_LOSS_WEIGHT) for name, weight in value.items()}
    if not any(weights.values()):
        raise SettingsError(
            "loss", Phrase("no term has a weight above 0; choose one of {choices}", choices=", ".join(LOSSES))
        )
    return weights

"""How architectures, encoders and their options describe themselves, without importing torch."""

import importlib.util
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from segmodels.diagrams import Diagram
from segmodels.errors import SettingsError
from segmodels.figures import ArchitectureFigures, architecture_figures
from segmodels.phrase import Phrase

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
OPTIONS_FIELD = "architecture_options"

OptionKind = Literal["integer", "number", "boolean", "choice"]
OptionValue = int | float | bool | str
Task = Literal["semantic", "instance"]
EncoderFamily = Literal["cnn", "vgg", "pyramid_transformer", "vision_transformer", "plain"]


@dataclass(frozen=True)
class Option:
    """One parameter of an architecture. `low` and `high` bound numbers, `choices` lists the values of a choice."""

    name: str
    kind: OptionKind
    default: OptionValue
    help: str
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[OptionValue, ...] = ()

    def checked(self, value: object) -> OptionValue:
        """`value` as this option's type; raises SettingsError of the field `architecture_options`."""
        if self.kind == "choice":
            return self._checked_choice(value)
        if self.kind == "boolean":
            if not isinstance(value, bool):
                raise self._refusal(Phrase("must be true or false, not {value}", value=repr(value)))
            return value
        return self._checked_number(value)

    def _checked_choice(self, value: object) -> OptionValue:
        for choice in self.choices:
            if choice == value and type(choice) is type(value):
                return choice
        raise self._refusal(
            Phrase(
                "{value} is not offered; choose one of {choices}",
                value=repr(value),
                choices=", ".join(map(str, self.choices)),
            )
        )

    def _checked_number(self, value: object) -> int | float:
        wanted = int if self.kind == "integer" else int | float
        if not isinstance(value, wanted) or isinstance(value, bool) or not math.isfinite(value):
            if self.kind == "integer":
                raise self._refusal(Phrase("must be a whole number, not {value}", value=repr(value)))
            raise self._refusal(Phrase("must be a number, not {value}", value=repr(value)))
        if not self.low <= value <= self.high:
            raise self._refusal(
                Phrase("{value:g} is outside {low:g} to {high:g}", value=value, low=self.low, high=self.high)
            )
        return value if self.kind == "integer" else float(value)

    def _refusal(self, reason: str) -> SettingsError:
        return SettingsError(OPTIONS_FIELD, Phrase("{name}: {reason}", name=self.name, reason=reason))


@dataclass(frozen=True)
class EncoderCard:
    """One encoder: `mean` and `std` are what its ImageNet weights expect of an image scaled to 0..1.

    `norm_epsilon` is what its batch norms add to the variance; weights trained in TensorFlow have
    channels of zero variance and need its 1e-3. `weights_package` names the installed Python package
    that carries its weights, where there is one. `family` decides which architectures can take it;
    `is_pretrained` is false where nobody publishes ImageNet weights, and `pads_like_tensorflow` true where
    they expect TensorFlow's padding.
    """

    name: str
    title: str
    parameters_millions: float
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    norm_epsilon: float = 1e-5
    weights_package: str | None = None
    family: EncoderFamily = "cnn"
    is_pretrained: bool = True
    pads_like_tensorflow: bool = False

    @property
    def has_offline_weights(self) -> bool:
        """Whether ImageNet weights come with the installation, so that no hub has to be reached."""
        return self.weights_package is not None and importlib.util.find_spec(self.weights_package) is not None


@dataclass(frozen=True)
class ArchitectureCard:
    """One architecture as a user reads about it before choosing.

    `summary` is one sentence, `description` a paragraph on what it is, `good_for` when to take it.
    `families` are the encoders it can take, `default_encoder` the one meant where none is named.
    `weights_need` are the option values that ImageNet weights were trained with, where options change
    the encoder. `task` is what it tells: a class for every pixel, or the objects of thing classes. `recipe`
    are the training settings that suit it where they differ from the general defaults.
    """

    name: str
    title: str
    summary: str
    description: str
    good_for: str
    paper: str
    year: int
    default_encoder: str
    families: tuple[EncoderFamily, ...]
    diagram: Diagram
    options: tuple[Option, ...] = ()
    weights_need: tuple[tuple[str, OptionValue], ...] = ()
    task: Task = "semantic"
    recipe: tuple[tuple[str, OptionValue], ...] = ()

    @property
    def figures(self) -> ArchitectureFigures | None:
        """What `python -m segmodels bench architectures` measured; None where it has not been."""
        return architecture_figures().get(self.name)

    def takes(self, encoder: EncoderCard) -> bool:
        return encoder.family in self.families

    def checked_options(self, values: object) -> dict[str, OptionValue]:
        """Every option with its value, defaults where `values` has none; raises SettingsError."""
        if not isinstance(values, Mapping):
            raise SettingsError(
                OPTIONS_FIELD, Phrase("must be an object of names and values, not {values}", values=repr(values))
            )
        known = {option.name: option for option in self.options}
        for name in values:
            if name not in known:
                offered = Phrase("it has {options}", options=", ".join(known)) if known else Phrase("it has none")
                raise SettingsError(
                    OPTIONS_FIELD,
                    Phrase(
                        "{architecture} has no option {name}; {offered}",
                        architecture=self.name,
                        name=repr(name),
                        offered=offered,
                    ),
                )
        return {name: option.checked(values.get(name, option.default)) for name, option in known.items()}

    def check_encoder(
        self, encoder: EncoderCard, options: Mapping[str, Any], offered: Mapping[str, EncoderCard]
    ) -> None:
        """Raise SettingsError where this architecture cannot take `encoder` or not with these `options`."""
        if not self.takes(encoder):
            names = ", ".join(name for name, card in offered.items() if self.takes(card))
            raise SettingsError(
                "encoder",
                Phrase(
                    "{architecture} cannot take {encoder}; it takes {names}",
                    architecture=self.name,
                    encoder=encoder.name,
                    names=names,
                ),
            )
        if encoder.family == "pyramid_transformer" and options.get("depth", 5) != 5:
            raise SettingsError(
                OPTIONS_FIELD,
                Phrase(
                    "{name}: {reason}",
                    name="depth",
                    reason=Phrase("{encoder} has all of its 5 stages or none", encoder=encoder.name),
                ),
            )

    def has_weights(self, encoder: EncoderCard, options: Mapping[str, Any]) -> bool:
        """Whether ImageNet weights for `encoder` with these `options` are published."""
        return encoder.is_pretrained and all(options[name] == value for name, value in self.weights_need)

    def check_pretrained(self, encoder: EncoderCard, options: Mapping[str, Any]) -> None:
        """Raise SettingsError where there cannot be ImageNet weights for `encoder` with these `options`."""
        if self.has_weights(encoder, options):
            return
        if not encoder.is_pretrained:
            raise SettingsError(
                "encoder_weights",
                Phrase("there are no ImageNet weights for {encoder}; choose none", encoder=encoder.name),
            )
        needed = ", ".join(f"{name} {value}" for name, value in self.weights_need)
        raise SettingsError(
            "encoder_weights", Phrase("ImageNet weights are for {options} alone; choose none", options=needed)
        )

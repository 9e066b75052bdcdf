"""The architectures as the training form offers them: diagram, cost beside U-Net, and fields for their options."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext

from annotator.pages.diagrams import Drawing, draw
from annotator.pages.forms import PageForm, style
from annotator.wording import good_for, setting_word, value_word
from segmodels.cards import ArchitectureCard, Option
from segmodels.catalogue import ARCHITECTURE_CARDS, ENCODERS
from segmodels.settings import recommended

MOST_OPTIONS_SHOWN = 4


@dataclass(frozen=True)
class CostBar:
    """A quantity of an architecture beside that of U-Net: `share` and `mark` (U-Net's own) of the longest bar."""

    ratio: float
    share: float
    mark: float


@dataclass(frozen=True)
class ArchitectureChoice:
    """One architecture in the form."""

    card: ArchitectureCard
    drawing: Drawing
    options: list[BoundField]
    default_encoder: str
    encoders: str
    recipe: str
    speed: CostBar | None
    memory: CostBar | None

    @property
    def finds_objects(self) -> bool:
        return self.card.task == "instance"

    @property
    def good_for(self) -> str:
        """As the end of a sentence that begins with these words."""
        return gettext(good_for(self.card))

    @property
    def shows_options(self) -> bool:
        """Whether the options are few enough to stand in sight."""
        return len(self.options) <= MOST_OPTIONS_SHOWN

    @property
    def has_wrong_option(self) -> bool:
        return any(field.errors for field in self.options)


class OptionsForm(PageForm):
    """The options of one architecture; a field left empty means the option's default."""

    def __init__(self, card: ArchitectureCard, data: Any = None, values: Mapping[str, Any] | None = None):
        self.names = {option_field(card, option.name): option.name for option in card.options}
        known = values or {}
        initial = {option_field(card, option.name): known.get(option.name, option.default) for option in card.options}
        super().__init__(data, initial=initial)
        for option in card.options:
            self.fields[option_field(card, option.name)] = _field(option)
        style(self)

    def values(self) -> dict[str, Any]:
        """What was chosen, as the architecture's card takes it."""
        filled = {name: self.cleaned_data[field] for field, name in self.names.items()}
        return {name: value for name, value in filled.items() if value not in (None, "")}


def option_field(card: ArchitectureCard, name: str) -> str:
    """The name of an option's field, different for every architecture."""
    return f"option-{card.name}-{name}"


def _field(option: Option) -> forms.Field:
    words = {"label": setting_word(option.name), "help_text": gettext(option.help), "required": False}
    if option.kind == "boolean":
        return forms.BooleanField(**words)
    if option.kind == "choice":
        values = {str(value): value for value in option.choices}
        named = [(text, value_word(text)) for text in values]
        return forms.TypedChoiceField(choices=named, coerce=values.__getitem__, empty_value=None, **words)
    if option.kind == "integer":
        return forms.IntegerField(min_value=int(option.low), max_value=int(option.high), **words)
    widget = forms.NumberInput(attrs={"step": "any"})
    return forms.FloatField(min_value=option.low, max_value=option.high, widget=widget, **words)


def architecture_choices(forms_by_name: Mapping[str, OptionsForm]) -> list[ArchitectureChoice]:
    """All architectures in the order of the catalogue, each with the fields of its form."""
    measured = {name: card.figures for name, card in ARCHITECTURE_CARDS.items() if card.figures}
    speeds = _bars({name: figures.relative_speed for name, figures in measured.items()})
    memories = _bars({name: figures.relative_memory for name, figures in measured.items()})
    return [
        ArchitectureChoice(
            card=card,
            drawing=draw(card.diagram),
            options=list(forms_by_name[name]),
            default_encoder=gettext(ENCODERS[card.default_encoder].title),
            encoders=" ".join(encoder.name for encoder in ENCODERS.values() if card.takes(encoder)),
            recipe=json.dumps(recommended(name)),
            speed=speeds.get(name),
            memory=memories.get(name),
        )
        for name, card in ARCHITECTURE_CARDS.items()
    ]


def _bars(ratios: Mapping[str, float]) -> dict[str, CostBar]:
    longest = max((1.0, *ratios.values()))
    return {name: CostBar(ratio, ratio / longest, 1 / longest) for name, ratio in ratios.items()}

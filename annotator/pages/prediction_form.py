"""How the images of a project are pre-labelled, as a form."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotator.models import Project
from annotator.pages.forms import PageForm
from annotator.pages.refusals import refused_setting, tell_at_field
from annotator.services.errors import ServiceError
from annotator.workflow import WorkflowError
from segmodels.prediction_settings import (
    FLIPS,
    LARGEST_OVERLAP,
    LARGEST_TILE_PX,
    MOST_MC_SAMPLES,
    SMALLEST_TILE_PX,
    PredictionSettings,
)

MODES = {
    "resize": (
        _("Whole image at the model's size"),
        _(
            "Each image is brought to the size of training and the result back. Right wherever the images look as they "
            "did in training; the quickest."
        ),
    ),
    "tiles": (
        _("In tiles, at full resolution"),
        _(
            "For images much larger than the model was trained on: slides, aerial pictures, scans. Small things stay "
            "visible; the time grows with the area."
        ),
    ),
}
FLIP_NAMES = {
    "horizontal": _("Left to right"),
    "vertical": _("Upside down"),
    "both": _("Both at once (turned by 180°)"),
}
CHECKBOX = {"class": "form-check-input"}
# What the service says of a setting is told at the field that people see.
FIELD_OF_SETTING = {"tile_size": "tile_height"}


def _side(label: Any, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(
        min_value=SMALLEST_TILE_PX, max_value=LARGEST_TILE_PX, required=False, label=label, help_text=help_text
    )


class PredictionForm(PageForm):
    """Fields of `segmodels.prediction_settings.PredictionSettings` that people turn."""

    mode = forms.ChoiceField(
        choices=[(name, title) for name, (title, _text) in MODES.items()], widget=forms.RadioSelect(attrs=CHECKBOX)
    )
    tile_height = _side(_("Tile height (px)"), _("Empty: the model's own image size, which suits most."))
    tile_width = _side(_("Tile width (px)"))
    overlap = forms.FloatField(
        min_value=0,
        max_value=LARGEST_OVERLAP,
        label=_("Overlap"),
        widget=forms.NumberInput(attrs={"step": "0.05"}),
        help_text=_("Share of a tile that its neighbour sees too. More hides seams and takes longer."),
    )
    flips = forms.MultipleChoiceField(
        choices=[(name, FLIP_NAMES[name]) for name in FLIPS],
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs=CHECKBOX),
        label=_("Averaged with the image flipped"),
        help_text=_(
            "A little better outlines; each flip takes as long as the image itself. Upside down only where the "
            "pictures have no up."
        ),
    )
    mc_samples = forms.IntegerField(
        min_value=0,
        max_value=MOST_MC_SAMPLES,
        label=_("Passes with dropout"),
        help_text=_(
            "0 is off. 10 to 20 bring into the uncertainty where the model contradicts itself, which one pass "
            "hides; each takes as long as one prediction. Only for architectures with dropout."
        ),
    )

    def __init__(self, project: Project, data: Any = None):
        self.stored = PredictionSettings.from_dict(project.prediction_settings)
        height, width = self.stored.tile_size or (None, None)
        initial = self.stored.to_dict() | {"tile_height": height, "tile_width": width}
        super().__init__(data, initial=initial, prefix="prediction")

    @property
    def modes(self) -> list[dict[str, Any]]:
        """Each mode with its title and what it is for."""
        chosen = self["mode"].value()
        return [
            {"name": name, "title": title, "help": text, "is_chosen": name == chosen}
            for name, (title, text) in MODES.items()
        ]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        height, width = values.get("tile_height"), values.get("tile_width")
        if (height is None) != (width is None) and not self.errors:
            missing = "tile_height" if height is None else "tile_width"
            self.add_error(missing, _("A tile has a height and a width; leave both empty for the model's own."))
        return values

    def values(self) -> dict[str, Any]:
        """What was chosen, with the settings that this form does not show."""
        values = dict(self.cleaned_data)
        height, width = values.pop("tile_height"), values.pop("tile_width")
        return self.stored.to_dict() | values | {"tile_size": None if height is None else [height, width]}

    def refuse(self, error: ServiceError | WorkflowError) -> None:
        """Show what the service refused at the field it is about."""
        setting, why = refused_setting(error)
        tell_at_field(self, FIELD_OF_SETTING.get(setting or "", setting), why)

"""The form behind the Train button: every setting has a default, so that nothing has to be filled in."""

from dataclasses import asdict
from typing import Any

from django import forms

from annotator.models import Project
from annotator.pages.forms import PageForm
from annotator.services import training
from segmodels.catalogue import ARCHITECTURE_CARDS, ENCODERS
from segmodels.settings import SMALLEST_SIDE_PX, TrainingSettings


class TrainingForm(PageForm):
    """Fields of `segmodels.settings.TrainingSettings` that people turn; ranges are checked by the service."""

    architecture = forms.ChoiceField()
    encoder = forms.ChoiceField(help_text="The backbone. Larger ones are slower and need more labels.")
    encoder_weights = forms.ChoiceField(
        label="Start from", help_text="Pretrained weights need far fewer labels than a random start."
    )
    image_height = forms.IntegerField(
        min_value=SMALLEST_SIDE_PX, label="Height (px)", help_text="Images are resized to this for the model."
    )
    image_width = forms.IntegerField(min_value=SMALLEST_SIDE_PX, label="Width (px)")
    epochs = forms.IntegerField(min_value=1)
    steps_per_epoch = forms.IntegerField(
        min_value=1, required=False, label="Steps per epoch", help_text="Empty: one pass over the images."
    )
    batch_size = forms.IntegerField(min_value=1, label="Batch size", help_text="Lower it when memory runs out.")
    learning_rate = forms.FloatField(
        min_value=0, label="Learning rate", widget=forms.NumberInput(attrs={"step": "any"})
    )
    seed = forms.IntegerField(min_value=0, help_text="The same seed and data give the same model.")
    augment = forms.BooleanField(
        required=False, label="Augment", help_text="Random crops, flips and colours; helps with few labels."
    )

    def __init__(self, project: Project, data: Any = None):
        super().__init__(data, initial=_initial(project), prefix="train")
        self.fields["architecture"].choices = [(card.name, card.title) for card in ARCHITECTURE_CARDS.values()]
        self.fields["encoder"].choices = [
            ("auto", "The one that suits the architecture"),
            *((card.name, _encoder_title(card)) for card in ENCODERS.values()),
        ]
        self.fields["encoder_weights"].choices = [
            ("auto", "ImageNet weights where there are any"),
            ("imagenet", "ImageNet weights of the encoder"),
            ("none", "Random weights"),
            *((str(model.pk), f"Model {model}") for model in project.models.only("pk", "number", "project_id")),
        ]
        self.cards = list(ARCHITECTURE_CARDS.values())

    def settings(self) -> dict[str, Any]:
        """What was chosen, as `services.training.start_training` takes it."""
        values = dict(self.cleaned_data)
        values["image_size"] = [values.pop("image_height"), values.pop("image_width")]
        return values


def _encoder_title(card: Any) -> str:
    weights = "" if card.has_offline_weights else ", weights to be fetched"
    return f"{card.title}: {card.parameters_millions:g} M parameters{weights}"


def _initial(project: Project) -> dict[str, Any]:
    values = asdict(TrainingSettings()) | {"encoder": "auto", "encoder_weights": "auto"}
    values |= training.default_settings(project)
    height, width = values["image_size"]
    return values | {"image_height": height, "image_width": width}

"""The form behind the Train button: every setting has a default, so that nothing has to be filled in."""

from dataclasses import asdict
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotator.models import Project
from annotator.pages.architecture_choices import OptionsForm, architecture_choices, option_field
from annotator.pages.forms import PageForm
from annotator.pages.refusals import refused_setting, tell_at_field
from annotator.services import training
from annotator.services.errors import ServiceError
from annotator.wording import in_digits
from annotator.workflow import WorkflowError
from segmodels.cards import OPTIONS_FIELD
from segmodels.catalogue import ARCHITECTURE_CARDS, ENCODERS, EncoderCard
from segmodels.settings import INTEGER_RANGES, LONGEST_SIDE_PX, NUMBER_RANGES, SMALLEST_SIDE_PX, TrainingSettings

RECIPE_FIELDS = ("learning_rate", "batch_size")
ADVANCED_FIELDS = (
    "optimiser", "schedule", "weight_decay", "average_decay", "class_balance", "micro_batch_size", "blur", "elastic",
)  # fmt: skip
OPTIMISER_NAMES = [("adamw", "AdamW"), ("sgd", _("SGD with Nesterov momentum"))]
SCHEDULE_NAMES = [("cosine", _("Cosine")), ("poly", _("Polynomial")), ("one_cycle", _("One cycle"))]
# What the service says of a setting is told at the field that people see.
FIELD_OF_SETTING = {"image_size": "image_height"}


def _whole(name: str, **more: Any) -> forms.IntegerField:
    low, high = INTEGER_RANGES[name]
    return forms.IntegerField(min_value=low, max_value=high, **more)


def _number(name: str, **more: Any) -> forms.FloatField:
    low, high = NUMBER_RANGES[name]
    return forms.FloatField(min_value=low, max_value=high, widget=forms.NumberInput(attrs={"step": "any"}), **more)


def _side(label: Any, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(min_value=SMALLEST_SIDE_PX, max_value=LONGEST_SIDE_PX, label=label, help_text=help_text)


class TrainingForm(PageForm):
    """Fields of `segmodels.settings.TrainingSettings` that people turn; what fits together the service decides."""

    architecture = forms.ChoiceField(label=_("Architecture"))
    encoder = forms.ChoiceField(
        label=_("Encoder"), help_text=_("The backbone. Larger ones are slower and need more labels.")
    )
    encoder_weights = forms.ChoiceField(
        label=_("Start from"), help_text=_("Pretrained weights need far fewer labels than a random start.")
    )
    image_height = _side(_("Height (px)"), _("Images are resized to this; Mask R-CNN learns from windows of it."))
    image_width = _side(_("Width (px)"))
    epochs = _whole("epochs", label=_("Epochs"))
    steps_per_epoch = _whole(
        "steps_per_epoch", required=False, label=_("Steps per epoch"), help_text=_("Empty: one pass over the images.")
    )
    batch_size = _whole(
        "batch_size", required=False, label=_("Batch size"), help_text=_("Lower it when memory runs out.")
    )
    learning_rate = _number(
        "learning_rate",
        required=False,
        label=_("Learning rate"),
        help_text=_("Empty: what suits the architecture; a third of it from a model of yours."),
    )
    seed = _whole("seed", label=_("Seed"), help_text=_("The same seed and data give the same model."))
    augment = forms.BooleanField(
        required=False, label=_("Augment"), help_text=_("Random crops, flips and colours; helps with few labels.")
    )
    optimiser = forms.ChoiceField(
        choices=OPTIMISER_NAMES, label=_("Optimiser"), help_text=_("SGD wants a higher learning rate and more epochs.")
    )
    schedule = forms.ChoiceField(
        choices=SCHEDULE_NAMES, label=_("Learning-rate schedule"), help_text=_("How the rate falls over the run.")
    )
    weight_decay = _number("weight_decay", label=_("Weight decay"), help_text=_("More of it where the model overfits."))
    average_decay = _number(
        "average_decay", label=_("Averaged weights"), help_text=_("Decay of a moving average, such as 0.999; 0 is off.")
    )
    class_balance = _number(
        "class_balance",
        label=_("Class balance"),
        help_text=_("0 counts every pixel alike; towards 1, rare classes weigh as much as common ones."),
    )
    micro_batch_size = _whole(
        "micro_batch_size",
        required=False,
        label=_("Images at once"),
        help_text=_("Below the batch size, gradients are added up: less memory, the same result."),
    )
    blur = _number("blur", label=_("Blurred share"), help_text=_("Of the augmented images; for images out of focus."))
    elastic = _number("elastic", label=_("Warped share"), help_text=_("Of the augmented images; for tissue and cells."))

    def __init__(self, project: Project, data: Any = None):
        initial = _initial(project)
        super().__init__(data, initial=initial, prefix="train")
        self.fields["architecture"].choices = [(card.name, card.title) for card in ARCHITECTURE_CARDS.values()]
        self.fields["encoder"].choices = [
            ("auto", _("The one that suits the architecture")),
            *((card.name, encoder_title(card)) for card in ENCODERS.values()),
        ]
        self.fields["encoder_weights"].choices = [
            ("auto", _("ImageNet weights, if there are any")),
            ("imagenet", _("ImageNet weights of the encoder")),
            ("none", _("Random weights")),
            *(
                (str(model.pk), gettext("Model {model}").format(model=model))
                for model in project.models.only("pk", "number", "project_id")
            ),
        ]
        for name in RECIPE_FIELDS:
            self.fields[name].widget.attrs |= {
                "data-recipe-field": name,
                "placeholder": in_digits(str(getattr(TrainingSettings(), name))),
            }
        self.options = _options_forms(initial, self["architecture"].value(), data)

    @property
    def choices(self) -> list[Any]:
        """The architectures with their diagrams and options, for the template."""
        return architecture_choices(self.options)

    @property
    def advanced(self) -> list[Any]:
        return [self[name] for name in ADVANCED_FIELDS]

    @property
    def has_advanced_errors(self) -> bool:
        return any(field.errors for field in self.advanced)

    @property
    def has_errors(self) -> bool:
        return bool(self.errors) or any(options.errors for options in self.options.values())

    def is_valid(self) -> bool:
        """Whether these fields and the options of the chosen architecture, and of no other, hold."""
        chosen = self.options.get(self["architecture"].value())
        # Both are asked, so that all mistakes are told at once.
        return all([super().is_valid(), chosen is None or chosen.is_valid()])

    def settings(self) -> dict[str, Any]:
        """What was chosen, as `services.training.start_training` takes it; what was left empty is left out."""
        values = {name: value for name, value in self.cleaned_data.items() if value is not None}
        values["image_size"] = [values.pop("image_height"), values.pop("image_width")]
        values[OPTIONS_FIELD] = self.options[values["architecture"]].values()
        return values

    def refuse(self, error: ServiceError | WorkflowError) -> None:
        """Show what the service refused at the field it is about."""
        setting, why = refused_setting(error)
        if setting == OPTIONS_FIELD:
            self._refuse_option(why)
        else:
            tell_at_field(self, FIELD_OF_SETTING.get(setting or "", setting), why)

    def _refuse_option(self, why: str) -> None:
        card = ARCHITECTURE_CARDS[self.cleaned_data["architecture"]]
        name, _, rest = why.partition(": ")
        options = self.options[card.name]
        if option_field(card, name) in options.fields:
            tell_at_field(options, option_field(card, name), rest)
        else:
            self.add_error("architecture", why)


def encoder_title(card: EncoderCard) -> str:
    """An encoder with its size, and what to know of its weights."""
    if not card.is_pretrained:
        text = gettext("{encoder}: {millions} M parameters, random weights")
    elif card.has_offline_weights:
        text = gettext("{encoder}: {millions} M parameters")
    else:
        text = gettext("{encoder}: {millions} M parameters, weights to be fetched")
    return text.format(encoder=gettext(card.title), millions=f"{card.parameters_millions:g}")


def _options_forms(initial: dict[str, Any], chosen: str | None, data: Any) -> dict[str, OptionsForm]:
    """The options of every architecture; only those of the chosen one are read."""
    known = {initial["architecture"]: initial[OPTIONS_FIELD]}
    return {
        name: OptionsForm(card, data if name == chosen else None, known.get(name))
        for name, card in ARCHITECTURE_CARDS.items()
    }


def _initial(project: Project) -> dict[str, Any]:
    values = asdict(TrainingSettings()) | {"encoder": "auto", "encoder_weights": "auto"}
    # Neither belongs to one architecture: a recipe and its options come with whichever is chosen.
    values |= dict.fromkeys(RECIPE_FIELDS) | {OPTIONS_FIELD: {}}
    values |= training.default_settings(project)
    height, width = values["image_size"]
    return values | {"image_height": height, "image_width": width}

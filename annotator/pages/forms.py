"""Forms of the pages: they check shape only; what is allowed is decided by the services."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from annotator.models import Project
from annotator.wording import role_word
from annotator.workflow import Role


def style(form: forms.BaseForm) -> None:
    """Give each widget its class of the style sheet and an error its connection to the field."""
    for name, field in form.fields.items():
        widget = field.widget
        if isinstance(widget, forms.CheckboxInput):
            css = "form-check-input"
        elif isinstance(widget, forms.Select) and not isinstance(widget, forms.RadioSelect):
            css = "form-select"
        else:
            css = "form-control"
        widget.attrs.setdefault("class", css)
        if field.help_text:
            widget.attrs.setdefault("aria-describedby", f"help-{name}")


class PageForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        style(self)


class SignInForm(AuthenticationForm):
    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        style(self)


class NewPasswordForm(PasswordChangeForm):
    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        style(self)


class ProjectForm(PageForm):
    name = forms.CharField(label=_("Name"), max_length=200, widget=forms.TextInput(attrs={"autofocus": True}))
    description = forms.CharField(
        label=_("Description"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What is in the images and how it should be labelled. Annotators read this."),
    )
    task = forms.ChoiceField(label=_("Task"), choices=Project.Task.choices, initial=Project.Task.SEMANTIC)


class GeneralForm(PageForm):
    name = forms.CharField(label=_("Name"), max_length=200)
    description = forms.CharField(label=_("Description"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    task = forms.ChoiceField(label=_("Task"), choices=Project.Task.choices)


class AutomationForm(PageForm):
    retrain_after = forms.IntegerField(
        min_value=0,
        max_value=1_000_000,
        label=_("Retrain after this many newly accepted images"),
        help_text=_("0 switches automatic training off."),
    )
    promote_when_better = forms.BooleanField(
        required=False,
        label=_("Promote a new model when its score is higher"),
        help_text=_("The promoted model is the one that pre-labels."),
    )
    prelabel_after_promotion = forms.BooleanField(
        required=False,
        label=_("Pre-label all waiting images after a promotion"),
        help_text=_("New and pre-labelled images get fresh predictions; work in progress is never touched."),
    )
    strategy = forms.ChoiceField(
        choices=[
            ("entropy", _("Most uncertain first: mean entropy of the prediction")),
            ("random", _("Random order")),
        ],
        label=_("Order of the labelling queue"),
    )


class InviteForm(PageForm):
    username = forms.CharField(
        label=_("Username"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(
        label=_("Role"),
        choices=lambda: [(role.value, capfirst(role_word(role))) for role in Role],
        initial=Role.ANNOTATOR.value,
    )

"""Forms of the pages: they check shape only; what is allowed is decided by the services."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm

from annotator.models import Project
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
    name = forms.CharField(max_length=200, widget=forms.TextInput(attrs={"autofocus": True}))
    description = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What is in the images and how it should be labelled. Annotators read this.",
    )
    task = forms.ChoiceField(choices=Project.Task.choices, initial=Project.Task.SEMANTIC)


class GeneralForm(PageForm):
    name = forms.CharField(max_length=200)
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
    task = forms.ChoiceField(choices=Project.Task.choices)


class AutomationForm(PageForm):
    retrain_after = forms.IntegerField(
        min_value=0,
        max_value=1_000_000,
        label="Retrain after this many newly accepted images",
        help_text="0 switches automatic training off.",
    )
    promote_when_better = forms.BooleanField(
        required=False,
        label="Promote a new model when its score is higher",
        help_text="The promoted model is the one that pre-labels.",
    )
    prelabel_after_promotion = forms.BooleanField(
        required=False,
        label="Pre-label all waiting images after a promotion",
        help_text="New and pre-labelled images get fresh predictions; work in progress is never touched.",
    )
    strategy = forms.ChoiceField(
        choices=[
            ("entropy", "Most uncertain first: mean entropy of the prediction"),
            ("random", "Random order"),
        ],
        label="Order of the labelling queue",
    )


class InviteForm(PageForm):
    username = forms.CharField(max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(
        choices=[(role.value, role.value.capitalize()) for role in Role], initial=Role.ANNOTATOR.value
    )

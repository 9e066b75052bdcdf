"""Which field of a form a service refused."""

from django import forms

from annotator.pages.frame import reason
from annotator.services.errors import ServiceError
from annotator.wording import spoken
from annotator.workflow import WorkflowError
from segmodels.errors import SettingsError


def refused_setting(error: ServiceError | WorkflowError) -> tuple[str | None, str]:
    """The setting that a service named as the cause, or None, and why it was refused."""
    cause = error.__cause__
    if isinstance(cause, SettingsError):
        return cause.field, spoken(cause.reason)
    return None, reason(error)


def tell_at_field(form: forms.Form, field: str | None, why: str) -> None:
    """Put a refusal at its field, or over the form where the form has no such field."""
    if field in form.fields:
        form.add_error(field, f"{why}.")
    else:
        form.add_error(None, f"{field}: {why}" if field else why)

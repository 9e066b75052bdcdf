"""What every page of a project shares: its tabs, what this person may do there, how refusals are told."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from annotator.models import Job, JobState, Project
from annotator.services.errors import ServiceError
from annotator.wording import spoken
from annotator.workflow import Right, WorkflowError, role_grants

OPEN_JOBS = (JobState.QUEUED, JobState.RUNNING)
REFUSALS = (ServiceError, WorkflowError)


def rights_in(project: Project) -> dict[str, bool]:
    """What `project.role` (set by `access`) may do, for templates."""
    return {right.value: role_grants(project.role, right) for right in Right}


def render_project_page(
    request: HttpRequest,
    template: str,
    project: Project,
    tab: str,
    context: dict[str, Any],
    status: int = 200,
) -> HttpResponse:
    """A page inside the frame of a project, with `tab` marked as the current one."""
    frame = {
        "project": project,
        "tab": tab,
        "rights": rights_in(project),
        "running_jobs": Job.objects.filter(project=project, parent=None, state__in=OPEN_JOBS).count(),
    }
    return _render(request, template, frame | context, status)


def render_part(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A piece of a page that htmx asked for."""
    return _render(request, template, context, 200)


def _render(request: HttpRequest, template: str, context: dict[str, Any], status: int) -> HttpResponse:
    response = render(request, template, context, status=status)
    # One address answers both the page and its live piece; a cache must not give one for the other.
    patch_vary_headers(response, ["HX-Request"])
    return response


def reason(error: ServiceError | WorkflowError) -> str:
    """Why nothing was done, in the language of the reader."""
    return spoken(error)


def tell_refusal(request: HttpRequest, error: ServiceError | WorkflowError) -> None:
    """Show on the next page why nothing was done."""
    messages.error(request, reason(error))

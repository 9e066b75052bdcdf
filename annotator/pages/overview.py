"""The loop of a project as a picture, with the one thing to do next."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from annotator import access
from annotator.models import ModelVersion
from annotator.pages.frame import REFUSALS, render_part, render_project_page, tell_refusal
from annotator.pages.jobs import open_jobs
from annotator.services import predictions
from annotator.services.overview import Loop, project_overview
from annotator.workflow import Right, State

# The states from left to right, from untouched to finished; returned images are shown where there are any.
LOOP = (
    State.NEW,
    State.PRELABELLED,
    State.IN_PROGRESS,
    State.RETURNED,
    State.SUBMITTED,
    State.ACCEPTED,
)


@login_required
@require_safe
def overview(request: HttpRequest, project_id: int) -> HttpResponse:
    """States as bars, the promoted model, the learning curve, one button."""
    project = access.get_project(request.user, project_id)
    jobs = open_jobs(project)
    if request.htmx and not jobs:
        # What ran has ended: scores, curve and counts may all be new.
        return HttpResponse(headers={"HX-Refresh": "true"})
    found = project_overview(project=project, user=request.user)
    context = {
        "jobs": jobs,
        "project": project,
        "overview": found,
        "loop": found.loop,
        "bars": _bars(found.loop),
        "step": found.next_step,
        "curve": [_point(model) for model in found.curve],
        "score_title": found.curve[0].get_score_name_display() if found.curve else "",
        "show_tour": not request.user.tour_seen,
    }
    if request.htmx:
        return render_part(request, "parts/overview_live.html", context)
    return render_project_page(request, "overview.html", project, "overview", context)


def _bars(loop: Loop) -> list[dict[str, Any]]:
    return [
        {"state": state, "count": loop.counts[state], "share": loop.counts[state] / max(1, loop.total)}
        for state in LOOP
        if state is not State.RETURNED or loop.counts[state]
    ]


def _point(model: ModelVersion) -> dict[str, Any]:
    return {"version": str(model), "images": model.training_images, "score": model.score}


@login_required
@require_POST
def prelabel(request: HttpRequest, project_id: int) -> HttpResponse:
    """Let the promoted model predict all images that wait."""
    project = access.get_project(request.user, project_id, Right.MANAGE)
    try:
        predictions.start_predictions(project=project, user=request.user)
    except REFUSALS as error:
        tell_refusal(request, error)
    else:
        messages.success(
            request,
            _("{model} pre-labels what waits; work in progress is not touched.").format(model=project.promoted_model),
        )
    return redirect("overview", project.pk)

"""Datasets that go out: formats, snapshots, downloads."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from annotator import access
from annotator.formats import WRITERS
from annotator.models import Project, Snapshot
from annotator.pages.frame import (
    OPEN_JOBS,
    REFUSALS,
    render_part,
    render_project_page,
    rights_in,
    tell_refusal,
)
from annotator.pages.ids import row_id
from annotator.services import exports, queue
from annotator.services.jobs import seconds_left
from annotator.workflow import Right, State

SHOWN = 50


@login_required
@require_http_methods(["GET", "POST"])
def export_page(request: HttpRequest, project_id: int) -> HttpResponse:
    """Choose a format, then download; earlier exports and the snapshots they were made of stay listed."""
    if request.method == "POST":
        return _start(request, access.get_project(request.user, project_id, Right.MANAGE))
    project = access.get_project(request.user, project_id)
    if request.htmx:
        return render_part(request, "parts/exports.html", _exports_context(project))
    counts = queue.state_counts(project)
    context = _exports_context(project) | {
        "formats": list(WRITERS.values()),
        "states": [(state, counts[state]) for state in (State.ACCEPTED, State.SUBMITTED)],
        "accepted": counts[State.ACCEPTED],
        "exportable": counts[State.ACCEPTED] + counts[State.SUBMITTED],
        "snapshots": _snapshots(project),
    }
    return render_project_page(request, "export.html", project, "export", context)


def _exports_context(project: Project) -> dict[str, Any]:
    rows = list(project.exports.select_related("job", "snapshot", "created_by")[:SHOWN])
    for row in rows:
        row.seconds_left = seconds_left(row.job) if row.job else None
        row.title = _(WRITERS[row.format].title) if row.format in WRITERS else row.format
    return {
        "project": project,
        "exports": rows,
        "rights": rights_in(project),
        "is_live": any(row.job and row.job.state in OPEN_JOBS for row in rows),
    }


def _snapshots(project: Project) -> list[Snapshot]:
    return list(
        project.snapshots.select_related("created_by")
        .annotate(
            images=Count("items", distinct=True),
            runs=Count("training_runs", distinct=True),
            times_exported=Count("exports", distinct=True),
        )
        .order_by("-id")[:SHOWN]
    )


def _start(request: HttpRequest, project: Project) -> HttpResponse:
    chosen = request.POST.get("snapshot", "")
    snapshot = project.snapshots.filter(pk=row_id(chosen)).first() if chosen else None
    if chosen and snapshot is None:
        messages.error(request, _("That snapshot does not exist. Nothing was exported; choose another."))
        return redirect("export", project.pk)
    try:
        exports.create_export(
            project=project,
            user=request.user,
            format=request.POST.get("format", ""),
            state=request.POST.get("state", State.ACCEPTED),
            snapshot=snapshot,
        )
    except REFUSALS as error:
        tell_refusal(request, error)
    else:
        messages.success(
            request, _("The export is being written. Its download appears below; you may leave this page.")
        )
    return redirect("export", project.pk)

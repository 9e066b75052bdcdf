"""Background work: what runs, how far it is, what went wrong."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from annotator import access
from annotator.models import Job, Project
from annotator.pages.frame import OPEN_JOBS, render_part, render_project_page, rights_in
from annotator.services.jobs import cancel_job, seconds_left
from annotator.workflow import Right, role_grants

SHOWN = 100
KINDS = {
    "train": gettext_lazy("Training"),
    "predict": gettext_lazy("Pre-labelling"),
    "predict_chunk": gettext_lazy("Pre-labelling, part"),
    "measure_backends": gettext_lazy("Measuring speed"),
    "embed": gettext_lazy("Preparing an image for clicks"),
    "import": gettext_lazy("Import"),
    "export": gettext_lazy("Export"),
    "pyramid": gettext_lazy("Preparing a large image"),
    "superpixels": gettext_lazy("Superpixels"),
}


@login_required
@require_safe
def job_list(request: HttpRequest, project_id: int | None = None) -> HttpResponse:
    """Jobs of one project or of all visible ones, newest first; what is open stands on top."""
    project = access.get_project(request.user, project_id) if project_id is not None else None
    context = _list_context(request, project)
    if request.htmx:
        return render_part(request, "parts/jobs.html", context)
    if project is not None:
        return render_project_page(request, "project_jobs.html", project, "jobs", context)
    return render(request, "jobs.html", context)


def _list_context(request: HttpRequest, project: Project | None) -> dict[str, Any]:
    jobs = access.visible_jobs(request.user).select_related("project", "requested_by").defer("log", "arguments")
    if project is not None:
        jobs = jobs.filter(project=project)
    rows = list(jobs.distinct().order_by("-id")[:SHOWN])
    for row in rows:
        _describe(row)
    is_live = any(row.is_open for row in rows)
    return {
        "jobs": sorted(rows, key=lambda row: not row.is_open),
        "is_live": is_live,
        "project": project,
        "job_address": request.path,
    }


def open_jobs(project: Project) -> list[Job]:
    """Jobs of the project that run or wait, oldest first."""
    rows = project.jobs.filter(parent=None, state__in=OPEN_JOBS).select_related("training_run").defer("log")
    return [_describe(row) for row in rows.order_by("id")[:SHOWN]]


def _describe(job: Job) -> Job:
    job.title = KINDS.get(job.kind, job.kind.replace("_", " ").capitalize())
    job.is_open = job.state in OPEN_JOBS
    job.seconds_left = seconds_left(job)
    job.seconds = (job.finished - job.started).total_seconds() if job.finished and job.started else None
    return job


@login_required
@require_safe
def job_page(request: HttpRequest, job_id: int) -> HttpResponse:
    """One job: progress, result or error, log."""
    job = _describe(access.get_job(request.user, job_id))
    context = {
        "job": job,
        "project": job.project,
        "is_live": job.is_open,
        "seconds_left": job.seconds_left,
        "may_cancel": _may_cancel(request, job),
        "rights": rights_in(job.project),
    }
    if request.htmx:
        return render_part(request, "parts/job_live.html", context)
    return render_project_page(request, "job.html", job.project, "jobs", context)


def _may_cancel(request: HttpRequest, job: Job) -> bool:
    """Managers, and whoever asked for the job."""
    return role_grants(job.project.role, Right.MANAGE) or job.requested_by_id == request.user.pk


@login_required
@require_POST
def cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    """Ask a job to stop."""
    job = access.get_job(request.user, job_id)
    if not _may_cancel(request, job):
        access.get_job(request.user, job_id, Right.MANAGE)
    if job.state in OPEN_JOBS:
        cancel_job(job=job)
        messages.info(request, _("The job stops at its next step. What it has finished is kept."))
    else:
        messages.info(request, _("The job had ended already; nothing was changed."))
    return redirect("job", job.pk)

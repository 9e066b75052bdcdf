"""Images and datasets that come in, and the report on every file."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from annotator import access
from annotator.formats import READERS
from annotator.models import Image, Import, Project
from annotator.pages.frame import OPEN_JOBS, REFUSALS, reason, render_part, render_project_page, rights_in
from annotator.services import images, imports
from annotator.services.errors import ServiceError
from annotator.services.jobs import seconds_left
from annotator.workflow import Right, WorkflowError

# Single files and zips of images are taken at once; a labelled dataset is a job.
PLAIN_IMAGES = "images"


@login_required
@require_http_methods(["GET", "POST"])
def import_page(request: HttpRequest, project_id: int) -> HttpResponse:
    """Drop files, choose what they are."""
    project = access.get_project(request.user, project_id, Right.MANAGE)
    if request.method == "POST":
        return _take(request, project)
    return _page(request, project)


def _page(request: HttpRequest, project: Project, uploaded: Any = None, status: int = 200) -> HttpResponse:
    context = {
        "formats": sorted(READERS.values(), key=lambda reader: reader.name != PLAIN_IMAGES),
        "plain": PLAIN_IMAGES,
        "splits": Image.Split.choices,
        "imports": list(project.imports.select_related("job", "created_by")[:20]),
        "uploaded": uploaded,
    }
    return render_project_page(request, "import.html", project, "images", context, status)


def _take(request: HttpRequest, project: Project) -> HttpResponse:
    files = request.FILES.getlist("files")
    format_name = request.POST.get("format", PLAIN_IMAGES)
    try:
        if not files:
            raise ServiceError(_("No file came along. Choose files or drop them, then import."))
        if format_name == PLAIN_IMAGES:
            split = request.POST.get("split", "")
            report = images.add_uploads(project=project, user=request.user, files=files, split=split)
            return _answer_upload(request, project, report)
        if len(files) > 1:
            raise ServiceError(
                _("A labelled dataset is imported as one zip. Nothing was imported; zip the folder first.")
            )
        row = imports.start_import(
            project=project,
            user=request.user,
            format=format_name,
            archive=files[0],
            options={
                "with_labels": "with_labels" in request.POST,
                "accept": "accept" in request.POST,
                "mask_values": request.POST.get("mask_values", "auto"),
            },
        )
    except REFUSALS as error:
        return _refuse(request, project, error)
    if _wants_json(request):
        return JsonResponse({"address": reverse("report", args=[row.pk])}, status=202)
    return redirect("report", row.pk)


def _wants_json(request: HttpRequest) -> bool:
    """The page's script sends files in batches and draws the report itself."""
    return request.headers.get("Accept", "").startswith("application/json")


def _answer_upload(request: HttpRequest, project: Project, report: images.UploadReport) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse(
            {
                "created": len(report.created),
                "duplicates": report.duplicates,
                "rejected": [{"name": name, "reason": why} for name, why in report.rejected],
            }
        )
    return _page(request, project, uploaded=report)


def _refuse(request: HttpRequest, project: Project, error: ServiceError | WorkflowError) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"detail": reason(error)}, status=422)
    messages.error(request, reason(error))
    return _page(request, project, status=422)


@login_required
@require_safe
def report(request: HttpRequest, import_id: int) -> HttpResponse:
    """What was taken, what was known already, what was refused and why."""
    row = access.get_import(request.user, import_id)
    context = _report_context(row)
    if request.htmx:
        return render_part(request, "parts/import_report.html", context)
    return render_project_page(request, "report.html", row.project, "images", context)


def _report_context(row: Import) -> dict[str, Any]:
    return {
        "project": row.project,
        "row": row,
        "title": _(READERS[row.format].title) if row.format in READERS else row.format,
        "job": row.job,
        "report": imports.told_report(row.report),
        "is_live": row.job is not None and row.job.state in OPEN_JOBS,
        "seconds_left": seconds_left(row.job) if row.job else None,
        "rights": rights_in(row.project),
    }

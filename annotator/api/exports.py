"""Datasets in and out."""

from typing import Any
from urllib.parse import quote

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile

from annotator import access
from annotator.api.images import file_answer
from annotator.api.jobs import describe_job
from annotator.api.paging import page
from annotator.models import Export, Import
from annotator.services import exports, imports
from annotator.services.errors import Conflict
from annotator.workflow import Right

router = Router(tags=["imports and exports"])


class ExportIn(Schema):
    format: str
    state: str = "accepted"
    snapshot: int | None = None
    name: str = ""


def describe_export(row: Export) -> dict[str, Any]:
    return {
        "id": row.pk,
        "project": row.project_id,
        "snapshot": row.snapshot_id,
        "format": row.format,
        "images": row.images,
        "size_bytes": row.size_bytes,
        "created": row.created,
        "job": row.job and describe_job(row.job),
        "download": f"/api/v1/exports/{row.pk}/download",
    }


def describe_import(row: Import) -> dict[str, Any]:
    return {
        "id": row.pk,
        "project": row.project_id,
        "format": row.format,
        "source_name": row.source_name,
        "options": row.options,
        "report": imports.told_report(row.report),
        "created": row.created,
        "job": row.job and describe_job(row.job),
    }


@router.post("/projects/{int:project_id}/imports", response={202: dict}, summary="Import a dataset from a zip")
def post_import(
    request: HttpRequest,
    project_id: int,
    archive: File[UploadedFile],
    format: str = Form(...),
    with_labels: bool = Form(True),
    accept: bool = Form(True),
    mask_values: str = Form("auto"),
):
    project = access.get_project(request.user, project_id, Right.MANAGE)
    options = {"with_labels": with_labels, "accept": accept, "mask_values": mask_values}
    row = imports.start_import(project=project, user=request.user, format=format, archive=archive, options=options)
    return Status(202, describe_import(row))


@router.get("/imports/{int:import_id}", summary="An import and its report per file")
def get_import(request: HttpRequest, import_id: int):
    return describe_import(access.get_import(request.user, import_id))


@router.post("/projects/{int:project_id}/exports", response={202: dict}, summary="Export labelled images as a zip")
def post_export(request: HttpRequest, project_id: int, body: ExportIn):
    project = access.get_project(request.user, project_id)
    snapshot = None
    if body.snapshot is not None:
        snapshot = access.get_snapshot(request.user, body.snapshot)
        if snapshot.project_id != project.pk:
            raise Conflict(_("{project} has no snapshot {number}.").format(project=project.name, number=body.snapshot))
    row = exports.create_export(
        project=project,
        user=request.user,
        format=body.format,
        state=body.state,
        snapshot=snapshot,
        name=body.name,
    )
    return Status(202, describe_export(row))


@router.get("/projects/{int:project_id}/exports", summary="Exports of a project")
def list_exports(request: HttpRequest, project_id: int, cursor: str | None = None):
    project = access.get_project(request.user, project_id)
    return page(project.exports.select_related("job"), order=("-id",), cursor=cursor, describe=describe_export)


@router.get("/exports/{int:export_id}", summary="One export")
def get_export(request: HttpRequest, export_id: int):
    return describe_export(access.get_export(request.user, export_id))


@router.get("/exports/{int:export_id}/download", summary="The zip")
def download_export(request: HttpRequest, export_id: int):
    row = access.get_export(request.user, export_id)
    if not row.file_key:
        raise Conflict(_("The export is not written yet; its job tells how far it is."))
    answer = file_answer(request, row.file_key, "application/zip")
    name = f"{row.project.name}-{row.format}-{row.pk}.zip".replace('"', "").replace("/", "-")
    answer["Content-Disposition"] = "attachment; filename*=UTF-8''" + quote(name)
    return answer

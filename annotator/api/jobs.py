"""Jobs: what runs in the background, how far it is, and stopping it."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from annotator import access
from annotator.api.paging import page
from annotator.models import Job
from annotator.services import jobs
from annotator.wording import told
from annotator.workflow import Right

router = Router(tags=["jobs"])


def describe_job(job: Job) -> dict[str, Any]:
    return {
        "id": job.pk,
        "kind": job.kind,
        "project": job.project_id,
        "state": job.state,
        "progress": job.progress,
        "message": told(job.message),
        "error": told(job.error) or None,
        "result": job.result,
        "cancel_requested": job.cancel_requested,
        "seconds_left": jobs.seconds_left(job),
        "created": job.created,
        "started": job.started,
        "finished": job.finished,
    }


@router.get("/projects/{int:project_id}/jobs", summary="Jobs of a project")
def list_jobs(request: HttpRequest, project_id: int, cursor: str | None = None):
    project = access.get_project(request.user, project_id)
    rows = project.jobs.filter(parent__isnull=True)
    return page(rows, order=("-id",), cursor=cursor, describe=describe_job)


@router.get("/jobs/{int:job_id}", summary="One job")
def get_job(request: HttpRequest, job_id: int):
    return describe_job(access.get_job(request.user, job_id))


@router.post("/jobs/{int:job_id}/cancel", summary="Ask a job to stop")
def post_cancel(request: HttpRequest, job_id: int):
    return describe_job(jobs.cancel_job(job=access.get_job(request.user, job_id, Right.MANAGE)))

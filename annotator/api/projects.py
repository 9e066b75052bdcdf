"""Projects, their classes and their queue."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status

from annotator import access
from annotator.api.images import describe_image
from annotator.api.paging import page
from annotator.models import LabelClass, Project
from annotator.services import projects, pyramids, queue
from annotator.workflow import Right

router = Router(tags=["projects"])


class ClassIn(Schema):
    id: int | None = None
    name: str
    color: str = ""
    kind: Literal["stuff", "thing"] = "stuff"
    ignore: bool = False
    shortcut: str = ""


class ProjectIn(Schema):
    name: str
    task: Literal["semantic", "instance", "panoptic"] = "semantic"
    description: str = ""
    classes: list[ClassIn] = []


class ClassesIn(Schema):
    classes: list[ClassIn]


def describe_class(row: LabelClass) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "color": row.color,
        "kind": row.kind,
        "ignore": row.ignore,
        "shortcut": row.shortcut,
    }


def describe_project(project: Project) -> dict[str, Any]:
    return {
        "id": project.pk,
        "name": project.name,
        "description": project.description,
        "task": project.task,
        "classes": [describe_class(row) for row in project.classes.all()],
        "promoted_model": project.promoted_model_id,
        "counts": {state.value: count for state, count in queue.state_counts(project).items()},
    }


def _class_fields(row: ClassIn) -> dict[str, Any]:
    return row.dict(exclude_unset=True)


@router.get("/projects", summary="Projects that you are a member of")
def list_projects(request: HttpRequest, cursor: str | None = None):
    rows = access.visible_projects(request.user).prefetch_related("classes")
    return page(rows, order=("id",), cursor=cursor, describe=describe_project)


@router.post("/projects", response={201: dict}, summary="A new project, owned by you")
def post_project(request: HttpRequest, body: ProjectIn):
    project = projects.create_project(
        user=request.user,
        name=body.name,
        task=body.task,
        description=body.description,
        classes=[_class_fields(row) for row in body.classes],
    )
    return Status(201, describe_project(project))


@router.get("/projects/{int:project_id}", summary="A project with its images per state")
def get_project(request: HttpRequest, project_id: int):
    return describe_project(access.get_project(request.user, project_id))


@router.put(
    "/projects/{int:project_id}/classes",
    summary="The classes in their order; those with an id keep their labels",
)
def put_classes(request: HttpRequest, project_id: int, body: ClassesIn):
    project = access.get_project(request.user, project_id, Right.MANAGE)
    rows = projects.save_classes(project=project, classes=[_class_fields(row) for row in body.classes])
    return {"classes": [describe_class(row) for row in rows]}


@router.post("/projects/{int:project_id}/next", response={200: dict, 204: None}, summary="Claim the next image")
def post_next(
    request: HttpRequest,
    project_id: int,
    purpose: Literal["annotate", "review"] = Query("annotate", alias="for"),
    skip: int | None = None,
    ahead: int | None = Query(None, ge=1, lt=2**63),
):
    """`skip` gives that image back. `ahead` names the open image: its claim is renewed, or taken where nobody holds it
    (423 where somebody else does, 409 where its state is not one for the purpose), and the one after it is claimed for
    a few minutes, which saves of the open one and asking again renew. Of more than ten images that one person then
    holds, those that were touched longest ago are given back."""
    right = Right.REVIEW if purpose == "review" else Right.LABEL
    project = access.get_project(request.user, project_id, right)
    if ahead is None:
        image = queue.claim_next_image(project=project, user=request.user, purpose=purpose, skip=skip)
    else:
        image = queue.claim_ahead(project=project, user=request.user, purpose=purpose, open_image=ahead)
    if image is None:
        return Status(204, None)
    image.project = project
    pyramids.ensure_pyramid(image=image, user=request.user)
    return describe_image(image, request.user)

"""The one place of permission: fetch an object and check the caller's right to it in one call.

Strangers to a project get 404, so that ids tell nothing; members with too little right get 403 in words.
"""

from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from annotator.models import (
    Comment,
    Export,
    Image,
    Import,
    Job,
    Membership,
    ModelVersion,
    Project,
    Snapshot,
    TrainingRun,
    User,
)
from annotator.wording import right_word, role_word
from annotator.workflow import Right, Role, role_grants

M = TypeVar("M", bound=Model)


def role_in(user: User, project: Project) -> Role | None:
    """The role of `user` in `project`; a superuser owns every project."""
    if user.is_superuser:
        return Role.OWNER
    found = Membership.objects.filter(user=user, project=project).values_list("role", flat=True).first()
    return Role(found) if found else None


def visible_projects(user: User) -> QuerySet[Project]:
    """The projects that `user` may see."""
    if user.is_superuser:
        return Project.objects.all()
    return Project.objects.filter(memberships__user=user)


def check_right(user: User, project: Project, right: Right) -> Project:
    """Set `project.role` and return it. Raises Http404 for strangers, PermissionDenied for too little right."""
    role = role_in(user, project)
    if role is None:
        raise Http404(_("There is no such object, or you are not a member of its project."))
    if not role_grants(role, right):
        raise PermissionDenied(
            _("Your role in {project} is {role}; this needs the right to {right}.").format(
                project=project.name, role=role_word(role), right=right_word(right)
            )
        )
    project.role = role
    return project


def get_project(user: User, project_id: int, right: Right = Right.VIEW) -> Project:
    project = Project.objects.select_related("promoted_model").filter(pk=project_id).first()
    if project is None:
        raise Http404(_("There is no such object, or you are not a member of its project."))
    return check_right(user, project, right)


def _get(model: type[M], user: User, pk: int, right: Right, path: str = "project", **more: Any) -> M:
    """A row whose project (along `path`) grants `user` the right."""
    row = model._default_manager.select_related(path).filter(pk=pk, **more).first()
    if row is None:
        raise Http404(_("There is no such object, or you are not a member of its project."))
    project: Any = row
    for name in path.split("__"):
        project = getattr(project, name)
    check_right(user, project, right)
    return row


def get_image(user: User, image_id: int, right: Right = Right.VIEW) -> Image:
    return _get(Image, user, image_id, right)


def get_comment(user: User, comment_id: int, right: Right = Right.VIEW) -> Comment:
    return _get(Comment, user, comment_id, right, "image__project")


def get_model(user: User, model_id: int, right: Right = Right.VIEW) -> ModelVersion:
    return _get(ModelVersion, user, model_id, right)


def get_run(user: User, run_id: int, right: Right = Right.VIEW) -> TrainingRun:
    return _get(TrainingRun, user, run_id, right)


def get_snapshot(user: User, snapshot_id: int, right: Right = Right.VIEW) -> Snapshot:
    return _get(Snapshot, user, snapshot_id, right)


def get_export(user: User, export_id: int, right: Right = Right.VIEW) -> Export:
    return _get(Export, user, export_id, right)


def get_import(user: User, import_id: int, right: Right = Right.VIEW) -> Import:
    return _get(Import, user, import_id, right)


def get_job(user: User, job_id: int, right: Right = Right.VIEW) -> Job:
    """A job of a project that `user` may see."""
    return _get(Job, user, job_id, right, project__isnull=False)


def visible_jobs(user: User) -> QuerySet[Job]:
    """Jobs of visible projects that are not chunks of others."""
    return Job.objects.filter(Q(project__in=visible_projects(user)), parent__isnull=True)

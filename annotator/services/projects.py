"""Projects, their classes, their members."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import get_random_string
from django.utils.translation import gettext

from annotator.models import Job, JobState, LabelClass, Membership, Project, Revision, User
from annotator.phrase import Phrase
from annotator.services import predictions
from annotator.services.errors import Conflict, ServiceError
from annotator.services.text import LONGEST_DESCRIPTION, checked_text
from annotator.workflow import Role, State

# As scripts/class_colours.py finds them; the editor's palettes.js has the same.
PALETTE = (
    "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#d0e0c8", "#705060", "#983820",
    "#08f0f8", "#98d080", "#606850", "#c0a0a0", "#c80890", "#a868f8", "#a06880", "#f0a8c8", "#709048", "#f07080",
    "#586080", "#c04008", "#b8c0a0", "#a820f8", "#787040", "#c820c0", "#a0a858", "#b078c0", "#188868", "#d8e0b0",
    "#a0f080", "#f880c8", "#609098", "#f8c0e8", "#70d050", "#d8b8b8", "#804838", "#b05860", "#f84098", "#d08828",
    "#40a8b0", "#a01070", "#f0d0d8", "#8800c0", "#e830e0", "#88c8f8", "#9850a0", "#c86870", "#80a888", "#80b0d0",
    "#507070", "#306050", "#989860", "#981090", "#a84828", "#508080", "#988028", "#c0b088", "#b87090", "#50c0a8",
)  # fmt: skip
LARGEST_PROJECT_CLASSES = 1000
LONGEST_NAME = 200
LONGEST_USERNAME = 150
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_UPDATABLE = {
    "name", "description", "task", "retrain_after", "promote_when_better", "prelabel_after_promotion",
    "training_settings",
}  # fmt: skip


def create_project(
    *, user: User, name: str, task: str, description: str = "", classes: Sequence[Mapping[str, Any]] = ()
) -> Project:
    """A new project, owned by `user`."""
    name = _project_name(name)
    description = checked_text(description, what=gettext("A description"), longest=LONGEST_DESCRIPTION, lines=True)
    if task not in Project.Task.values:
        raise ServiceError(
            gettext("The task {task} is not one of {known}.").format(
                task=repr(task), known=", ".join(Project.Task.values)
            )
        )
    with transaction.atomic():
        project = Project.objects.create(name=name, task=task, description=description, created_by=user)
        Membership.objects.create(project=project, user=user, role=Role.OWNER)
        save_classes(project=project, classes=classes)
    return project


def update_project(*, project: Project, **fields: Any) -> Project:
    """Change settings of a project; unknown names are refused."""
    unknown = fields.keys() - _UPDATABLE
    if unknown:
        raise ServiceError(gettext("A project has no setting {known}.").format(known=", ".join(sorted(unknown))))
    if "name" in fields:
        fields["name"] = _project_name(str(fields["name"]))
    if "description" in fields:
        fields["description"] = checked_text(
            str(fields["description"]), what=gettext("A description"), longest=LONGEST_DESCRIPTION, lines=True
        )
    for name, value in fields.items():
        setattr(project, name, value)
    try:
        project.clean_fields()
    except ValidationError as error:
        raise ServiceError(
            "; ".join(f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items())
        ) from error
    project.save(update_fields=list(fields))
    return project


def set_prediction_settings(*, project: Project, values: Mapping[str, Any]) -> Project:
    """How models are run over the project's images from now on; raises ServiceError naming the field.

    `values` are fields of `segmodels.prediction_settings.PredictionSettings`; those left out take their defaults.
    """
    project.prediction_settings = predictions.checked_settings(values)
    project.save(update_fields=["prediction_settings"])
    return project


def _project_name(name: str) -> str:
    name = checked_text(name, what=gettext("The name of a project"), longest=LONGEST_NAME)
    if not name:
        raise ServiceError(gettext("A project needs a name."))
    return name


def delete_project(*, project: Project) -> None:
    """Remove a project with all that belongs to it; its files go with the next garbage collection."""
    if Job.objects.filter(project=project, state=JobState.RUNNING).exists():
        raise Conflict(gettext("A job of this project is running. Cancel it first."))
    with transaction.atomic():
        project.promoted_model = None
        project.save(update_fields=["promoted_model"])
        for rows in (
            project.exports,
            project.imports,
            project.models,
            project.training_runs,
            project.snapshots,
        ):
            rows.all().delete()
        project.delete()


def save_classes(*, project: Project, classes: Sequence[Mapping[str, Any]]) -> list[LabelClass]:
    """Make the project's classes those of the list, in its order; entries with an `id` keep their labels.

    Raises ServiceError for a missing or double name, a wrong colour, a double shortcut, a removed class that
    labels still use, or a class of labelled objects that would become stuff.
    """
    if len(classes) > LARGEST_PROJECT_CLASSES:
        raise ServiceError(
            gettext("A project may have {most} classes; these are {count}.").format(
                most=LARGEST_PROJECT_CLASSES, count=len(classes)
            )
        )
    chosen = {str(entry["shortcut"]) for entry in classes if entry.get("shortcut")}
    rows = [_clean_class(entry, position, chosen) for position, entry in enumerate(classes)]
    _refuse_doubles(
        gettext("Two classes have the id {value}."), (str(row["id"]) for row in rows if row["id"] is not None)
    )
    _refuse_doubles(gettext("Two classes have the name {value}."), (row["name"] for row in rows))
    _refuse_doubles(
        gettext("Two classes have the shortcut {value}."), (row["shortcut"] for row in rows if row["shortcut"])
    )
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)
        existing = {label_class.pk: label_class for label_class in project.classes.all()}
        kept = {row["id"] for row in rows if row["id"] is not None}
        if unknown := kept - existing.keys():
            raise ServiceError(
                gettext("The project has no class {known}.").format(known=", ".join(map(str, sorted(unknown))))
            )
        removed = [label_class for pk, label_class in existing.items() if pk not in kept]
        _refuse_used(project, removed)
        _refuse_merging(project, [existing[row["id"]] for row in rows if _becomes_stuff(existing, row)])
        project.classes.filter(pk__in=[label_class.pk for label_class in removed]).delete()
        # Two classes may swap names: the old names step aside first, since a name is unique at every moment.
        for pk in kept:
            project.classes.filter(pk=pk).update(name=f"class {pk} being renamed")
        for row in rows:
            pk = row.pop("id")
            if pk is None:
                LabelClass.objects.create(project=project, **row)
            else:
                project.classes.filter(pk=pk).update(**row)
    return list(project.classes.all())


def add_classes(*, project: Project, classes: Iterable[Mapping[str, Any]]) -> dict[str, LabelClass]:
    """Add those classes that the project does not have by name; all of them by name."""
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)
        by_name = {label_class.name: label_class for label_class in project.classes.all()}
        for entry in classes:
            if entry["name"] not in by_name:
                taken = {label_class.shortcut for label_class in by_name.values()}
                row = _clean_class(entry, len(by_name), taken)
                row.pop("id")
                by_name[row["name"]] = LabelClass.objects.create(project=project, **row)
    return by_name


def _clean_class(entry: Mapping[str, Any], position: int, taken_shortcuts: Collection[str]) -> dict[str, Any]:
    name = checked_text(
        str(entry.get("name") or ""),
        what=Phrase("The name of class {number}", number=position + 1),
        longest=100,
    )
    if not name:
        raise ServiceError(Phrase("Class {number} needs a name.", number=position + 1))
    color = entry.get("color") or PALETTE[position % len(PALETTE)]
    if not isinstance(color, str) or not _COLOR.fullmatch(color):
        raise ServiceError(
            Phrase("The colour of {name} must look like #1a2b3c, not {color}.", name=name, color=repr(color))
        )
    kind = entry.get("kind") or LabelClass.Kind.STUFF
    if kind not in LabelClass.Kind.values:
        raise ServiceError(Phrase("The kind of {name} must be stuff or thing, not {kind}.", name=name, kind=repr(kind)))
    shortcut = checked_text(
        str(entry.get("shortcut") or ""), what=Phrase("The shortcut of {name}", name=name), longest=1
    )
    if "shortcut" not in entry and position < 9 and str(position + 1) not in taken_shortcuts:
        shortcut = str(position + 1)
    return {
        "id": entry.get("id"),
        "name": name,
        "color": color.lower(),
        "kind": kind,
        "ignore": bool(entry.get("ignore")),
        "shortcut": shortcut,
        "position": position,
    }


def _refuse_doubles(refusal: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise ServiceError(refusal.format(value=value))
        seen.add(value)


def _refuse_used(project: Project, removed: list[LabelClass]) -> None:
    if name := _first_in_use(project, removed):
        raise Conflict(
            gettext("The class {name} is used by labels and cannot be removed. Nothing was changed.").format(name=name)
        )


def _becomes_stuff(existing: Mapping[int, LabelClass], row: Mapping[str, Any]) -> bool:
    known = existing.get(row["id"])
    return known is not None and (known.kind, row["kind"]) == (LabelClass.Kind.THING, LabelClass.Kind.STUFF)


def _refuse_merging(project: Project, becoming_stuff: list[LabelClass]) -> None:
    """Stuff has one segment per image; images that hold several objects of the class could not be saved any more."""
    if name := _first_in_use(project, becoming_stuff):
        raise Conflict(
            gettext(
                "The class {name} is used by labels as objects and cannot become stuff. Nothing was changed."
            ).format(name=name)
        )


def _first_in_use(project: Project, classes: list[LabelClass]) -> str | None:
    """The name of one of the classes that some revision uses, or None."""
    names = {label_class.pk: label_class.name for label_class in classes}
    if names:
        for segments in Revision.objects.filter(image__project=project).values_list("segments", flat=True).iterator():
            for segment in segments:
                if segment["class"] in names:
                    return names[segment["class"]]
    return None


def set_member(*, project: Project, by: User, username: str, role: str) -> Membership:
    """Give an existing user a role. Raises ServiceError for an unknown user or role, or the last owner's demotion."""
    user = User.objects.filter(username=username).first()
    if user is None:
        raise ServiceError(
            gettext("There is no user {username}. Invite them to make an account.").format(username=username)
        )
    if role not in list(Role):
        raise ServiceError(
            gettext("The role {role} is not one of {known}.").format(role=repr(role), known=", ".join(Role))
        )
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)
        _guard_ownership(project, by, user, new_role=Role(role))
        membership, _ = Membership.objects.update_or_create(project=project, user=user, defaults={"role": role})
    return membership


def remove_member(*, project: Project, by: User, user: User) -> None:
    """Take a user out of the project; what they labelled stays, what they began goes to others."""
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)
        _guard_ownership(project, by, user, new_role=None)
        project.memberships.filter(user=user).delete()
        project.images.filter(claimed_by=user).update(claimed_by=None, claimed_until=None)
        project.images.filter(annotator=user, state__in=(State.IN_PROGRESS, State.RETURNED)).update(annotator=None)


def _guard_ownership(project: Project, by: User, user: User, new_role: Role | None) -> None:
    owners = set(project.memberships.filter(role=Role.OWNER).values_list("user_id", flat=True))
    touches_ownership = new_role is Role.OWNER or user.pk in owners
    if touches_ownership and by.pk not in owners and not by.is_superuser:
        raise ServiceError(gettext("Only an owner can make or change owners."))
    if user.pk in owners and new_role is not Role.OWNER and len(owners) == 1:
        raise ServiceError(
            gettext("{name} is the only owner; make somebody else owner first.").format(name=user.username)
        )


def invite_user(*, project: Project, by: User, username: str, role: str) -> tuple[User, str | None]:
    """Give `username` a role, with a new account where there is none.

    Returns the user and the generated password of a new account (to be shown once), else None.
    """
    username = checked_text(username, what=gettext("A user name"), longest=LONGEST_USERNAME)
    with transaction.atomic():
        # Locked, so that a button pressed twice makes one account.
        Project.objects.select_for_update().get(pk=project.pk)
        user = User.objects.filter(username=username).first()
        password = None
        if user is None:
            try:
                UnicodeUsernameValidator()(username)
            except ValidationError as error:
                raise ServiceError(" ".join(error.messages)) from error
            password = get_random_string(14)
            user = User.objects.create_user(username=username, password=password)
        set_member(project=project, by=by, username=username, role=role)
    return user, password

"""Whom and what a command means: the acting user, a project by id or name."""

from django.core.management.base import CommandError

from annotator.models import Project, User


def acting_user(username: str | None) -> User:
    """The user of that name, or the first superuser. Raises CommandError where there is none."""
    if username:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no user {username}.")
        return user
    user = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
    if user is None:
        raise CommandError("There is no superuser yet. Make one with: python manage.py createsuperuser")
    return user


def find_project(wanted: str) -> Project | None:
    """A project by id or by name, None where there is none. Raises CommandError where a name is not unique."""
    if wanted.isascii() and wanted.isdigit():
        found = Project.objects.filter(pk=int(wanted)).first()
        if found is None:
            raise CommandError(f"There is no project with id {wanted}.")
        return found
    named = list(Project.objects.filter(name=wanted)[:2])
    if len(named) > 1:
        raise CommandError(f"Several projects are called {wanted}; use the id.")
    return named[0] if named else None

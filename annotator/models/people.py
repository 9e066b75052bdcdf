"""Who may come in: users, their membership in projects, API tokens."""

from django.contrib.auth.models import AbstractUser
from django.db import models

from annotator.workflow import Role


class User(AbstractUser):
    """A person who logs in; rights come from memberships, a superuser owns every project."""

    tour_seen = models.BooleanField(default=False)
    preferences = models.JSONField(default=dict, blank=True, help_text="of the editor: services.preferences names them")


class Membership(models.Model):
    project = models.ForeignKey("Project", models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=[(role.value, role.value) for role in Role])
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="one_role_per_member")]


class ApiToken(models.Model):
    """A bearer token; only its SHA-256 is stored."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    digest = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField(auto_now_add=True)
    last_used = models.DateTimeField(null=True)

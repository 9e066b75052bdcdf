"""Datasets that came in and went out."""

from django.db import models


class Import(models.Model):
    """A dataset brought in; `report` says per file what was taken and what was refused, and why."""

    project = models.ForeignKey("Project", models.CASCADE, related_name="imports")
    job = models.OneToOneField("Job", models.PROTECT, null=True, related_name="dataset_import")
    format = models.CharField(max_length=32)
    source_name = models.CharField(max_length=255)
    archive_key = models.CharField(max_length=255, blank=True)
    options = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    created = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey("User", models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-id"]


class Export(models.Model):
    project = models.ForeignKey("Project", models.CASCADE, related_name="exports")
    job = models.OneToOneField("Job", models.PROTECT, null=True, related_name="dataset_export")
    snapshot = models.ForeignKey("Snapshot", models.PROTECT, related_name="exports")
    format = models.CharField(max_length=32)
    file_key = models.CharField(max_length=255, blank=True)
    size_bytes = models.BigIntegerField(null=True)
    images = models.PositiveIntegerField(default=0)
    created = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey("User", models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-id"]

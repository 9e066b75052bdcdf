"""One row per unit of background work: the truth about what runs, whatever the broker remembers."""

from django.db import models

from annotator.models.phrases import PhraseField


class JobState(models.TextChoices):
    QUEUED = "queued", "queued"
    RUNNING = "running", "running"
    SUCCEEDED = "succeeded", "succeeded"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"


class Job(models.Model):
    """A unit of work. Who holds `lease` until `lease_until` is the one worker that may run it."""

    project = models.ForeignKey("Project", models.CASCADE, null=True, related_name="jobs")
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="chunks")
    kind = models.CharField(max_length=32)
    queue = models.CharField(max_length=16)
    arguments = models.JSONField(default=dict, help_text="ids and plain values only")
    requested_by = models.ForeignKey("User", models.SET_NULL, null=True, related_name="+")

    state = models.CharField(max_length=12, choices=JobState.choices, default=JobState.QUEUED)
    progress = models.FloatField(default=0.0, help_text="0..1, never falls")
    message = PhraseField(blank=True)
    error = PhraseField(blank=True)
    result = models.JSONField(null=True)
    log = models.TextField(blank=True)
    cancel_requested = models.BooleanField(default=False)

    created = models.DateTimeField(auto_now_add=True)
    sent = models.DateTimeField(null=True, help_text="last time it was handed to the broker")
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)
    lease = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "lease_until"], name="job_sweep")]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

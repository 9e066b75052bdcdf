"""An image, who works on it, and what happened to it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from annotator.workflow import Action, State


class Image(models.Model):
    """One picture of a project; width and height are those of the EXIF-corrected frame."""

    class Split(models.TextChoices):
        AUTOMATIC = "", _("by content hash")
        TRAIN = "train", _("training")
        VALIDATION = "val", _("validation")
        TEST = "test", _("test")

    project = models.ForeignKey("Project", models.CASCADE, related_name="images")
    name = models.CharField(max_length=255)
    content_hash = models.CharField(max_length=64, help_text="SHA-256 of the file as it came")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    mime = models.CharField(max_length=64)
    file_key = models.CharField(max_length=255, help_text="the file as it came")
    rendition_key = models.CharField(
        max_length=255, blank=True, help_text="what browsers can show, where they cannot show the file"
    )
    thumbnail_key = models.CharField(max_length=255, blank=True)
    pyramid_key = models.CharField(max_length=255, blank=True, help_text="of a large image: its tiles at every level")
    split = models.CharField(max_length=8, choices=Split.choices, default=Split.AUTOMATIC, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey("User", models.PROTECT, related_name="+")

    state = models.CharField(max_length=16, choices=[(s.value, s.value) for s in State], default=State.NEW.value)
    state_changed = models.DateTimeField(auto_now_add=True)
    priority = models.FloatField(default=0.0, help_text="acquisition score; the highest is labelled first")
    annotator = models.ForeignKey("User", models.SET_NULL, null=True, related_name="+")
    claimed_by = models.ForeignKey("User", models.SET_NULL, null=True, related_name="+")
    claimed_until = models.DateTimeField(null=True)
    ahead_of = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        related_name="+",
        help_text="the open image during which this one was claimed ahead",
    )
    head = models.PositiveIntegerField(default=0, help_text="number of the newest revision; 0 = nothing labelled yet")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["project", "content_hash"], name="content_once_per_project")]
        indexes = [
            models.Index(fields=["project", "state", "-priority", "id"], name="image_queue"),
            models.Index(fields=["project", "name", "id"], name="image_by_name"),
            models.Index(fields=["project", "-created", "-id"], name="image_by_age"),
            # Embeddings and pyramids belong to a content, in whichever projects it is.
            models.Index(fields=["content_hash"], name="image_by_content"),
        ]

    def __str__(self) -> str:
        return self.name


class ImageEvent(models.Model):
    """One step of an image through the workflow; the history is never rewritten."""

    image = models.ForeignKey(Image, models.CASCADE, related_name="events")
    action = models.CharField(max_length=24, choices=[(a.value, a.value) for a in Action])
    before = models.CharField(max_length=16)
    after = models.CharField(max_length=16)
    revision = models.PositiveIntegerField()
    by = models.ForeignKey("User", models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

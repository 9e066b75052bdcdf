"""Label maps of an image: revisions that people made, predictions that models made."""

from django.db import models


class Revision(models.Model):
    """One version of an image's label map.

    `segments` repeats the table of the TIFF with the pixels of each segment, so lists need no file:
    [{id, class, source, score, model, edited, crowd, pixels}]. `tile_revisions` holds, for each tile, the number of the
    revision that last changed it (uint32, little-endian), so a stale save can be told what changed since.
    """

    class Kind(models.TextChoices):
        DRAFT = "draft", "draft"
        SUBMIT = "submit", "submitted"
        REVIEW = "review", "reviewed"
        IMPORT = "import", "imported"
        PREDICTION = "prediction", "accepted prediction"
        RESTORE = "restore", "restored"

    image = models.ForeignKey("Image", models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    author = models.ForeignKey("User", models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    saved = models.DateTimeField(help_text="of a draft: its last autosave")
    label_key = models.CharField(max_length=255)
    segments = models.JSONField(default=list)
    tile_revisions = models.BinaryField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["image", "number"], name="revision_number_once")]


class Prediction(models.Model):
    """What one model version says about one image; the same table of segments, with scores."""

    image = models.ForeignKey("Image", models.CASCADE, related_name="predictions")
    model = models.ForeignKey("ModelVersion", models.CASCADE, related_name="predictions")
    label_key = models.CharField(max_length=255)
    uncertainty_key = models.CharField(max_length=255, help_text="8-bit grey PNG, entropy normalised to 0..255")
    segments = models.JSONField(default=list)
    mean_entropy = models.FloatField(help_text="of all pixels, normalised to 0..1")
    mean_confidence = models.FloatField(help_text="of all pixels, 0..1")
    settings = models.JSONField(default=dict, help_text="PredictionSettings of segmodels it was made with")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["image", "model"], name="one_prediction_per_model")]


class SavedRequest(models.Model):
    """The answer to a save that carried an Idempotency-Key, so a repeated request saves nothing twice."""

    image = models.ForeignKey("Image", models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    revision = models.PositiveIntegerField()
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "key"], name="request_key_once_per_image")]

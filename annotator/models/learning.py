"""What models learn from and what comes out: snapshots, training runs, model versions."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Snapshot(models.Model):
    """A frozen list of (image, revision): what a model was trained on or an export was made of."""

    project = models.ForeignKey("Project", models.CASCADE, related_name="snapshots")
    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, help_text="SHA-256 over classes, images, splits and label maps")
    classes = models.JSONField(help_text="the classes as they were: [{id, name, color, kind, ignore}]")
    created = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey("User", models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-id"]


class SnapshotItem(models.Model):
    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="items")
    image = models.ForeignKey("Image", models.CASCADE, related_name="+")
    revision = models.ForeignKey("Revision", models.PROTECT, related_name="+")
    split = models.CharField(max_length=8)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["snapshot", "image"], name="image_once_per_snapshot")]


class TrainingRun(models.Model):
    project = models.ForeignKey("Project", models.CASCADE, related_name="training_runs")
    number = models.PositiveIntegerField()
    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="training_runs")
    job = models.OneToOneField("Job", models.PROTECT, related_name="training_run")
    settings = models.JSONField(help_text="segmodels.settings.TrainingSettings")
    initial_model = models.ForeignKey("ModelVersion", models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey("User", models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="run_number_once")]


class EpochMetric(models.Model):
    run = models.ForeignKey(TrainingRun, models.CASCADE, related_name="epochs")
    epoch = models.PositiveIntegerField()
    train_loss = models.FloatField()
    val_loss = models.FloatField(null=True)
    val_miou = models.FloatField(null=True)
    pixel_accuracy = models.FloatField(null=True)
    class_accuracy = models.FloatField(null=True, help_text="mean share of a class' pixels that were found")
    dice = models.FloatField(null=True)
    boundary_miou = models.FloatField(null=True)
    mask_ap = models.FloatField(null=True, help_text="COCO mask AP over IoU 0.50 to 0.95; of instance models only")
    mask_ap50 = models.FloatField(null=True)
    iou_per_class = models.JSONField(default=dict, help_text="{class name: IoU or null}")
    step_losses = models.JSONField(default=list, help_text="[[step, loss], ...] of this epoch")
    seconds = models.FloatField()
    is_best = models.BooleanField(default=False)
    finished = models.BooleanField(default=False, help_text="false while its steps run; the scores come at the end")

    class Meta:
        ordering = ["epoch"]
        constraints = [models.UniqueConstraint(fields=["run", "epoch"], name="epoch_once_per_run")]


class ModelVersion(models.Model):
    """A trained model: where it came from, how good it is, where its weights lie."""

    class ScoreName(models.TextChoices):
        MIOU = "val_miou", _("validation mIoU")
        MASK_AP = "mask_ap", _("validation mask AP")

    project = models.ForeignKey("Project", models.CASCADE, related_name="models")
    number = models.PositiveIntegerField()
    run = models.OneToOneField(TrainingRun, models.PROTECT, related_name="model_version")
    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="+")
    architecture = models.CharField(max_length=64)
    settings = models.JSONField()
    seed = models.BigIntegerField()
    classes = models.JSONField(help_text="class ids in the order of the model's outputs")
    checkpoint_key = models.CharField(max_length=255)
    val_miou = models.FloatField(null=True)
    iou_per_class = models.JSONField(default=dict, help_text="{class name: IoU or null}")
    score_name = models.CharField(
        max_length=16, choices=ScoreName.choices, default=ScoreName.MIOU, help_text="which score decided its best epoch"
    )
    score = models.FloatField(null=True, help_text="of its best epoch, 0..1; null where nothing was validated")
    parameters = models.BigIntegerField()
    training_images = models.PositiveIntegerField()
    seconds = models.FloatField(help_text="of training")
    created = models.DateTimeField(auto_now_add=True)
    promoted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="model_number_once")]

    def __str__(self) -> str:
        return f"v{self.number}"


class MeasuredBackend(models.Model):
    """How a model runs fastest on one kind of machine: what each backend took, and which was kept."""

    model = models.ForeignKey(ModelVersion, models.CASCADE, related_name="backends")
    machine = models.CharField(max_length=255, help_text="processor or GPU and threads, as the worker tells it")
    name = models.CharField(max_length=32, help_text="the backend kept, of segmodels.backends")
    choice = models.JSONField(help_text="segmodels.backends.figures.BackendChoice")
    measured = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["model", "machine"], name="backend_once_per_machine")]

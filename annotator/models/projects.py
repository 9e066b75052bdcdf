"""A project and the classes that its pixels may have."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from annotator.workflow import Role


class Project(models.Model):
    class Task(models.TextChoices):
        SEMANTIC = "semantic", _("Semantic: every pixel a class")
        INSTANCE = "instance", _("Instances: every object for itself")
        PANOPTIC = "panoptic", _("Panoptic: classes and objects")

    role: Role  # of the person who asked: `access` sets it, services read it

    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    task = models.CharField(max_length=16, choices=Task.choices, default=Task.SEMANTIC)
    created = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey("User", models.PROTECT, related_name="+")
    members: models.ManyToManyField = models.ManyToManyField("User", through="Membership", related_name="projects")
    promoted_model = models.ForeignKey("ModelVersion", models.SET_NULL, null=True, blank=True, related_name="+")

    # Automation
    retrain_after = models.PositiveIntegerField(default=0, help_text="newly accepted images; 0 switches it off")
    promote_when_better = models.BooleanField(default=True)
    prelabel_after_promotion = models.BooleanField(default=True)
    strategy = models.CharField(max_length=32, default="entropy", help_text="acquisition function of the queue")
    training_settings = models.JSONField(default=dict, blank=True, help_text="defaults of the training form")
    prediction_settings = models.JSONField(
        default=dict, blank=True, help_text="segmodels.prediction_settings.PredictionSettings for pre-labelling"
    )

    def __str__(self) -> str:
        return self.name


class LabelClass(models.Model):
    class Kind(models.TextChoices):
        STUFF = "stuff", _("Stuff: one region per image")
        THING = "thing", _("Thing: separate objects")

    project = models.ForeignKey(Project, models.CASCADE, related_name="classes")
    name = models.CharField(max_length=100)
    color = models.CharField(max_length=7, help_text="#rrggbb")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.STUFF)
    ignore = models.BooleanField(default=False, help_text="labelled, but left out of loss and scores")
    shortcut = models.CharField(max_length=1, blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="class_name_once_per_project")]

    def __str__(self) -> str:
        return self.name

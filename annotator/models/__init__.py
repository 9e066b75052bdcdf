"""Tables only: what is stored. Rules live in `workflow`, `access` and `services`."""

from annotator.models.images import Image, ImageEvent
from annotator.models.jobs import Job, JobState
from annotator.models.labels import Prediction, Revision, SavedRequest
from annotator.models.learning import EpochMetric, MeasuredBackend, ModelVersion, Snapshot, SnapshotItem, TrainingRun
from annotator.models.people import ApiToken, Membership, User
from annotator.models.projects import LabelClass, Project
from annotator.models.review import Comment
from annotator.models.transfers import Export, Import

__all__ = [
    "ApiToken",
    "Comment",
    "EpochMetric",
    "Export",
    "Image",
    "ImageEvent",
    "Import",
    "Job",
    "JobState",
    "LabelClass",
    "MeasuredBackend",
    "Membership",
    "ModelVersion",
    "Prediction",
    "Project",
    "Revision",
    "SavedRequest",
    "Snapshot",
    "SnapshotItem",
    "TrainingRun",
    "User",
]

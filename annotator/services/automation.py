"""What happens by itself: retraining after enough accepted images, pre-labelling after a promotion."""

import logging

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import translation

from annotator.models import ImageEvent, JobState, Project, TrainingRun, User
from annotator.services import training
from annotator.services.errors import ServiceError
from annotator.workflow import Action

logger = logging.getLogger(__name__)


def accepted_since_training(project: Project) -> int:
    """Images accepted after the newest training run began (all accepted ones before the first)."""
    newest = project.training_runs.aggregate(at=Max("created"))["at"]
    events = ImageEvent.objects.filter(image__project=project, action__in=(Action.ACCEPT, Action.IMPORT))
    if newest is not None:
        events = events.filter(at__gt=newest)
    return events.values("image").distinct().count()


def after_acceptance(*, project: Project, user: User) -> TrainingRun | None:
    """Start training when the project asks for it after this many accepted images and none is under way."""
    if not project.retrain_after:
        return None
    with transaction.atomic():
        # Two people who accept at the same moment start one training.
        Project.objects.select_for_update().get(pk=project.pk)
        if accepted_since_training(project) < project.retrain_after:
            return None
        if project.training_runs.filter(job__state__in=(JobState.QUEUED, JobState.RUNNING)).exists():
            return None
        try:
            # A refusal goes into the log, which speaks one language whoever accepted the image.
            with translation.override(settings.LANGUAGE_CODE):
                return training.start_training(project=project, user=user, settings=project.training_settings)
        except ServiceError as error:
            # The acceptance stands; it is not the reviewer who can mend the project's settings.
            logger.warning("project %s is not retrained: %s", project.pk, error.detail)
            return None

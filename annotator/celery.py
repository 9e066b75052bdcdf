"""The Celery app. Queues: `interactive` (a person waits), `io` (import, export), `gpu` (train, predict)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")

app = Celery("annotator")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.include = ["annotator.tasks"]
app.conf.beat_schedule = {
    "sweep-jobs": {
        "task": "annotator.sweep_jobs",
        "schedule": 10.0,
        "options": {"queue": "interactive", "expires": 10},
    },
    "collect-garbage": {"task": "annotator.collect_garbage", "schedule": 3600.0, "options": {"queue": "io"}},
}

"""Celery tasks: thin. A job's kind decides which service runs it; everything else is in the job's row."""

from annotator.celery import app
from annotator.services import (
    backends,
    clicks,
    exports,
    imports,
    jobs,
    maintenance,
    predictions,
    pyramids,
    superpixels,
    training,
)

RUNNERS = {
    "train": training.run_training,
    "embed": clicks.run_embedding,
    "predict": predictions.run_predictions,
    "predict_chunk": predictions.run_prediction_chunk,
    "measure_backends": backends.run_measuring_backends,
    "import": imports.run_import,
    "export": exports.run_export,
    "pyramid": pyramids.run_pyramid,
    "superpixels": superpixels.run_superpixels,
}


@app.task(name="annotator.run_job")
def run_job(job_id: int) -> None:
    jobs.execute(job_id, RUNNERS)


@app.task(name="annotator.sweep_jobs")
def sweep_jobs() -> int:
    return jobs.sweep()


@app.task(name="annotator.collect_garbage")
def collect_garbage() -> int:
    return maintenance.collect_garbage()

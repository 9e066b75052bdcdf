"""One training run: its curves while it learns, its settings, what came out."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from annotator import access
from annotator.models import ModelVersion, TrainingRun
from annotator.pages.curves import best_epoch, class_scores, epoch_scores, run_curves, score_of_run
from annotator.pages.frame import OPEN_JOBS, render_part, render_project_page, rights_in
from annotator.pages.run_settings import readable_settings
from annotator.pages.samples import sample_predictions
from annotator.services.jobs import seconds_left


@login_required
@require_safe
def run_page(request: HttpRequest, run_id: int) -> HttpResponse:
    """The whole page, or for htmx the part that changes while the run goes on."""
    run = access.get_run(request.user, run_id)
    context = _live_context(run)
    if request.htmx:
        return render_part(request, "parts/run_update.html", context)
    context |= {"snapshot_images": run.snapshot.items.count(), "settings": readable_settings(run.settings)}
    return render_project_page(request, "run.html", run.project, "models", context)


def _live_context(run: TrainingRun) -> dict[str, Any]:
    epochs = list(run.epochs.all())
    best = best_epoch(epochs)
    model = ModelVersion.objects.filter(run=run).first()
    score = score_of_run(run, epochs)
    is_live = run.job.state in OPEN_JOBS
    return {
        "project": run.project,
        "run": run,
        "job": run.job,
        "is_live": is_live,
        "seconds_left": seconds_left(run.job),
        "model": model,
        "is_promoted": model is not None and run.project.promoted_model_id == model.pk,
        "best": best,
        "scores": class_scores(best.iou_per_class, run.snapshot.classes) if best else [],
        "figures": epoch_scores(best) if best else [],
        "samples": sample_predictions(run, model) if model and not is_live else [],
        "score_title": score.label,
        "has_validation_loss": score is ModelVersion.ScoreName.MIOU,
        "curves": run_curves(epochs, score),
        "rights": rights_in(run.project),
    }

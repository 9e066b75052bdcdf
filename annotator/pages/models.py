"""Training runs and the models that came out of them: start, compare, promote."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotator import access
from annotator.models import ModelVersion, Project
from annotator.pages.backends import measured_machines
from annotator.pages.curves import class_scores
from annotator.pages.frame import (
    OPEN_JOBS,
    REFUSALS,
    render_part,
    render_project_page,
    rights_in,
    tell_refusal,
)
from annotator.pages.run_settings import readable_settings
from annotator.pages.training_form import TrainingForm
from annotator.services import backends, snapshots, training
from annotator.workflow import Right


@login_required
@require_http_methods(["GET", "POST"])
def model_list(request: HttpRequest, project_id: int) -> HttpResponse:
    """All runs with their state and score, and the Train button."""
    if request.method == "POST":
        return _train(request, access.get_project(request.user, project_id, Right.MANAGE))
    project = access.get_project(request.user, project_id)
    if request.htmx:
        return render_part(request, "parts/runs.html", _runs_context(project))
    return _list(request, project, TrainingForm(project))


def _list(request: HttpRequest, project: Project, form: TrainingForm, status: int = 200) -> HttpResponse:
    context = _runs_context(project) | {
        "form": form,
        "counts": snapshots.count_splits(project),
        "models": list(project.models.only("pk", "number", "project_id")),
    }
    return render_project_page(request, "models.html", project, "models", context, status)


def _runs_context(project: Project) -> dict[str, Any]:
    runs = list(
        project.training_runs.select_related("job", "model_version", "created_by")
        .annotate(images=Count("snapshot__items"))
        .order_by("-id")
    )
    return {
        "project": project,
        "runs": runs,
        "rights": rights_in(project),
        "is_live": any(run.job.state in OPEN_JOBS for run in runs),
    }


def _train(request: HttpRequest, project: Project) -> HttpResponse:
    is_configured = "configured" in request.POST
    form = TrainingForm(project, request.POST if is_configured else None)
    if is_configured and not form.is_valid():
        return _list(request, project, form, status=422)
    settings = form.settings() if is_configured else {}
    try:
        run = training.start_training(project=project, user=request.user, settings=settings)
    except REFUSALS as error:
        if is_configured:
            form.refuse(error)
            return _list(request, project, form, status=422)
        tell_refusal(request, error)
        return redirect("models", project.pk)
    return redirect("run", run.pk)


@login_required
@require_safe
def model_page(request: HttpRequest, model_id: int) -> HttpResponse:
    """One model version: scores, lineage, settings."""
    model = access.get_model(request.user, model_id)
    context = {
        "model": model,
        "scores": class_scores(model.iou_per_class, model.classes),
        "snapshot_images": model.snapshot.items.count(),
        "is_promoted": model.project.promoted_model_id == model.pk,
        "settings": readable_settings(model.settings),
        "machines": measured_machines(model),
        "has_backends": backends.has_backends(model),
    }
    return render_project_page(request, "model.html", model.project, "models", context)


@login_required
@require_POST
def promote(request: HttpRequest, model_id: int) -> HttpResponse:
    """Make this the model that pre-labels."""
    model = access.get_model(request.user, model_id, Right.MANAGE)
    try:
        training.promote_model(model=model, user=request.user)
    except REFUSALS as error:
        tell_refusal(request, error)
    else:
        messages.success(
            request, _("{model} is promoted: it pre-labels from now on. Earlier models are kept.").format(model=model)
        )
    return redirect("overview", model.project_id)


@login_required
@require_POST
def measure_backends(request: HttpRequest, model_id: int) -> HttpResponse:
    """Let a worker measure how this model runs fastest."""
    model = access.get_model(request.user, model_id, Right.MANAGE)
    try:
        job = backends.start_measuring_backends(project=model.project, user=request.user, model=model)
    except REFUSALS as error:
        tell_refusal(request, error)
        return redirect("model", model.pk)
    return redirect("job", job.pk)


@login_required
@require_safe
def compare(request: HttpRequest, project_id: int) -> HttpResponse:
    """Two models side by side, class by class and setting by setting."""
    project = access.get_project(request.user, project_id)
    models = list(project.models.select_related("run", "snapshot"))
    first = _chosen(models, request.GET.get("a"), default=1)
    second = _chosen(models, request.GET.get("b"), default=0)
    context: dict[str, Any] = {"models": models, "a": first, "b": second}
    if first and second:
        context |= {
            "classes": _class_differences(first, second),
            "settings": _setting_differences(first, second),
            "totals": _score_differences(first, second),
        }
    return render_project_page(request, "compare.html", project, "models", context)


def _chosen(models: list[ModelVersion], value: str | None, default: int) -> ModelVersion | None:
    if value is None:
        return models[default] if len(models) > default else None
    for model in models:
        if str(model.pk) == value:
            return model
    raise Http404(_("This project has no such model."))


def _difference(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before


def _score_differences(first: ModelVersion, second: ModelVersion) -> list[dict[str, Any]]:
    """One row where both models have the same score, else one each: mIoU and mask AP cannot be subtracted."""
    rows = []
    for name in dict.fromkeys((first.score_name, second.score_name)):
        a, b = _score(first, name), _score(second, name)
        label = ModelVersion.ScoreName(name).label
        rows.append({"name": label, "a": a, "b": b, "change": _difference(a, b)})
    return rows


def _score(model: ModelVersion, name: str) -> float | None:
    if model.score_name == name:
        return model.score
    # A model of objects has the mIoU of the segments that its objects end in, too.
    return model.val_miou if name == ModelVersion.ScoreName.MIOU else None


def _class_differences(first: ModelVersion, second: ModelVersion) -> list[dict[str, Any]]:
    colors = {row["name"]: row["color"] for row in (*first.classes, *second.classes)}
    rows = []
    for name, color in colors.items():
        a, b = first.iou_per_class.get(name), second.iou_per_class.get(name)
        rows.append({"name": name, "color": color, "a": a, "b": b, "change": _difference(a, b)})
    return rows


def _setting_differences(first: ModelVersion, second: ModelVersion) -> list[dict[str, Any]]:
    a, b = readable_settings(first.settings), readable_settings(second.settings)
    rows = ({"name": name, "a": a.get(name, "–"), "b": b.get(name, "–")} for name in dict.fromkeys((*a, *b)))
    return [row | {"differs": row["a"] != row["b"]} for row in rows]

"""What the charts of a training run draw, thinned to what a screen can show, and the scores of its best epoch."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from annotator.models import EpochMetric, ModelVersion, TrainingRun
from segmodels.catalogue import ARCHITECTURE_CARDS

MOST_STEPS_SHOWN = 800
ScoreName = ModelVersion.ScoreName

# Field of an epoch, title, explanation; those that were not measured are left out.
SCORES = (
    (
        "mask_ap",
        _("Mask AP"),
        _("Average precision of the object masks over overlaps of 50 to 95 %, as COCO counts it."),
    ),
    ("mask_ap50", _("Mask AP at 50 %"), _("Average precision where an overlap of half counts as found.")),
    ("val_miou", _("mIoU"), _("Shared by joint area of truth and prediction, averaged over the classes.")),
    ("dice", _("Dice"), _("Twice the shared area by the sum of both, averaged over the classes.")),
    ("class_accuracy", _("Class accuracy"), _("Share of a class' pixels that were found, averaged over the classes.")),
    ("boundary_miou", _("Boundary mIoU"), _("mIoU of the pixels near outlines alone: how well the edges fit.")),
    ("pixel_accuracy", _("Pixel accuracy"), _("Share of all pixels with the right class; common classes decide it.")),
)


def score_of_run(run: TrainingRun, epochs: Sequence[EpochMetric]) -> ScoreName:
    """The score that decides the best epoch of `run`: mask AP of an instance model, else mIoU."""
    if any(epoch.mask_ap is not None for epoch in epochs):
        return ScoreName.MASK_AP
    card = ARCHITECTURE_CARDS.get(run.settings.get("architecture", ""))
    return ScoreName.MASK_AP if card and card.task == "instance" else ScoreName.MIOU


def run_curves(epochs: Sequence[EpochMetric], score: ScoreName = ScoreName.MIOU) -> dict[str, Any]:
    """{"score": its title, "steps": [[step, loss]], "epochs": [{epoch, step, train_loss, val_loss, score, is_best}]}.

    `step` of an epoch is its last one, where its mean loss is drawn.
    """
    steps = [point for epoch in epochs for point in epoch.step_losses]
    stride = max(1, -(-len(steps) // MOST_STEPS_SHOWN))
    return {
        "score": str(score.label),
        "steps": steps[::stride],
        "epochs": [
            {
                "epoch": epoch.epoch,
                "step": epoch.step_losses[-1][0] if epoch.step_losses else epoch.epoch,
                "train_loss": epoch.train_loss,
                "val_loss": epoch.val_loss,
                "score": getattr(epoch, score),
                "is_best": epoch.is_best,
            }
            for epoch in epochs
            if epoch.finished
        ],
    }


def best_epoch(epochs: Sequence[EpochMetric]) -> EpochMetric | None:
    """The epoch whose weights are kept, or the last scored one as long as none is marked."""
    scored = [epoch for epoch in epochs if epoch.finished and (epoch.iou_per_class or epoch.mask_ap is not None)]
    return next((epoch for epoch in scored if epoch.is_best), scored[-1] if scored else None)


def epoch_scores(epoch: EpochMetric) -> list[dict[str, Any]]:
    """{title, value, explanation} of each score that was measured in `epoch`."""
    rows = ({"title": title, "value": getattr(epoch, name), "explanation": text} for name, title, text in SCORES)
    return [row for row in rows if row["value"] is not None]


def class_scores(
    iou_per_class: Mapping[str, float | None], classes: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """{name, color, iou} of each learned class; iou is None where validation has no such pixel."""
    return [
        {"name": row["name"], "color": row["color"], "iou": iou_per_class[row["name"]]}
        for row in classes
        if row["name"] in iou_per_class
    ]

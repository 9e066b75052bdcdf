"""What the charts of a training run draw, thinned to what a screen can show."""

from collections.abc import Mapping, Sequence
from typing import Any

from annotator.models import EpochMetric

MOST_STEPS_SHOWN = 800


def run_curves(epochs: Sequence[EpochMetric]) -> dict[str, Any]:
    """{"steps": [[step, loss]], "epochs": [{epoch, step, train_loss, val_loss, val_miou, is_best}]}.

    `step` of an epoch is its last one, where its mean loss is drawn.
    """
    steps = [point for epoch in epochs for point in epoch.step_losses]
    stride = max(1, -(-len(steps) // MOST_STEPS_SHOWN))
    return {
        "steps": steps[::stride],
        "epochs": [
            {
                "epoch": epoch.epoch,
                "step": epoch.step_losses[-1][0] if epoch.step_losses else epoch.epoch,
                "train_loss": epoch.train_loss,
                "val_loss": epoch.val_loss,
                "val_miou": epoch.val_miou,
                "is_best": epoch.is_best,
            }
            for epoch in epochs
            if epoch.finished
        ],
    }


def best_epoch(epochs: Sequence[EpochMetric]) -> EpochMetric | None:
    """The epoch whose weights are kept, or the last scored one as long as none is marked."""
    scored = [epoch for epoch in epochs if epoch.finished and epoch.iou_per_class]
    return next((epoch for epoch in scored if epoch.is_best), scored[-1] if scored else None)


def class_scores(
    iou_per_class: Mapping[str, float | None], classes: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """{name, color, iou} of each learned class; iou is None where validation has no such pixel."""
    return [
        {"name": row["name"], "color": row["color"], "iou": iou_per_class[row["name"]]}
        for row in classes
        if row["name"] in iou_per_class
    ]

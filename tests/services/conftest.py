"""Predictions and model versions as rows, without a training."""

from collections.abc import Callable

import numpy as np
import pytest

from annotator import storage
from annotator.labelmap import LabelTiff, count_pixels
from annotator.models import Image, ModelVersion, Prediction
from annotator.services import snapshots, training


@pytest.fixture
def make_model(project, add_image, accept, alice, monkeypatch) -> Callable[..., ModelVersion]:
    """make_model(val_miou=0.5): the next model version of the project, made of one accepted image."""

    def make(val_miou: float | None = 0.5) -> ModelVersion:
        if not project.images.filter(state="accepted").exists():
            accept(add_image(9000), alice)
        run = training.start_training(project=project, user=alice, settings={"encoder_weights": "none"})
        return ModelVersion.objects.create(
            project=project,
            number=run.number,
            run=run,
            snapshot=run.snapshot,
            architecture="unet",
            settings=run.settings,
            seed=0,
            classes=[snapshots.class_row(row) for row in project.classes.filter(ignore=False)],
            checkpoint_key=storage.put("models", f"weights {run.pk}".encode(), ".safetensors"),
            val_miou=val_miou,
            parameters=1,
            training_images=1,
            seconds=1.0,
        )

    return make


@pytest.fixture
def predict(project) -> Callable[..., np.ndarray]:
    """predict(image, model, entropy=0.5): a stored prediction of sky above and two cells; returns its label map."""

    def store(image: Image, model: ModelVersion, entropy: float = 0.5) -> np.ndarray:
        sky, cell = (project.classes.get(name=name).pk for name in ("Sky", "Cell"))
        array = np.zeros((image.height, image.width), np.uint16)
        array[:20], array[30:40, :10], array[30:40, 20:25] = 1, 2, 3
        rows = [
            {"id": segment, "class": pk, "source": "model", "score": 0.9, "model": model.pk}
            for segment, pk in ((1, sky), (2, cell), (3, cell))
        ]
        pixels = count_pixels([array])
        Prediction.objects.create(
            image=image,
            model=model,
            label_key=storage.put("labels", LabelTiff.from_array(array, rows).to_bytes(), ".tif"),
            uncertainty_key=storage.put("uncertainty", b"png", ".png"),
            segments=[{**row, "pixels": pixels[row["id"]]} for row in rows],
            mean_entropy=entropy,
            mean_confidence=0.9,
        )
        image.state = "prelabelled"
        image.save()
        return array

    return store

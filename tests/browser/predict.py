"""Puts a prediction of two discs beside an image of a running demo: `python predict.py IMAGE`."""

import os
import sys

import django
import numpy as np


def predict(image_id: int) -> None:
    from annotator import storage
    from annotator.labelmap import LabelTiff
    from annotator.models import Image, Job, ModelVersion, Prediction, Snapshot, TrainingRun

    image = Image.objects.get(pk=image_id)
    project = image.project
    disc = project.classes.get(name="Disc").pk
    snapshot = Snapshot.objects.create(project=project, name="none", digest="0" * 64, classes=[])
    job = Job.objects.create(project=project, kind="train", state="succeeded")
    run = TrainingRun.objects.create(project=project, number=1, snapshot=snapshot, job=job, settings={})
    model = ModelVersion.objects.create(
        project=project,
        number=1,
        run=run,
        snapshot=snapshot,
        architecture="unet",
        settings={},
        seed=0,
        classes=[],
        checkpoint_key="none",
        parameters=1,
        training_images=1,
        seconds=1.0,
    )
    rows, columns = np.mgrid[0 : image.height, 0 : image.width]
    array = np.zeros((image.height, image.width), np.uint16)
    for segment, x in ((1, 119.5), (2, 419.5)):
        array[(columns - x) ** 2 + (rows - 119.5) ** 2 < 40**2] = segment
    table = [{"id": segment, "class": disc, "source": "model", "score": 0.9, "model": model.pk} for segment in (1, 2)]
    Prediction.objects.create(
        image=image,
        model=model,
        label_key=storage.put("labels", LabelTiff.from_array(array, table).to_bytes(), ".tif"),
        uncertainty_key=storage.put("uncertainty", b"png", ".png"),
        segments=[{**row, "pixels": int(np.count_nonzero(array == row["id"]))} for row in table],
        mean_entropy=0.5,
        mean_confidence=0.9,
    )
    Image.objects.filter(pk=image.pk).update(state="prelabelled")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
    django.setup()
    predict(int(sys.argv[1]))

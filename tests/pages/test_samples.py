"""Samples of a run: what the model makes of validation images, beside the labels it was scored against."""

import io

import numpy as np
import pytest
from django.urls import reverse
from PIL import Image as PillowImage

from annotator import storage
from annotator.models import Prediction, SnapshotItem


@pytest.fixture
def predicted(make_model, add_image, accept, predict, alice):
    """A model whose snapshot has two validation images and one training image, all three predicted by it."""
    model = make_model()
    for seed, split in ((0, "val"), (1, "val"), (2, "train")):
        image = add_image(seed)
        accept(image, alice)
        SnapshotItem.objects.create(snapshot=model.snapshot, image=image, revision=image.revisions.last(), split=split)
        predict(image, model)
    return model


def picture(response) -> np.ndarray:
    assert response.status_code == 200 and response["Content-Type"] == "image/webp"
    return np.asarray(PillowImage.open(io.BytesIO(response.content)).convert("RGB"), int)


def test_validation_images_are_shown_and_training_images_not(as_user, vera, predicted):
    page = as_user(vera).get(reverse("run", args=[predicted.run_id]))
    assert [sample.image.name for sample in page.context["samples"]] == ["image-0.png", "image-1.png"]
    html = page.content.decode()
    assert "Labels of image-0.png" in html and "image-2.png" not in html
    assert reverse("label", args=[page.context["samples"][0].image.pk]) in html


def test_at_most_four_images_are_shown(as_user, vera, predicted, add_image, accept, predict, alice):
    for seed in range(3, 8):
        image = add_image(seed)
        accept(image, alice)
        item = {"image": image, "revision": image.revisions.last(), "split": "val"}
        SnapshotItem.objects.create(snapshot=predicted.snapshot, **item)
        predict(image, predicted)
    assert len(as_user(vera).get(reverse("run", args=[predicted.run_id])).context["samples"]) == 4


def test_the_three_pictures_of_a_sample_differ(as_user, vera, predicted):
    grey = PillowImage.fromarray(np.tile(np.linspace(0, 255, 64, dtype=np.uint8), (48, 1)))
    out = io.BytesIO()
    grey.save(out, "png")
    Prediction.objects.update(uncertainty_key=storage.put("uncertainty", out.getvalue(), ".png"))
    client = as_user(vera)
    sample = client.get(reverse("run", args=[predicted.run_id])).context["samples"][0]
    labels, prediction = (picture(client.get(address)) for address in (sample.labels, sample.prediction))
    # Row 22 is sky in the labels and unlabelled in the prediction, row 32 unlabelled and, at its left, a cell.
    assert np.abs(labels[22] - prediction[22]).mean() > 10
    assert np.abs(labels[32, 2:8] - prediction[32, 2:8]).mean() > 10
    heat = picture(client.get(sample.uncertainty)).sum(axis=2)
    assert heat.shape == (48, 64)
    assert (np.diff(heat[:, ::8].mean(axis=0)) > 0).all()


def test_labels_are_those_that_the_model_was_scored_against(as_user, alice, predicted):
    client = as_user(alice)
    sample = client.get(reverse("run", args=[predicted.run_id])).context["samples"][0]
    before = picture(client.get(sample.labels))
    sample.image.head += 1
    sample.image.save()
    assert (picture(client.get(sample.labels)) == before).all()


def test_a_run_under_way_says_when_samples_come(as_user, vera, make_run):
    run = make_run("running")
    client, address = as_user(vera), reverse("run", args=[run.pk])
    assert "When the run has ended" in client.get(address).content.decode()
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert 'id="run-samples"' in part


def test_a_run_without_predicted_validation_images_says_what_to_do(as_user, vera, make_model):
    html = as_user(vera).get(reverse("run", args=[make_model().run_id])).content.decode()
    assert "Set the split of a few images to validation" in html


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("layer=head", 200),
        ("layer=prediction", 200),
        ("layer=revision:999", 404),
        ("layer=prediction&model=999", 404),
        ("layer=uncertainty&model=99999999999999999999", 422),
        ("layer=rubbish", 422),
        ("layer=prediction&model=rubbish", 422),
    ],
)
def test_a_layer_that_there_is_not_is_refused_in_words(as_user, vera, predicted, query, status):
    image = predicted.predictions.first().image
    response = as_user(vera).get(f"/api/v1/images/{image.pk}/thumbnail?overlay=1&{query}")
    assert response.status_code == status
    assert status == 200 or response.json()["detail"]

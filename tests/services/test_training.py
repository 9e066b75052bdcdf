"""Training from accepted labels to a promoted model that pre-labels what waits; with a real, tiny network."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image as PillowImage

from annotator import storage
from annotator.labelmap import LabelTiff
from annotator.models import EpochMetric, Job, ModelVersion, Prediction
from annotator.services import (
    backends,
    jobs,
    labels,
    predictions,
    projects,
    queue,
    saving,
    scores,
    snapshots,
    training,
)
from annotator.services.errors import ServiceError
from annotator.services.samples import SnapshotClasses, class_indices, snapshot_samples
from tests.conftest import seen_by
from tests.services.tiny_training import TINY


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    monkeypatch.setattr(jobs.app, "send_task", lambda *args, **kwargs: None)


@pytest.mark.django_db(transaction=True)
def test_a_run_ends_in_a_promoted_model_that_has_predicted_what_waits(project, alice, add_image, accepted, run_job):
    waiting = [add_image(10), add_image(11, width=40, height=80)]
    run = training.start_training(project=project, user=alice, settings=TINY)
    job = run_job(run.job)
    assert (job.state, job.error) == ("succeeded", "")

    model = ModelVersion.objects.get()
    assert job.result["model"] == model.pk
    assert job.result["val_miou"] == model.val_miou
    assert 0 <= model.val_miou <= 1
    assert set(model.iou_per_class) == {"Sky", "Cell"}
    assert (model.training_images, model.seed, model.snapshot_id, model.run) == (3, 0, run.snapshot_id, run)
    epochs = list(EpochMetric.objects.filter(run=run))
    assert [(e.epoch, e.finished, len(e.step_losses)) for e in epochs] == [(1, True, 2), (2, True, 2)]
    assert sum(e.is_best for e in epochs) == 1

    project.refresh_from_db()
    assert project.promoted_model == model
    chunk_parent = Job.objects.get(kind="predict")
    assert run_job(chunk_parent).result == {"images": 2}
    for image in waiting:
        image.refresh_from_db()
        row = Prediction.objects.get(image=image)
        assert (image.state, image.priority) == ("prelabelled", pytest.approx(row.mean_entropy))
        assert 0 <= row.mean_entropy <= 1
        array = LabelTiff.from_bytes(storage.get(row.label_key)).array()
        assert array.shape == (image.height, image.width)
        assert {s["id"] for s in row.segments} == set(np.unique(array)) - {0}
        assert all(0 < s["score"] <= 1 and s["model"] == model.pk and s["pixels"] for s in row.segments)
        uncertainty = PillowImage.open(io.BytesIO(storage.get(row.uncertainty_key)))
        assert (uncertainty.size, uncertainty.mode) == ((image.width, image.height), "L")
    shown = Prediction.objects.filter(model=model, image__state="accepted")
    assert {row.image.split for row in shown} == {"val"}
    accepted_states = project.images.exclude(pk__in=[i.pk for i in waiting]).values_list("state", flat=True)
    assert set(accepted_states) == {"accepted"}

    # The queue hands out the most uncertain first, and one key takes its prediction over.
    first = queue.claim_next_image(project=project, user=alice)
    assert first.priority == max(image.priority for image in waiting)
    saving.accept_prediction(image=seen_by(alice, first), user=alice)

    # The same model predicts no image twice; a delivered job that was done before leaves what there is.
    again = predictions.start_predictions(project=project, user=alice, scope=[waiting[0].pk])
    run_job(again)
    assert Prediction.objects.exclude(image__state="accepted").count() == 2

    # Weights to go on from are named by the model's id.
    second = training.start_training(
        project=project, user=alice, settings={**TINY, "epochs": 1, "encoder_weights": str(model.pk)}
    )
    assert run_job(second.job).state == "succeeded"
    assert (second.number, second.initial_model) == (2, model)


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_delivered_again_after_its_model_was_written_makes_no_second(project, alice, accepted, run_job):
    run = training.start_training(project=project, user=alice, settings={**TINY, "epochs": 1})
    run_job(run.job)
    Job.objects.filter(pk=run.job_id).update(state="queued", result=None)
    assert run_job(run.job).result["model"] == ModelVersion.objects.get().pk


@pytest.mark.django_db(transaction=True)
def test_a_cancelled_run_stops_and_makes_no_model(project, alice, accepted, run_job, monkeypatch):
    run = training.start_training(project=project, user=alice, settings={**TINY, "epochs": 500})
    step = training._Recorder.step

    def cancel_at_third(recorder, report):
        step(recorder, report)
        if report.step == 3:
            jobs.cancel_job(job=Job.objects.get(pk=run.job_id))
            recorder.handle._checked = 0.0

    monkeypatch.setattr(training._Recorder, "step", cancel_at_third)
    assert run_job(run.job).state == "cancelled"
    assert not ModelVersion.objects.exists()


def test_unlabelled_and_ignored_pixels_are_left_out(project, alice, add_image, accept):
    image = add_image(1)
    array = accept(image, alice)
    sky, cell = (project.classes.get(name=name).pk for name in ("Sky", "Cell"))
    layer = labels.head_layer(seen_by(alice, image))
    target = class_indices(layer.tiff(), {cell: 0})
    assert target.dtype == np.int16
    assert np.array_equal(target, np.where(array > 1, 0, -1))
    assert np.array_equal(class_indices(layer.tiff(), {sky: 0, cell: 1}), np.array([-1, 0, 1, 1])[array])


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"epochs": 0}, "epochs"),
        ({"epochs": "many"}, "epochs"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"learning_rate": float("inf")}, "learning_rate"),
        ({"image_size": [0, 32]}, "image_size"),
        ({"image_size": [10**9, 32]}, "image_size"),
        ({"image_size": 32}, "image_size"),
        ({"seed": -1}, "seed"),
        ({"seed": 10**30}, "seed"),
        ({"batch_size": True}, "batch_size"),
        ({"architecture": "transformer-xxl"}, "architecture"),
        ({"encoder_weights": "magic"}, "encoder_weights"),
        ({"encoder_weights": "12345"}, "has no model 12345"),
        ({"encoder_weights": "9" * 5000}, "encoder_weights"),
        ({"encoder_weights": "²"}, "encoder_weights"),
        ({"no_such_setting": 1}, "no_such_setting"),
    ],
)
def test_settings_that_do_not_hold_are_refused_by_name(project, alice, accepted, settings, reason):
    with pytest.raises(ServiceError, match=reason):
        training.start_training(project=project, user=alice, settings={**TINY, **settings})
    assert not Job.objects.exists()


def test_a_model_of_another_project_is_not_started_from(project, alice, make_model):
    other = projects.create_project(user=alice, name="Other", task="semantic", classes=[{"name": "A"}])
    with pytest.raises(ServiceError, match="Other has no model"):
        training.start_training(project=other, user=alice, settings={"encoder_weights": str(make_model().pk)})


def test_nothing_accepted_is_nothing_to_train_on(project, alice, add_image, label):
    label(add_image(1), alice)
    with pytest.raises(ServiceError, match="No accepted image to train on"):
        training.start_training(project=project, user=alice, settings=TINY)


def test_ignored_classes_only_are_nothing_to_learn(project, alice, accepted):
    project.classes.update(ignore=True)
    with pytest.raises(ServiceError, match="no class to learn"):
        training.start_training(project=project, user=alice, settings=TINY)


def test_the_counts_before_training_are_those_of_its_snapshot(project, alice, accepted):
    assert snapshots.count_splits(project) == {"train": 3, "val": 1, "test": 0}
    run = training.start_training(project=project, user=alice, settings=TINY)
    splits = list(run.snapshot.items.values_list("split", flat=True))
    assert (splits.count("train"), splits.count("val")) == (3, 1)


def test_the_size_that_training_proposes_follows_the_images(project, add_image):
    add_image(1, width=1024, height=300)
    assert training.default_settings(project)["image_size"] == [160, 512]


def test_a_better_model_is_promoted_and_a_worse_one_is_not(project, alice, make_model):
    first, worse, better, unscored = make_model(0.5), make_model(0.4), make_model(0.6), make_model(None)
    promoted = []
    for model in (first, worse, better, unscored):
        training._promote_if_better(model, alice)
        project.refresh_from_db()
        promoted.append(project.promoted_model)
    assert promoted == [first, first, better, better]


def test_scores_of_different_kinds_do_not_compare(project, alice, make_model):
    pixels, objects = make_model(0.5), make_model(0.4)
    objects.score_name, objects.score = ModelVersion.ScoreName.MASK_AP, 0.9
    objects.save()
    for model in (pixels, objects):
        training._promote_if_better(model, alice)
    project.refresh_from_db()
    assert project.promoted_model == pixels


@pytest.mark.django_db(transaction=True)
def test_a_model_that_finds_objects_is_trained_and_predicts(project, alice, add_image, accepted, run_job):
    options = {
        "pyramid_channels": 16, "head_features": 32, "smallest_anchor_px": 8, "anchor_samples": 32,
        "proposal_samples": 16, "min_size_px": 48, "norms": "trained", "score_threshold": 0.0,
    }  # fmt: skip
    settings = {**TINY, "architecture": "mask_rcnn", "architecture_options": options, "epochs": 1, "batch_size": 2}
    run = training.start_training(project=project, user=alice, settings=settings)
    job = run_job(run.job)
    assert (job.state, job.error) == ("succeeded", "")
    model = ModelVersion.objects.get()
    assert (model.score_name, model.score) == ("mask_ap", job.result["score"])
    assert [row["name"] for row in model.classes] == ["Cell"]
    assert EpochMetric.objects.get(run=run).mask_ap == model.score

    image = add_image(10)
    run_job(predictions.start_predictions(project=project, user=alice, model=model))
    row = Prediction.objects.get(image=image)
    array = LabelTiff.from_bytes(storage.get(row.label_key)).array()
    assert {s["id"] for s in row.segments} == set(np.unique(array)) - {0}
    assert {s["class"] for s in row.segments} <= {project.classes.get(name="Cell").pk}
    with pytest.raises(ServiceError, match="one way only"):
        backends.start_measuring_backends(project=project, user=alice, model=model)


def test_objects_cannot_be_learnt_without_a_thing_class(project, alice, accepted):
    project.classes.update(kind="stuff")
    with pytest.raises(ServiceError, match="thing classes, and the project has none"):
        training.start_training(project=project, user=alice, settings={**TINY, "architecture": "mask_rcnn"})


def test_unlabelled_pixels_and_ignored_classes_are_neither_object_nor_background(project, alice, add_image, accept):
    image = add_image(1)
    array = accept(image, alice)
    run = training.start_training(project=project, user=alice, settings=TINY)
    sky, cell = (project.classes.get(name=name).pk for name in ("Sky", "Cell"))
    classes = SnapshotClasses.of(run.snapshot, "instance")
    sample = snapshot_samples(run.snapshot, classes)["train"][0]
    objects = sample.objects()
    assert ([row["id"] for row in classes.learned], objects.classes) == ([cell], (0, 0))
    assert np.array_equal(objects.pixels, np.array([-1, 0, 1, 2])[array])
    without_sky = replace(sample, classes=SnapshotClasses(classes.learned, frozenset({sky})))
    assert set(np.unique(without_sky.objects().pixels)) == {-1, 1, 2}


@pytest.mark.django_db(transaction=True)
def test_a_run_whose_worker_died_after_its_model_still_promotes_and_shows(project, alice, accepted, run_job):
    run = training.start_training(project=project, user=alice, settings={**TINY, "epochs": 1})
    run_job(run.job)
    model = ModelVersion.objects.get()
    type(project).objects.update(promoted_model=None)
    model.predictions.all().delete()
    Job.objects.filter(pk=run.job_id).update(state="queued", result=None)
    assert run_job(run.job).state == "succeeded"
    project.refresh_from_db()
    assert (project.promoted_model, model.predictions.count()) == (model, 1)


def test_a_project_s_defaults_for_one_architecture_do_not_reach_another(project):
    project.training_settings = {
        "architecture": "unet", "architecture_options": {"decoder_channels": 64}, "learning_rate": 1e-2, "epochs": 3,
    }  # fmt: skip
    same = training.checked_settings(project, {"architecture": "unet"})
    other = training.checked_settings(project, {"architecture": "mask_rcnn"})
    assert (same.architecture_options["decoder_channels"], same.learning_rate) == (64, 1e-2)
    assert (other.learning_rate, other.epochs) == (5e-4, 3)


def test_any_score_is_better_than_none(make_model):
    none, zero = make_model(None), make_model(0.0)
    assert scores.is_better(zero, none)
    assert not scores.is_better(none, zero)


def test_a_run_takes_over_the_encoder_of_the_model_it_starts_from(project, alice, accepted, make_model):
    model = make_model()
    model.settings = {"encoder": "mobilenet_v2"}
    model.save()
    settings = {**TINY, "encoder": "auto", "encoder_weights": str(model.pk)}
    run = training.start_training(project=project, user=alice, settings=settings)
    assert (run.settings["encoder"], run.initial_model) == ("mobilenet_v2", model)
    with pytest.raises(ServiceError, match="needs its encoder, mobilenet_v2; resnet18 was asked for"):
        training.start_training(project=project, user=alice, settings={**settings, "encoder": "resnet18"})

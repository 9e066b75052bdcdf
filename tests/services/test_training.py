"""Training from accepted labels to a promoted model that pre-labels what waits; with a real, tiny network."""

import io
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image as PillowImage

from annotator import storage
from annotator.labelmap import LabelTiff
from annotator.models import EpochMetric, Image, Job, ModelVersion, Prediction
from annotator.services import (
    backends,
    jobs,
    labels,
    predicting,
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
from annotator.workflow import State
from segmodels.backends import registry
from tests.conftest import seen_by

TINY = {
    "encoder": "mobilenet_v2",
    "encoder_weights": "none",
    "image_size": [32, 32],
    "epochs": 2,
    "batch_size": 2,
    "threads": 1,
    "device": "cpu",
}


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    monkeypatch.setattr(jobs.app, "send_task", lambda *args, **kwargs: None)


@pytest.fixture
def accepted(add_image, accept, alice):
    """Three accepted images for training and one for validation."""
    for seed, split in enumerate(("train", "train", "train", "val"), 1):
        accept(add_image(seed, split=split), alice)


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


# Promotion


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


# Models that find objects


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


# How a model runs fastest


@pytest.mark.django_db(transaction=True)
def test_the_fastest_way_to_run_is_measured_once_where_many_images_wait(
    project, alice, add_image, accepted, run_job, monkeypatch
):
    model = _trained(project, alice, run_job)
    for seed in (10, 11):
        add_image(seed)
    monkeypatch.setattr(backends, "MEASURE_FROM_IMAGES", 3)
    run_job(predictions.start_predictions(project=project, user=alice, model=model, scope=_ids(project, "new")[:1]))
    assert not model.backends.exists()
    monkeypatch.setattr(backends, "MEASURE_FROM_IMAGES", 1)
    job = run_job(predictions.start_predictions(project=project, user=alice, model=model, scope=_ids(project, "new")))
    row = model.backends.get()
    assert (row.machine, row.name) == (backends.machine(), backends.load(model).backend.name)
    kept = next(figures for figures in row.choice["figures"] if figures["name"] == row.name)
    assert kept["speedup"] >= 1 and abs(kept["miou_difference"]) <= 0.5
    assert f"runs with {row.name}" in job.chunks.get().log

    backends._loaded.clear()
    assert backends.load(model).backend.name == row.name
    again = run_job(backends.start_measuring_backends(project=project, user=alice, model=model))
    assert (again.state, again.result["machine"], model.backends.count()) == ("succeeded", row.machine, 1)


def _ids(project, state):
    return list(project.images.filter(state=state).order_by("pk").values_list("pk", flat=True))


def _trained(project, user, run_job):
    projects.update_project(project=seen_by(user, project.images.first()).project, prelabel_after_promotion=False)
    run_job(training.start_training(project=project, user=user, settings={**TINY, "epochs": 1}).job)
    return ModelVersion.objects.get()


# How images are predicted


@pytest.mark.django_db(transaction=True)
def test_a_prediction_follows_the_project_s_settings_and_those_asked_for(project, alice, add_image, accepted, run_job):
    model = _trained(project, alice, run_job)
    image = add_image(10, width=90, height=70)
    project.prediction_settings = {"mode": "tiles", "tile_size": [32, 32]}
    project.save()
    job = predictions.start_predictions(project=project, user=alice, model=model, settings={"flips": ["both"]})
    assert (job.arguments["settings"]["mode"], job.arguments["settings"]["flips"]) == ("tiles", ["both"])
    assert run_job(job).state == "succeeded"
    assert LabelTiff.from_bytes(storage.get(image.predictions.get().label_key)).array().shape == (70, 90)


def test_prediction_settings_that_do_not_hold_are_refused_by_name(project, alice, make_model):
    with pytest.raises(ServiceError, match="overlap"):
        predictions.start_predictions(project=project, user=alice, model=make_model(), settings={"overlap": 0.9})


def test_promotion_predicts_what_waits_unless_the_project_says_no(project, alice, add_image, make_model):
    add_image(1)
    model, other = make_model(), make_model()
    training.promote_model(model=model, user=alice)
    training.promote_model(model=model, user=alice)
    assert Job.objects.filter(kind="predict").count() == 1
    projects.update_project(project=seen_by(alice, Image.objects.first()).project, prelabel_after_promotion=False)
    training.promote_model(model=other, user=alice)
    assert Job.objects.filter(kind="predict").count() == 1


# Predictions without a network


@pytest.fixture
def made_up_network(monkeypatch):
    """Instead of a network: the upper half is the first class, the lower half the second."""
    import segmodels.segmenting
    from segmodels.prediction import PixelPrediction

    def predict(network, images, *, settings, backend, before_pass):
        found = []
        for pixels in images:
            height, width = pixels.shape[:2]
            classes = np.zeros((height, width), np.int16)
            classes[height // 2 :] = 1
            found.append(
                PixelPrediction(
                    classes, np.full((height, width), 0.75, np.float32), np.full((height, width), 0.25, np.float32)
                )
            )
        return found

    pixel_model = SimpleNamespace(settings=SimpleNamespace(task="semantic"))
    monkeypatch.setattr(segmodels.segmenting, "predict", predict)
    monkeypatch.setattr(backends, "load", lambda model: backends.LoadedModel(pixel_model, None))


def test_many_images_are_cut_into_chunks(project, alice, add_image, make_model, made_up_network, run_job, monkeypatch):
    monkeypatch.setattr(predictions, "CHUNK_IMAGES", 2)
    for seed in range(5):
        add_image(seed)
    job = run_job(predictions.start_predictions(project=project, user=alice, model=make_model()))
    assert (job.state, job.result, job.chunks.count()) == ("succeeded", {"images": 5}, 3)
    assert queue.state_counts(project)[State.PRELABELLED] == 5


def test_a_prediction_has_a_segment_per_stuff_class_and_object_with_its_confidence(
    project, alice, add_image, make_model, made_up_network, run_job
):
    image = add_image(1)
    run_job(predictions.start_predictions(project=project, user=alice, model=make_model()))
    sky, cell = (project.classes.get(name=name).pk for name in ("Sky", "Cell"))
    row = Prediction.objects.get(image=image)
    assert [(s["class"], s["score"], s["pixels"], s["source"]) for s in row.segments] == [
        (sky, 0.75, 24 * 64, "model"),
        (cell, 0.75, 24 * 64, "model"),
    ]
    assert (row.mean_entropy, row.mean_confidence) == (pytest.approx(0.25), pytest.approx(0.75))


def test_an_image_that_was_begun_meanwhile_keeps_its_state(
    project, alice, add_image, make_model, made_up_network, run_job, label
):
    image = add_image(1)
    job = predictions.start_predictions(project=project, user=alice, model=make_model(), scope=[image.pk])
    label(image, alice)
    run_job(job)
    image.refresh_from_db()
    assert (image.state, image.head, image.predictions.count()) == ("in_progress", 1, 1)


def test_an_image_that_was_deleted_meanwhile_does_not_fail_the_others(
    project, alice, add_image, make_model, made_up_network, run_job, monkeypatch
):
    gone, kept = add_image(1), add_image(2)
    job = predictions.start_predictions(project=project, user=alice, model=make_model())
    load = backends.load

    def delete_then_load(version):
        Image.objects.filter(pk=gone.pk).delete()
        return load(version)

    monkeypatch.setattr(backends, "load", delete_then_load)
    assert (run_job(job).state, kept.predictions.count()) == ("succeeded", 1)


def test_nothing_waits_is_done_at_once(project, alice, make_model, run_job):
    assert run_job(predictions.start_predictions(project=project, user=alice, model=make_model())).result == {
        "images": 0
    }


def test_predicting_without_a_model_says_what_to_do(project, alice):
    with pytest.raises(ServiceError, match="Train one first"):
        predictions.start_predictions(project=project, user=alice)


@pytest.mark.parametrize("scope", [[-1], [0], [99999], [10**40], range(300_000)])
def test_an_image_that_the_project_does_not_have_is_refused(project, alice, make_model, scope):
    with pytest.raises(ServiceError, match="has no image"):
        predictions.start_predictions(project=project, user=alice, model=make_model(), scope=scope)


def test_another_strategy_orders_the_waiting_images_anew(project, alice, add_image, make_model, predict):
    sure, unsure = add_image(1), add_image(2)
    model = make_model()
    predict(sure, model, entropy=0.1), predict(unsure, model, entropy=0.9)
    queue.choose_strategy(project=project, strategy="random")
    by_chance = dict(project.images.values_list("pk", "priority"))
    queue.choose_strategy(project=project, strategy="entropy")
    assert Image.objects.get(pk=unsure.pk).priority == pytest.approx(0.9)
    assert Image.objects.get(pk=sure.pk).priority == pytest.approx(0.1)
    assert by_chance[unsure.pk] != pytest.approx(0.9)
    with pytest.raises(ServiceError, match="not one of"):
        queue.choose_strategy(project=project, strategy="hope")


@pytest.mark.django_db(transaction=True)
def test_asking_again_in_another_way_predicts_again(project, alice, add_image, accepted, run_job):
    model = _trained(project, alice, run_job)
    image = add_image(10)

    def predict(**settings):
        run_job(
            predictions.start_predictions(project=project, user=alice, model=model, scope=[image.pk], settings=settings)
        )
        row = image.predictions.get()
        return row.created, row.settings["mode"]

    first, again, tiles = predict(), predict(), predict(mode="tiles")
    assert first == again
    assert (first[1], tiles[1]) == ("resize", "tiles")
    assert tiles[0] > first[0]


@pytest.mark.parametrize(("architecture", "field"), [("mask_rcnn", "flips"), ("unet", "mc_samples")])
def test_what_a_model_cannot_do_is_refused_when_asked_for_and_left_out_when_a_default(
    project, alice, make_model, architecture, field
):
    model = make_model()
    model.architecture, model.settings = architecture, {"architecture_options": {}}
    model.save()
    value = ["both"] if field == "flips" else 5
    with pytest.raises(ServiceError, match=field):
        predictions.start_predictions(project=project, user=alice, model=model, settings={field: value})
    project.prediction_settings = {field: value, "overlap": 0.5}
    job = predictions.start_predictions(project=project, user=alice, model=model)
    assert not job.arguments["settings"][field]
    assert job.arguments["settings"]["overlap"] == 0.5


@pytest.mark.django_db(transaction=True)
def test_a_cancelled_chunk_keeps_what_was_computed(
    project, alice, add_image, make_model, made_up_network, run_job, monkeypatch
):
    monkeypatch.setattr(predicting, "BATCH_IMAGES", 1)
    images = [add_image(seed) for seed in range(3)]
    told = []

    def cancel_before_the_third(handle, progress, message="", *, now=False):
        told.append(message)
        if len(told) == 3:
            raise jobs.Cancelled

    monkeypatch.setattr(jobs.JobHandle, "report", cancel_before_the_third)
    run_job(predictions.start_predictions(project=project, user=alice, model=make_model()))
    assert [image.predictions.count() for image in images] == [1, 1, 0]


@pytest.mark.django_db(transaction=True)
def test_a_backend_that_another_host_measured_and_this_one_lacks_is_measured_anew(
    project, alice, add_image, accepted, run_job, monkeypatch
):
    model = _trained(project, alice, run_job)
    model.backends.create(machine=backends.machine(), name="unheard-of", choice={})
    monkeypatch.setitem(registry.BACKENDS, "unheard-of", _lacking)
    add_image(10)
    backends._loaded.clear()
    assert backends.load(model).backend is None
    monkeypatch.setattr(backends, "MEASURE_FROM_IMAGES", 1)
    assert run_job(predictions.start_predictions(project=project, user=alice, model=model)).state == "succeeded"
    assert model.backends.get().name in ("eager", "openvino", "openvino-bf16")


def _lacking(model):
    raise registry.BackendUnavailable("unheard-of", "not on this host")


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


@pytest.mark.django_db(transaction=True)
def test_a_large_image_in_many_tiles_is_cancelled_between_passes(
    project, alice, add_image, accepted, run_job, monkeypatch
):
    model = _trained(project, alice, run_job)
    image = add_image(10, width=300, height=300)
    asked = []

    def cancelled_at_the_third(handle):
        asked.append(handle)
        if len(asked) == 3:
            raise jobs.Cancelled

    job = predictions.start_predictions(
        project=project, user=alice, model=model, scope=[image.pk],
        settings={"mode": "tiles", "tile_size": [16, 16], "overlap": 0.5},
    )  # fmt: skip
    monkeypatch.setattr(jobs.JobHandle, "report", lambda *given, **named: None)
    monkeypatch.setattr(jobs.JobHandle, "check", cancelled_at_the_third)
    run_job(job)
    assert (job.chunks.get().state, len(asked), image.predictions.count()) == ("cancelled", 3, 0)


def test_a_run_takes_over_the_encoder_of_the_model_it_starts_from(project, alice, accepted, make_model):
    model = make_model()
    model.settings = {"encoder": "mobilenet_v2"}
    model.save()
    settings = {**TINY, "encoder": "auto", "encoder_weights": str(model.pk)}
    run = training.start_training(project=project, user=alice, settings=settings)
    assert (run.settings["encoder"], run.initial_model) == ("mobilenet_v2", model)
    with pytest.raises(ServiceError, match="needs its encoder, mobilenet_v2; resnet18 was asked for"):
        training.start_training(project=project, user=alice, settings={**settings, "encoder": "resnet18"})


def test_a_model_that_is_being_measured_is_not_measured_twice(project, alice, make_model):
    model = make_model()
    job = backends.start_measuring_backends(project=project, user=alice, model=model)
    with pytest.raises(ServiceError, match="being measured already"):
        backends.start_measuring_backends(project=project, user=alice, model=model)
    Job.objects.filter(pk=job.pk).update(state="succeeded")
    backends.start_measuring_backends(project=project, user=alice, model=model)

"""Pre-labelling: how it is asked for, how images are predicted, how a model runs fastest."""

from types import SimpleNamespace

import numpy as np
import pytest

from annotator import storage
from annotator.labelmap import LabelTiff
from annotator.models import Image, Job, ModelVersion, Prediction
from annotator.services import (
    backends,
    jobs,
    predicting,
    predictions,
    projects,
    queue,
    training,
)
from annotator.services.errors import ServiceError
from annotator.workflow import State
from segmodels.backends import registry
from tests.conftest import seen_by
from tests.services.tiny_training import TINY


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    monkeypatch.setattr(jobs.app, "send_task", lambda *args, **kwargs: None)


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


def test_a_model_that_is_being_measured_is_not_measured_twice(project, alice, make_model):
    model = make_model()
    job = backends.start_measuring_backends(project=project, user=alice, model=model)
    with pytest.raises(ServiceError, match="being measured already"):
        backends.start_measuring_backends(project=project, user=alice, model=model)
    Job.objects.filter(pk=job.pk).update(state="succeeded")
    backends.start_measuring_backends(project=project, user=alice, model=model)

"""What happens by itself after enough accepted images."""

import pytest

from annotator.models import Image, Job, TrainingRun
from annotator.services import automation, jobs
from tests.conftest import seen_by


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    monkeypatch.setattr(jobs.app, "send_task", lambda *args, **kwargs: None)


@pytest.fixture
def project(project):
    project.retrain_after = 2
    project.training_settings = {"encoder_weights": "none", "epochs": 3}
    project.save()
    return project


def test_training_starts_with_the_nth_newly_accepted_image(project, add_image, accept, alice):
    accept(add_image(1, split="train"), alice)
    assert not TrainingRun.objects.exists()
    accept(add_image(2, split="train"), alice)
    run = TrainingRun.objects.get()
    assert (run.settings["epochs"], run.snapshot.items.count()) == (3, 2)


def test_while_a_training_is_under_way_none_is_started(project, add_image, accept, alice):
    for seed in range(1, 6):
        accept(add_image(seed, split="train"), alice)
    assert TrainingRun.objects.count() == 1
    Job.objects.update(state="succeeded")
    accept(add_image(6, split="train"), alice)
    assert TrainingRun.objects.count() == 2


def test_counting_begins_anew_with_each_training(project, add_image, accept, alice):
    accept(add_image(1, split="train"), alice), accept(add_image(2, split="train"), alice)
    Job.objects.update(state="succeeded")
    accept(add_image(3, split="train"), alice)
    assert automation.accepted_since_training(project) == 1
    assert TrainingRun.objects.count() == 1


def test_zero_switches_it_off(project, add_image, accept, alice):
    project.retrain_after = 0
    project.save()
    accept(add_image(1, split="train"), alice), accept(add_image(2, split="train"), alice)
    assert not TrainingRun.objects.exists()


@pytest.mark.parametrize("trouble", ["settings", "split"])
def test_an_acceptance_stands_where_training_cannot_start(project, add_image, accept, alice, trouble):
    if trouble == "settings":
        project.training_settings = {"epochs": -1}
        project.save()
    split = "train" if trouble == "settings" else "val"
    images = [add_image(seed, split=split) for seed in (1, 2)]
    for image in images:
        accept(image, alice)
    assert set(Image.objects.values_list("state", flat=True)) == {"accepted"}
    assert seen_by(alice, images[1]).state == "accepted"
    assert not TrainingRun.objects.exists()

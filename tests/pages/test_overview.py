"""The loop as a picture and the one next thing to do."""

import json
import re

import pytest
from django.urls import reverse

from annotator.models import ImageEvent, Job
from annotator.services.overview import FIRST_TRAINING_IMAGES, Loop, Task, next_step
from annotator.workflow import Role, State


def loop(role=Role.OWNER, *, promoted=None, newest=None, run=None, is_predicting=False, **more):
    counts = {state: more.pop(state.value, 0) for state in State}
    values = {"accepted_since": 0, "returned_to_me": 0, "begun_by_me": 0} | more
    return Loop(counts, promoted, newest, run, is_predicting, role=role, **values)


def test_an_empty_project_asks_for_images():
    step = next_step(loop())
    assert step.task is Task.IMPORT


def test_an_annotator_of_an_empty_project_is_told_who_imports():
    step = next_step(loop(Role.ANNOTATOR))
    assert step.task is Task.LOOK
    assert "manager" in step.detail


def test_before_the_first_model_it_counts_the_images_that_are_missing():
    step = next_step(loop(new=50, accepted=3, submitted=1))
    assert step.title == f"Label {FIRST_TRAINING_IMAGES - 4} more images to train the first model"


def test_submitted_images_are_reviewed_before_the_first_training():
    step = next_step(loop(new=50, accepted=3, submitted=5))
    assert (step.task, step.title) == (Task.REVIEW, "Review 5 submitted images")


def test_enough_accepted_images_train_the_first_model():
    assert next_step(loop(new=50, accepted=FIRST_TRAINING_IMAGES, submitted=5)).task is Task.TRAIN


def test_a_project_with_few_images_trains_when_all_of_them_are_accepted():
    assert next_step(loop(accepted=3)).task is Task.TRAIN


def test_an_annotator_goes_on_labelling_where_a_manager_would_train():
    assert next_step(loop(Role.ANNOTATOR, new=50, accepted=20)).task is Task.LABEL


def test_the_first_training_is_watched(make_run):
    step = next_step(loop(new=50, accepted=20, run=make_run()))
    assert step.task is Task.WATCH and step.run.number == 1


def test_a_model_is_promoted_when_none_is(make_model):
    model = make_model()
    step = next_step(loop(new=50, accepted=20, newest=model))
    assert step.task is Task.PROMOTE and step.model == model


def test_a_better_model_is_promoted_and_a_worse_one_is_not(make_model):
    first, second = make_model(0.5), make_model(0.6)
    assert next_step(loop(new=5, accepted=20, newest=second, promoted=first)).task is Task.PROMOTE
    worse = make_model(0.4)
    assert next_step(loop(new=5, accepted=20, newest=worse, promoted=second)).task is Task.PRELABEL


def test_waiting_images_are_prelabelled_once(make_model):
    model = make_model()
    step = next_step(loop(new=12, accepted=20, newest=model, promoted=model))
    assert step.title == "Pre-label 12 waiting images with v1"
    again = next_step(loop(new=12, accepted=20, newest=model, promoted=model, is_predicting=True))
    assert again.task is Task.LABEL


def test_retraining_waits_for_a_fifth_more_labels(make_model):
    model = make_model(training_images=100)
    few = loop(prelabelled=5, accepted=115, accepted_since=19, newest=model, promoted=model)
    assert next_step(few).task is Task.LABEL
    enough = loop(prelabelled=5, accepted=120, accepted_since=20, newest=model, promoted=model)
    assert next_step(enough).title == "Retrain: 20 new labels since v1"


def test_returned_images_come_before_other_labelling(make_model):
    model = make_model()
    step = next_step(loop(Role.ANNOTATOR, prelabelled=5, returned=2, returned_to_me=1, newest=model, promoted=model))
    assert step.title == "Correct 1 returned image"


def test_work_of_others_is_not_offered(make_model):
    model = make_model()
    step = next_step(loop(Role.ANNOTATOR, in_progress=3, returned=2, newest=model, promoted=model))
    assert step.task is Task.LOOK


def test_a_finished_project_is_exported(make_model):
    model = make_model()
    assert next_step(loop(accepted=30, newest=model, promoted=model)).task is Task.EXPORT


@pytest.mark.parametrize("role", list(Role))
def test_every_role_gets_a_step_in_every_situation(role, make_model, make_run):
    model, run = make_model(), make_run()
    for newest in (None, model):
        for under_way in (None, run):
            for state in State:
                step = next_step(loop(role, newest=newest, promoted=newest, run=under_way, **{state.value: 3}))
                assert step.title and step.detail


def test_the_page_shows_counts_and_links_to_the_images_behind_them(as_user, alice, project, add_image, accept):
    accept(add_image(0), alice)
    add_image(1)
    html = as_user(alice).get(reverse("overview", args=[project.pk])).content.decode()
    assert "2 images in the loop" in html
    link = f"{reverse('images', args=[project.pk])}?state=accepted"
    assert re.search(rf'<a href="{re.escape(link)}">\s*<span class="count">1</span>', html)


def test_the_page_shows_the_promoted_model_and_its_change(as_user, alice, project, make_model):
    make_model(0.5)
    project.promoted_model = make_model(0.575)
    project.save()
    html = as_user(alice).get(reverse("overview", args=[project.pk])).content.decode()
    assert "57.5 %" in html
    assert "+7.5 points" in html and "since v1" in html
    curve = json.loads(re.search(r'id="learning-curve-data"[^>]*>(.*?)</script>', html).group(1))
    assert [(point["version"], point["score"]) for point in curve] == [("v1", 0.5), ("v2", 0.575)]


def test_only_images_accepted_after_the_snapshot_count_as_new(as_user, alice, project, add_image, accept, make_model):
    accept(add_image(0), alice)
    model = make_model()
    ImageEvent.objects.update(at=model.snapshot.created.replace(year=2000))
    accept(add_image(1), alice)
    project.promoted_model = model
    project.save()
    html = as_user(alice).get(reverse("overview", args=[project.pk])).content.decode()
    assert "<dt>Accepted since v1</dt><dd>1</dd>" in html


def test_prelabelling_starts_from_the_button(as_user, alice, project, add_image, make_model):
    add_image()
    project.promoted_model = make_model()
    project.save()
    response = as_user(alice).post(reverse("prelabel", args=[project.pk]))
    assert response.url == reverse("overview", args=[project.pk])
    assert Job.objects.filter(project=project, kind="predict", state="queued").count() == 1


def test_what_runs_is_shown_live_and_its_end_brings_the_whole_page_anew(as_user, alice, project, make_run):
    alice.tour_seen = True
    alice.save()
    run = make_run()
    client, address = as_user(alice), reverse("overview", args=[project.pk])
    html = client.get(address).content.decode()
    assert "Running now" in html and reverse("run", args=[run.pk]) in html and "every 2s" in html
    part = client.get(address, headers={"HX-Request": "true"})
    assert 'id="overview-live"' in part.content.decode() and "<html" not in part.content.decode()
    run.job.state = "succeeded"
    run.job.save()
    assert client.get(address, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    assert "every 2s" not in client.get(address).content.decode()

"""Runs, models, training from the browser, comparison, promotion."""

import json
import re

import pytest
from django.urls import reverse

from annotator.models import Project, TrainingRun
from annotator.templatetags.maskloop import setting_value
from tests.pages.conftest import told


def test_one_click_trains_with_the_defaults(as_user, alice, project, add_image, accept):
    accept(add_image(0), alice)
    project.images.update(split="train")
    response = as_user(alice).post(reverse("models", args=[project.pk]))
    run = TrainingRun.objects.get()
    assert response.url == reverse("run", args=[run.pk])
    assert run.settings["architecture"] == "unet" and run.settings["encoder_weights"] == "imagenet"
    assert run.job.state == "queued"


def form_data(client, project, **changes):
    """What a browser would send of the training form."""
    form = client.get(reverse("models", args=[project.pk])).context["form"]
    data = {form.add_prefix(name): form[name].value() for name in form.fields}
    filled = {name: value for name, value in data.items() if value is not None and value is not False}
    return filled | {"configured": "yes"} | {f"train-{name}": value for name, value in changes.items()}


def test_chosen_settings_reach_the_run(as_user, alice, project, add_image, accept, make_model):
    accept(add_image(0), alice)
    project.images.update(split="train")
    model, client = make_model(), as_user(alice)
    data = form_data(
        client,
        project,
        architecture="fpn",
        image_height=96,
        image_width=128,
        epochs=3,
        learning_rate="0.0005",
        seed=11,
        encoder_weights=model.pk,
    )
    client.post(reverse("models", args=[project.pk]), data)
    run = TrainingRun.objects.get(number=2)
    assert run.settings["architecture"] == "fpn"
    assert run.settings["image_size"] == [96, 128]
    assert (run.settings["epochs"], run.settings["learning_rate"], run.settings["seed"]) == (3, 0.0005, 11)
    assert run.initial_model == model


def test_a_setting_out_of_range_starts_nothing_and_is_told_at_the_form(as_user, alice, project, add_image, accept):
    accept(add_image(0), alice)
    project.images.update(split="train")
    client = as_user(alice)
    response = client.post(reverse("models", args=[project.pk]), form_data(client, project, learning_rate=7))
    assert response.status_code == 422
    assert "learning_rate" in response.content.decode()
    assert not TrainingRun.objects.exists()


def test_training_without_accepted_images_says_what_is_missing(as_user, alice, project):
    client = as_user(alice)
    assert "none is accepted yet" in client.get(reverse("models", args=[project.pk])).content.decode()
    assert "No accepted image to train on" in told(client.post(reverse("models", args=[project.pk])))


def test_the_list_shows_runs_newest_first_with_their_state(as_user, vera, project, make_model, make_run):
    make_model(0.5)
    make_run("failed")
    make_run("running")
    html = as_user(vera).get(reverse("models", args=[project.pk])).content.decode()
    assert re.findall(r">(Run \d)<", html) == ["Run 3", "Run 2", "Run 1"]
    assert "failed" in html and "50.0 %" in html
    assert "Promote" not in html


def test_the_list_is_live_only_while_something_runs(as_user, alice, project, make_model, make_run):
    client, address = as_user(alice), reverse("models", args=[project.pk])
    make_model()
    assert "every 2s" not in client.get(address).content.decode()
    run = make_run("running")
    assert "every 2s" in client.get(address).content.decode()
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert 'id="runs"' in part and "<html" not in part
    run.job.state = "succeeded"
    run.job.save()
    assert "every 2s" not in client.get(address, headers={"HX-Request": "true"}).content.decode()


@pytest.mark.parametrize("number", [1, 5])
def test_the_number_of_queries_does_not_grow_with_the_runs(
    number, as_user, alice, project, make_model, django_assert_max_num_queries
):
    for _ in range(number):
        make_model()
    client = as_user(alice)
    with django_assert_max_num_queries(15):
        client.get(reverse("models", args=[project.pk]))


def test_a_run_shows_its_curves_and_scores(as_user, vera, make_run):
    html = as_user(vera).get(reverse("run", args=[make_run().pk])).content.decode()
    curves = json.loads(re.search(r'id="run-curves"[^>]*>(.*?)</script>', html).group(1))
    assert curves["steps"] == [[1, 0.9], [2, 0.6]]
    assert curves["epochs"] == [
        {"epoch": 1, "step": 2, "train_loss": 0.75, "val_loss": 0.8, "score": 0.625, "is_best": True}
    ]
    assert "87.5 %" in html
    assert "64 × 64" in html


def test_a_running_run_is_polled_and_can_be_cancelled_by_managers_only(as_user, alice, vera, make_run):
    run = make_run()
    address = reverse("run", args=[run.pk])
    html = as_user(alice).get(address).content.decode()
    assert "every 1s" in html and reverse("job-cancel", args=[run.job_id]) in html
    assert reverse("job-cancel", args=[run.job_id]) not in as_user(vera).get(address).content.decode()
    part = as_user(alice).get(address, headers={"HX-Request": "true"}).content.decode()
    assert 'id="run-live"' in part and 'hx-swap-oob="true"' in part


def test_a_failed_run_tells_why(as_user, alice, make_run):
    html = as_user(alice).get(reverse("run", args=[make_run("failed").pk])).content.decode()
    assert "Out of memory. Lower the batch size." in html
    assert "every 1s" not in html


def test_an_epoch_under_way_is_not_drawn_as_an_epoch(make_run):
    from annotator.models import EpochMetric
    from annotator.pages.curves import run_curves

    run = make_run()
    EpochMetric.objects.create(run=run, epoch=2, train_loss=0.5, seconds=0, step_losses=[[3, 0.5]], finished=False)
    curves = run_curves(list(run.epochs.all()))
    assert [epoch["epoch"] for epoch in curves["epochs"]] == [1]
    assert curves["steps"][-1] == [3, 0.5]


def test_a_long_run_is_thinned_to_what_a_screen_can_show(make_run):
    from annotator.models import EpochMetric
    from annotator.pages.curves import MOST_STEPS_SHOWN, run_curves

    run = make_run()
    losses = [[step, 1.0] for step in range(5000)]
    EpochMetric.objects.create(run=run, epoch=2, train_loss=0.5, seconds=0, step_losses=losses, finished=False)
    assert len(run_curves(list(run.epochs.all()))["steps"]) <= MOST_STEPS_SHOWN


def test_a_model_page_shows_where_the_model_came_from(as_user, vera, make_model):
    model = make_model(0.5)
    html = as_user(vera).get(reverse("model", args=[model.pk])).content.decode()
    for fact in ("Run 1", "10 images", "3.4 million", "<dd>7</dd>", "12 s", model.snapshot.digest):
        assert fact in html


def test_promoting_makes_the_model_the_one_that_prelabels(as_user, alice, project, make_model):
    model = make_model()
    response = as_user(alice).post(reverse("promote", args=[model.pk]))
    assert Project.objects.get().promoted_model == model
    assert "v1 is promoted" in told(response)


def test_two_models_are_compared_by_class_and_setting(as_user, vera, project, make_model):
    a, b = make_model(0.5, epochs=2), make_model(0.625, epochs=9)
    html = as_user(vera).get(reverse("compare", args=[project.pk]), {"a": a.pk, "b": b.pk}).content.decode()
    assert "+12.5 points" in html
    assert re.search(r'class="differs"><td>Epochs</td><td>2</td><td>9</td>', html)
    assert not re.search(r'class="differs"><td>Architecture', html)


def test_a_model_of_another_project_cannot_be_compared(as_user, alice, project, make_model):
    make_model()
    address = reverse("compare", args=[project.pk])
    assert as_user(alice).get(address, {"a": 999, "b": 998}).status_code == 404
    assert "Two models are needed" in as_user(alice).get(address).content.decode()


def test_models_with_different_scores_are_not_subtracted_from_each_other(as_user, vera, project, make_model):
    a, b = make_model(0.5), make_model(0.625)
    b.score_name, b.score = "mask_ap", 0.375
    b.save()
    page = as_user(vera).get(reverse("compare", args=[project.pk]), {"a": a.pk, "b": b.pk})
    rows = [(row["name"], row["a"], row["b"], row["change"]) for row in page.context["totals"]]
    assert rows == [("validation mIoU", 0.5, 0.625, 0.125), ("validation mask AP", None, 0.375, None)]


def test_options_of_the_architecture_are_compared_one_by_one(as_user, vera, project, make_model):
    a = make_model(architecture_options={"depth": 5, "attention": "none"})
    b = make_model(architecture_options={"depth": 4, "attention": "none"})
    html = as_user(vera).get(reverse("compare", args=[project.pk]), {"a": a.pk, "b": b.pk}).content.decode()
    assert re.search(r'class="differs"><td>Option: depth</td><td>5</td><td>4</td>', html)
    assert "<tr><td>Option: attention</td>" in html


def test_scores_are_shown_under_their_own_name(as_user, vera, project, make_model):
    model = make_model(0.5)
    model.score_name, model.score = "mask_ap", 0.375
    model.save()
    client = as_user(vera)
    for page in (reverse("model", args=[model.pk]), reverse("run", args=[model.run_id])):
        html = client.get(page).content.decode()
        assert re.search(r"37\.5 %</strong><span[^>]*>validation mask AP", html), page
    listed = client.get(reverse("models", args=[project.pk])).content.decode()
    assert re.search(r"37\.5 % <span[^>]*>mask AP<", listed)


def test_the_chart_of_an_instance_model_shows_mask_ap(as_user, vera, make_run):
    run = make_run(architecture="mask_rcnn")
    run.epochs.update(mask_ap=0.25, mask_ap50=0.5, val_loss=None)
    page = as_user(vera).get(reverse("run", args=[run.pk]))
    assert ">Validation mask AP</h2>" in page.content.decode()
    assert page.context["curves"]["score"] == "validation mask AP"
    assert [epoch["score"] for epoch in page.context["curves"]["epochs"]] == [0.25]


def test_the_best_epoch_is_told_in_several_scores_with_their_meaning(as_user, vera, make_run):
    run = make_run()
    run.epochs.update(class_accuracy=0.7, dice=0.75, boundary_miou=0.375)
    page = as_user(vera).get(reverse("run", args=[run.pk]))
    shown = {figure["title"]: figure["value"] for figure in page.context["figures"]}
    assert shown == {"mIoU": 0.625, "Dice": 0.75, "Class accuracy": 0.7, "Boundary mIoU": 0.375}
    assert re.search(r'title="[^"]+"><dt>Boundary mIoU</dt><dd>37\.5 %', page.content.decode())


def test_settings_read_as_people_write_them():
    assert setting_value({"decoder_channels": 256, "attention": None}) == "decoder channels 256, attention automatic"
    assert setting_value([224, 288]) == "224 × 288"

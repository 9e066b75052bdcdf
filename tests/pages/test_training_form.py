"""The training form: architectures with diagrams and options, and refusals told where they belong."""

import re

import pytest
from django.urls import reverse

from annotator.models import TrainingRun
from annotator.pages.architecture_choices import OptionsForm, architecture_choices
from annotator.pages.diagrams import BOX, draw
from annotator.pages.training_form import encoder_title
from segmodels.catalogue import ARCHITECTURE_CARDS, ENCODERS
from segmodels.diagrams import Diagram, Edge, Stage
from tests.pages.test_models import form_data


@pytest.fixture
def train(as_user, alice, project, add_image, accept):
    """train(**fields): post the form as a browser would, with these changes; returns the answer."""
    accept(add_image(0), alice)
    project.images.update(split="train")
    client = as_user(alice)

    def post(options=None, **changes):
        data = form_data(client, project, **changes) | (options or {})
        return client.post(reverse("models", args=[project.pk]), data)

    return post


def errors_at(response, field):
    """The messages beside one field of the answered page."""
    html = response.content.decode()
    part = re.search(rf'<div class="field">(?:(?!<div class="field">).)*name="{field}".*?</div>\s*</div>', html, re.S)
    assert part, field
    return re.findall(r'<p class="error">(.*?)</p>', part.group(0))


def test_every_architecture_is_offered_with_its_diagram_and_description(as_user, alice, project):
    html = as_user(alice).get(reverse("models", args=[project.pk])).content.decode()
    for card in ARCHITECTURE_CARDS.values():
        assert f'id="diagram-{card.name}"' in html
        assert f"<title>Data flow of {card.title}," in html
        assert card.paper in html
    assert html.count('class="architecture-card"') == len(ARCHITECTURE_CARDS)


def test_only_the_options_of_the_chosen_architecture_reach_the_run(train):
    train({"option-fpn-dropout": "0.3", "option-fpn-merge": "cat", "option-unet-depth": "4"}, architecture="fpn")
    settings = TrainingRun.objects.get().settings
    assert settings["architecture_options"] == {"depth": 5, "dropout": 0.3, "merge": "cat"}


def test_a_wrong_option_of_another_architecture_is_not_in_the_way(train):
    train({"option-unet-depth": "rubbish"}, architecture="fpn")
    assert TrainingRun.objects.get().settings["architecture"] == "fpn"


def test_choices_keep_their_type(train):
    train({"option-deeplabv3plus-output_stride": "8"}, architecture="deeplabv3plus")
    assert TrainingRun.objects.get().settings["architecture_options"]["output_stride"] == 8


@pytest.mark.parametrize("value", ["9", "many"])
def test_an_option_out_of_bounds_is_told_at_the_option(train, value):
    response = train({"option-unet-depth": value})
    assert response.status_code == 422 and not TrainingRun.objects.exists()
    assert errors_at(response, "option-unet-depth")
    assert "No run was started" in response.content.decode()


def test_an_encoder_that_the_architecture_cannot_take_is_told_at_the_encoder(train):
    response = train(architecture="segnet", encoder="resnet18")
    assert response.status_code == 422 and not TrainingRun.objects.exists()
    assert errors_at(response, "train-encoder") == ["segnet cannot take resnet18; it takes vgg16_bn."]


def test_an_option_that_does_not_go_with_the_encoder_is_told_at_the_option(train):
    response = train({"option-unet-depth": "4"}, encoder="mit_b0")
    assert errors_at(response, "option-unet-depth") == ["mit_b0 has all of its 5 stages or none."]


@pytest.mark.parametrize("architecture", ["unet", "mask_rcnn"])
def test_an_empty_learning_rate_is_that_of_the_architectures_recipe(train, project, architecture):
    project.classes.update(kind="thing")
    train(architecture=architecture)
    expected = dict(ARCHITECTURE_CARDS[architecture].recipe).get("learning_rate", 3e-3)
    assert TrainingRun.objects.get().settings["learning_rate"] == expected


def test_advanced_settings_reach_the_run(train):
    chosen = {"optimiser": "sgd", "schedule": "poly", "weight_decay": 0.001, "average_decay": 0.99}
    chosen |= {"class_balance": 0.25, "blur": 0.1, "elastic": 0.2, "micro_batch_size": 2}
    train(**chosen)
    assert TrainingRun.objects.get().settings.items() >= chosen.items()


def test_an_advanced_setting_out_of_range_opens_its_fold(train):
    response = train(blur=3)
    assert errors_at(response, "train-blur")
    assert response.context["form"].has_advanced_errors


def test_the_projects_own_options_are_what_the_form_starts_from(as_user, alice, project):
    project.training_settings = {"architecture": "fpn", "architecture_options": {"merge": "cat"}}
    project.save()
    form = as_user(alice).get(reverse("models", args=[project.pk])).context["form"]
    assert form.options["fpn"]["option-fpn-merge"].value() == "cat"
    assert form.options["unet"]["option-unet-depth"].value() == 5


def test_an_encoder_without_weights_does_not_promise_any():
    assert encoder_title(ENCODERS["plain"]).endswith("random weights")
    assert encoder_title(ENCODERS["resnet50"]).endswith("weights to be fetched")


@pytest.mark.parametrize("name", ARCHITECTURE_CARDS)
def test_every_stage_and_edge_of_an_architecture_is_drawn_inside_the_picture(name):
    diagram = ARCHITECTURE_CARDS[name].diagram
    drawing = draw(diagram)
    left, top, width, height = map(float, drawing.view_box.split())
    assert len(drawing.boxes) == len(diagram.stages) and len(drawing.lines) == len(diagram.edges)
    for box in drawing.boxes:
        assert left <= box.x <= left + width - BOX and top <= box.y <= top + height - BOX


def test_a_skip_over_a_stage_of_its_row_is_drawn_as_an_arc_and_one_over_free_cells_straight():
    row = [Stage(name, name, column, 1, "encoder") for column, name in enumerate("abc")]
    (over,) = draw(Diagram(tuple(row), (Edge("a", "c", "sum"),))).lines
    (free,) = draw(Diagram((row[0], row[2]), (Edge("a", "c", "sum"),))).lines
    assert "Q" in over.path and "H" in free.path


def test_costs_are_shown_beside_those_of_unet():
    choices = architecture_choices({name: OptionsForm(card) for name, card in ARCHITECTURE_CARDS.items()})
    by_name = {choice.card.name: choice for choice in choices}
    unet, pspnet = by_name["unet"].speed, by_name["pspnet"].speed
    assert unet.share == unet.mark and unet.ratio == 1.0
    assert pspnet.share / unet.share == pytest.approx(pspnet.ratio)
    assert max(choice.speed.share for choice in choices if choice.speed) == 1.0

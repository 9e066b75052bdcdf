"""How fast a model runs on this site: shown by machine, measured again on request."""

import re

import pytest
from django.urls import reverse

from annotator.models import Job, MeasuredBackend
from segmodels.backends.figures import BackendChoice, BackendFigures
from tests.pages.conftest import told

FIGURES = (
    BackendFigures("eager", 0.04, 1.0, 70.0, 0.0, 1.0, 0.1),
    BackendFigures("openvino", 0.01, 4.0, 70.1, 0.1, 0.999, 3.5),
    BackendFigures("openvino-bf16", 0.008, 5.0, 68.0, -2.0, 0.9, 3.6),
    BackendFigures("compiled-bf16", reason="this processor has no bfloat16"),
)


@pytest.fixture
def measured(make_model):
    """A model that was measured on one machine."""
    choice = BackendChoice("openvino", "Made-up processor", 2, (64, 96), 4, 8, "labels", FIGURES)
    model = make_model()
    MeasuredBackend.objects.create(
        model=model, machine="Made-up processor, 2 threads", name="openvino", choice=choice.to_dict()
    )
    return model


def test_every_backend_is_shown_with_its_speed_and_what_became_of_the_scores(as_user, vera, measured):
    html = as_user(vera).get(reverse("model", args=[measured.pk])).content.decode()
    rows = re.findall(
        r'<th scope="row"[^>]*>(\S+?)(?: <span class="tag[^>]*>(kept)</span>)?</th>(.*?)</tr>', html, re.S
    )
    assert [(name, kept) for name, kept, _ in rows] == [
        ("openvino-bf16", ""), ("openvino", "kept"), ("eager", ""), ("compiled-bf16", ""),
    ]  # fmt: skip
    assert "Made-up processor, 2 threads" in html and "64 × 96" in html
    assert "width: 80.00%" in rows[1][2] and "4.0×" in rows[1][2] and "10.0 ms" in rows[1][2]
    assert "+0.10 points" in rows[1][2] and "3.5 s" in rows[1][2]
    assert "−2.00 points" in rows[0][2] and "Too far from eager" in rows[0][2]
    assert "this processor has no bfloat16" in rows[3][2]


def test_a_model_that_was_not_measured_says_when_it_will_be(as_user, alice, vera, make_model):
    model = make_model()
    address = reverse("model", args=[model.pk])
    html = as_user(vera).get(address).content.decode()
    assert "measured when many images are pre-labelled" in html
    assert reverse("measure-backends", args=[model.pk]) not in html
    assert reverse("measure-backends", args=[model.pk]) in as_user(alice).get(address).content.decode()


def test_a_manager_has_the_backends_measured(as_user, alice, make_model):
    model = make_model()
    response = as_user(alice).post(reverse("measure-backends", args=[model.pk]))
    job = Job.objects.get(kind="measure_backends")
    assert response.url == reverse("job", args=[job.pk])
    assert job.arguments == {"model": model.pk} and job.requested_by == alice


def test_a_model_of_objects_has_nothing_to_measure_and_says_so(as_user, alice, make_model):
    model = make_model(architecture="mask_rcnn")
    client = as_user(alice)
    page = client.get(reverse("model", args=[model.pk])).content.decode()
    assert "nothing to measure" in page and reverse("measure-backends", args=[model.pk]) not in page
    assert "nothing to measure" in told(client.post(reverse("measure-backends", args=[model.pk])))
    assert not Job.objects.filter(kind="measure_backends").exists()


@pytest.mark.parametrize(("who", "status"), [("bob", 403), ("vera", 403), ("charlie", 404)])
def test_others_than_managers_cannot_start_a_measurement(as_user, make_model, who, status, request):
    user = request.getfixturevalue(who)
    assert as_user(user).post(reverse("measure-backends", args=[make_model().pk])).status_code == status

"""The cards of all projects, and a new project."""

import pytest
from django.urls import reverse

from annotator.models import Project
from annotator.services import projects


def test_the_list_shows_only_projects_of_this_person(as_user, project, bob, charlie):
    projects.create_project(user=charlie, name="Secret cells", task="semantic")
    html = as_user(bob).get("/").content.decode()
    assert "Clouds" in html
    assert "Secret cells" not in html


def test_a_card_tells_how_far_the_project_is(as_user, alice, project, add_image, accept):
    accept(add_image(0), alice)
    first = project.images.first()
    add_image(1)
    html = as_user(alice).get("/").content.decode()
    assert "1 of 2 accepted" in html
    assert "1 accepted, 1 new" in html
    assert f"/api/v1/images/{first.pk}/thumbnail" in html


def test_without_a_project_the_page_says_what_to_do(as_user, charlie):
    html = as_user(charlie).get("/").content.decode()
    assert "No project yet" in html
    assert reverse("project-new") in html


@pytest.mark.parametrize("number", [1, 6])
def test_the_number_of_queries_does_not_grow_with_the_projects(
    as_user, alice, number, django_assert_num_queries, add_image
):
    add_image()
    for index in range(number):
        projects.create_project(user=alice, name=f"Project {index}", task="semantic")
    client = as_user(alice)
    with django_assert_num_queries(4):  # session, user, projects, counts
        client.get("/")


def test_a_project_is_made_with_its_classes_in_order(as_user, charlie):
    data = {
        "name": "Leaves",
        "task": "instance",
        "row": ["new2", "new1"],
        "name-new1": "Leaf",
        "color-new1": "#00aa00",
        "kind-new1": "thing",
        "name-new2": "Soil",
        "color-new2": "#aa5500",
        "kind-new2": "stuff",
        "ignore-new2": "on",
    }
    response = as_user(charlie).post(reverse("project-new"), data)
    made = Project.objects.get(name="Leaves")
    assert response.url == reverse("overview", args=[made.pk])
    stored = list(made.classes.values_list("name", "kind", "ignore"))
    assert stored == [("Soil", "stuff", True), ("Leaf", "thing", False)]


def test_a_wrong_class_makes_no_project_and_keeps_what_was_typed(as_user, charlie):
    data = {"name": "Leaves", "task": "semantic", "row": ["a", "b"], "name-a": "Leaf", "name-b": "Leaf"}
    response = as_user(charlie).post(reverse("project-new"), data)
    assert response.status_code == 422
    html = response.content.decode()
    assert "Two classes have the name Leaf" in html
    assert 'value="Leaves"' in html and html.count('value="Leaf"') == 2
    assert not Project.objects.exists()

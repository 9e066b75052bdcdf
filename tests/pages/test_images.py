"""The grid: filters, order, endless pages, actions on a selection."""

import re

import pytest
from django.urls import reverse

from annotator.models import Image, Prediction
from annotator.pages import image_query
from tests.pages.conftest import told


@pytest.fixture
def grid(as_user, alice, project):
    """grid(**query): names of the tiles, in order."""
    client = as_user(alice)

    def names(**query):
        response = client.get(reverse("images", args=[project.pk]), query)
        assert response.status_code == 200
        return [image.name for image in response.context["images"]]

    return names


def test_the_most_useful_images_come_first(grid, add_image):
    for seed, priority in enumerate([0.1, 0.9, 0.5]):
        Image.objects.filter(pk=add_image(seed).pk).update(priority=priority)
    assert grid() == ["image-1.png", "image-2.png", "image-0.png"]
    assert grid(order="name") == ["image-0.png", "image-1.png", "image-2.png"]
    assert grid(order="-created") == ["image-2.png", "image-1.png", "image-0.png"]


def test_filters_by_state_split_and_name(grid, add_image, accept, alice):
    accept(add_image(0), alice)
    add_image(1, split="val")
    add_image(2)
    assert grid(state="accepted") == ["image-0.png"]
    assert grid(split="val") == ["image-1.png"]
    assert grid(split="auto", order="name") == ["image-0.png", "image-2.png"]
    assert grid(q="GE-2") == ["image-2.png"]
    assert grid(state="accepted", split="val") == []


def test_filters_by_a_class_of_the_newest_labels(grid, add_image, label, alice, project):
    label(add_image(0), alice)
    add_image(1)
    assert grid(**{"class": project.classes.get(name="Cell").pk}) == ["image-0.png"]
    assert grid(**{"class": project.classes.get(name="Void").pk}) == []


def test_filters_by_uncertainty_of_the_newest_prediction(grid, add_image, make_model):
    model = make_model()
    for seed, entropy in enumerate([0.05, 0.25]):
        Prediction.objects.create(
            image=add_image(seed),
            model=model,
            label_key="x",
            uncertainty_key="x",
            mean_entropy=entropy,
            mean_confidence=1 - entropy,
        )
    add_image(2)
    assert grid(uncertain="0.2") == ["image-1.png"]


@pytest.mark.parametrize("order", ["priority", "name", "-created"])
def test_pages_follow_each_other_without_a_gap_or_a_double(order, as_user, alice, project, add_image, monkeypatch):
    monkeypatch.setattr(image_query, "PAGE_SIZE", 3)
    for seed in range(8):
        add_image(seed)
    client = as_user(alice)
    address, seen = f"{reverse('images', args=[project.pk])}?order={order}", []
    while address:
        html = client.get(address, headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in html
        seen += re.findall(r'class="name clip" title="([^"]+)"', html)
        following = re.search(r'hx-get="([^"]+)"', html)
        address = following and following.group(1).replace("&amp;", "&")
    assert sorted(seen) == [f"image-{seed}.png" for seed in range(8)]


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "rubbish"},
        {"cursor": "WyJhIiwgMV0="},
        {"cursor": "bnVsbA=="},
        {"class": "9" * 30},
        {"state": "gone", "order": "sideways", "split": "?", "uncertain": "much"},
    ],
)
def test_nonsense_in_the_address_counts_as_not_said(grid, add_image, query):
    add_image()
    assert grid(**query) in (["image-0.png"], [])


@pytest.mark.parametrize("number", [1, 9])
def test_the_number_of_queries_does_not_grow_with_the_images(
    number, as_user, alice, project, add_image, django_assert_num_queries
):
    for seed in range(number):
        add_image(seed)
    client = as_user(alice)
    with django_assert_num_queries(8):  # session, user, project, role, images, classes, their number, open jobs
        client.get(reverse("images", args=[project.pk]))


def test_an_empty_project_offers_the_import_and_a_narrow_filter_its_clearing(as_user, alice, project, add_image):
    client = as_user(alice)
    address = reverse("images", args=[project.pk])
    assert reverse("import", args=[project.pk]) in client.get(address).content.decode()
    add_image()
    assert "No image fits these filters" in client.get(address, {"q": "zebra"}).content.decode()


def test_accepting_a_selection_takes_what_it_may_and_says_what_it_left(as_user, alice, project, add_image, label, grid):
    from annotator.services import review
    from tests.conftest import seen_by

    submitted, new = add_image(0), add_image(1)
    label(submitted, alice)
    review.submit_image(image=seen_by(alice, submitted), user=alice)
    response = as_user(alice).post(
        reverse("images", args=[project.pk]) + "?order=name", {"action": "accept", "image": [submitted.pk, new.pk]}
    )
    assert response.url == reverse("images", args=[project.pk]) + "?order=name"
    assert "1 image accepted." in told(response)
    assert "1 image was left as it is: The image is new" in told(response)
    assert grid(state="accepted") == ["image-0.png"]


def test_a_selection_is_divided_and_deleted(as_user, alice, project, add_image):
    first, second = add_image(0), add_image(1)
    client, address = as_user(alice), reverse("images", args=[project.pk])
    client.post(address, {"action": "split-test", "image": [first.pk, second.pk]})
    assert set(project.images.values_list("split", flat=True)) == {"test"}
    client.post(address, {"action": "delete", "image": [first.pk]})
    assert list(project.images.all()) == [second]


def test_images_of_another_project_are_never_touched(as_user, charlie, add_image):
    from annotator.services import projects

    mine = projects.create_project(user=charlie, name="Mine", task="semantic")
    foreign = add_image()
    response = as_user(charlie).post(reverse("images", args=[mine.pk]), {"action": "delete", "image": [foreign.pk]})
    assert "nothing was changed" in told(response)
    assert Image.objects.filter(pk=foreign.pk).exists()


def test_an_annotator_may_submit_but_not_accept(as_user, bob, project, add_image, label):
    image = add_image()
    label(image, bob)
    client, address = as_user(bob), reverse("images", args=[project.pk])
    assert client.post(address, {"action": "accept", "image": [image.pk]}).status_code == 403
    assert "1 image submitted for review." in told(client.post(address, {"action": "submit", "image": [image.pk]}))

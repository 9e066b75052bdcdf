"""Lists: keyset pages that neither skip nor repeat, whatever happens meanwhile."""

import base64
import json

import pytest

from annotator.api import paging
from annotator.models import Image


@pytest.fixture(autouse=True)
def pages_of_three(monkeypatch):
    monkeypatch.setitem(paging.page.__kwdefaults__, "size", 3)


@pytest.fixture
def rows(project, alice):
    """rows(first, last): rows of images named by number, with priorities that repeat."""

    def make(first: int, last: int) -> None:
        Image.objects.bulk_create(
            Image(
                project=project,
                name=f"{number:03}.png",
                content_hash=f"{number:064x}",
                width=8,
                height=8,
                mime="image/png",
                file_key="none",
                priority=(number % 3) / 7,
                created_by=alice,
            )
            for number in range(first, last)
        )

    return make


def walk(caller, path: str, between=lambda page: None) -> list[str]:
    names: list[str] = []
    cursor = ""
    for page in range(100):
        answer = caller.get(f"{path}&cursor={cursor}").json()
        names += [row["name"] for row in answer["items"]]
        cursor = answer["next"]
        if cursor is None:
            return names
        between(page)
    raise AssertionError("the list has no end")


@pytest.mark.parametrize("order", ["id", "name", "priority", "-created"])
def test_pages_give_every_image_once_in_order(project, alice, call, rows, order):
    rows(0, 11)
    names = walk(call(alice), f"/projects/{project.pk}/images?order={order}")
    expected = {
        "id": sorted(names),
        "name": sorted(names),
        "priority": [i.name for i in Image.objects.order_by("-priority", "id")],
        "-created": [i.name for i in Image.objects.order_by("-created", "-id")],
    }
    assert len(names) == 11
    assert names == expected[order]


@pytest.mark.parametrize("order", ["id", "name", "priority", "-created"])
def test_what_is_added_or_removed_meanwhile_neither_repeats_nor_hides_the_others(project, alice, call, rows, order):
    rows(0, 9)
    before = set(Image.objects.values_list("name", flat=True))
    gone = Image.objects.get(name="004.png")

    def change(page: int) -> None:
        rows(100 + page * 3, 103 + page * 3) if page < 3 else None
        Image.objects.filter(pk=gone.pk).delete()

    names = walk(call(alice), f"/projects/{project.pk}/images?order={order}", change)
    assert len(names) == len(set(names))
    assert before - {"004.png"} <= set(names)


def test_lists_can_be_narrowed_to_a_state(project, alice, call, rows):
    rows(0, 4)
    Image.objects.filter(name="002.png").update(state="submitted")
    answer = call(alice).get(f"/projects/{project.pk}/images?state=submitted").json()
    assert ([row["name"] for row in answer["items"]], answer["next"]) == (["002.png"], None)
    assert call(alice).get(f"/projects/{project.pk}/images?state=painted").status_code == 422
    assert call(alice).get(f"/projects/{project.pk}/images?order=colour").status_code == 422


def cursor_of(value) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize("order", ["id", "name", "priority", "-created"])
@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "é",
        "====",
        base64.urlsafe_b64encode(b"[" * 5000).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        *(
            cursor_of(value)
            for value in (
                None, {}, [], [1, 2, 3, 4], ["x"], ["x", "y"], ["x", 10**40], [10**40], [None], [None, None], [[1], {}],
                ["a\0", 1], [float("nan"), 1], [float("inf"), float("inf")], [True, False], ["2024-13-45", 1], [-1, -1],
            )
        ),
    ],
)  # fmt: skip
def test_a_cursor_of_somebody_elses_making_does_no_harm(project, alice, call, rows, order, cursor):
    rows(0, 2)
    answer = call(alice).get(f"/projects/{project.pk}/images?order={order}&cursor={cursor}")
    assert answer.status_code in (200, 422)
    if answer.status_code == 422:
        assert "cursor" in answer.json()["detail"]


def test_every_list_ends(project, alice, call):
    for noun in ("", "jobs", "models", "exports", "training-runs"):
        path = f"/projects/{project.pk}/{noun}" if noun else "/projects"
        assert call(alice).get(path).json()["next"] is None


def test_a_list_of_images_takes_a_fixed_number_of_queries(
    project, alice, call, rows, monkeypatch, settings, django_assert_max_num_queries
):
    settings.PYRAMID_PIXELS = 1
    monkeypatch.setitem(paging.page.__kwdefaults__, "size", 100)
    rows(0, 60)
    caller = call(alice)
    with django_assert_max_num_queries(8):
        assert len(caller.get(f"/projects/{project.pk}/images").json()["items"]) == 60

"""Exports and the snapshots they are made of."""

import pytest
from django.urls import reverse

from annotator.formats import WRITERS
from annotator.models import Export
from tests.pages.conftest import told


@pytest.fixture
def address(project):
    return reverse("export", args=[project.pk])


def test_every_format_is_offered_with_its_sentence(as_user, alice, address, add_image, accept):
    accept(add_image(), alice)
    response = as_user(alice).get(address)
    assert {writer.name for writer in response.context["formats"]} == set(WRITERS)
    for writer in WRITERS.values():
        assert writer.title in response.content.decode()


def test_an_export_is_queued_from_a_new_snapshot(as_user, alice, address, add_image, accept):
    accept(add_image(), alice)
    client = as_user(alice)
    client.post(address, {"format": "masks", "state": "accepted"})
    export = Export.objects.get()
    assert (export.format, export.images, export.job.state) == ("masks", 1, "queued")
    assert "every 1s" in client.get(address).content.decode()


def test_an_earlier_snapshot_is_exported_again(as_user, alice, address, add_image, accept):
    accept(add_image(), alice)
    client = as_user(alice)
    client.post(address, {"format": "masks"})
    first = Export.objects.get()
    client.post(address, {"format": "coco_panoptic", "snapshot": first.snapshot_id})
    assert Export.objects.filter(snapshot=first.snapshot).count() == 2


def test_a_finished_export_can_be_downloaded(as_user, vera, alice, address, add_image, accept, run_job):
    accept(add_image(), alice)
    as_user(alice).post(address, {"format": "masks"})
    export = Export.objects.get()
    assert run_job(export.job).state == "succeeded"
    html = as_user(vera).get(address).content.decode()
    assert f"/api/v1/exports/{export.pk}/download" in html
    assert "every 1s" not in html


def test_a_snapshot_of_another_project_is_refused(as_user, alice, address, add_image, accept):
    accept(add_image(), alice)
    response = as_user(alice).post(address, {"format": "masks", "snapshot": "4711"})
    assert "That snapshot does not exist" in told(response)
    assert not Export.objects.exists()


def test_an_unknown_format_is_refused_in_words(as_user, alice, address, add_image, accept):
    accept(add_image(), alice)
    assert "is not one of" in told(as_user(alice).post(address, {"format": "stone tablet"}))


def test_with_nothing_accepted_the_page_says_so(as_user, alice, address):
    assert "Nothing to export yet" in as_user(alice).get(address).content.decode()

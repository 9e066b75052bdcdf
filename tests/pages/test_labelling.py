"""The way into the editor."""

import json
import re

from django.urls import reverse

from annotator.models import Image


def config_of(response):
    return json.loads(re.search(r'id="editor-config"[^>]*>(.*?)</script>', response.content.decode(), re.S).group(1))


def test_next_claims_an_image_and_opens_the_editor(as_user, bob, project, add_image):
    image = add_image()
    response = as_user(bob).post(reverse("next", args=[project.pk, "annotate"]))
    assert response.url == reverse("label", args=[image.pk])
    image.refresh_from_db()
    assert image.claimed_by == bob


def test_a_bookmark_of_next_claims_nothing_and_offers_the_button(as_user, bob, project, add_image):
    image = add_image()
    response = as_user(bob).get(reverse("next", args=[project.pk, "annotate"]))
    assert "Open the editor" in response.content.decode()
    image.refresh_from_db()
    assert image.claimed_by is None


def test_skipping_gives_the_image_back_and_opens_another(as_user, bob, project, add_image):
    first, second = add_image(0), add_image(1)
    client, address = as_user(bob), reverse("next", args=[project.pk, "annotate"])
    client.post(address)
    assert client.post(address, {"skip": first.pk}).url == reverse("label", args=[second.pk])
    assert Image.objects.get(pk=first.pk).claimed_by is None


def test_an_empty_queue_is_a_friendly_page(as_user, alice, project):
    response = as_user(alice).post(reverse("next", args=[project.pk, "annotate"]))
    assert response.status_code == 200
    assert "Nothing waits to be labelled" in response.content.decode()


def test_only_reviewers_get_images_to_review(as_user, bob, rita, project):
    address = reverse("next", args=[project.pk, "review"])
    assert as_user(bob).post(address).status_code == 403
    assert "Nothing waits for review" in as_user(rita).post(address).content.decode()


def test_the_queue_knows_two_purposes_only(as_user, alice, project):
    assert as_user(alice).get(reverse("next", args=[project.pk, "sleep"])).status_code == 404


def test_the_editor_gets_all_it_needs(as_user, bob, project, add_image):
    image = add_image(width=80)
    config = config_of(as_user(bob).get(reverse("label", args=[image.pk])))
    assert config["mode"] == "annotate"
    assert config["project"] == {"id": project.pk, "name": "Clouds", "task": "panoptic"}
    assert config["user"] == {
        "id": bob.pk,
        "name": "bob",
        "role": "annotator",
        "can_review": False,
        "can_label": True,
    }
    assert [entry["name"] for entry in config["classes"]] == ["Sky", "Cell", "Void"]
    assert set(config["classes"][0]) == {"id", "name", "color", "kind", "ignore", "shortcut"}
    assert config["image"]["width"] == 80
    assert config["progress"] == {"done": 0, "total": 1}
    assert config["csrf_token"]
    assert config["urls"]["overview"] == reverse("overview", args=[project.pk])


def test_a_name_cannot_break_out_of_the_configuration(as_user, alice, project, add_image):
    image = add_image()
    Image.objects.filter(pk=image.pk).update(name="</script><script>alert(1)</script>.png")
    response = as_user(alice).get(reverse("label", args=[image.pk]))
    assert config_of(response)["image"]["name"].startswith("</script>")
    assert "<script>alert" not in response.content.decode()


def test_review_is_for_reviewers(as_user, bob, rita, add_image):
    address = reverse("review", args=[add_image().pk])
    assert as_user(bob).get(address).status_code == 403
    assert config_of(as_user(rita).get(address))["mode"] == "review"


def test_a_viewer_opens_an_image_without_tools(as_user, vera, add_image):
    config = config_of(as_user(vera).get(reverse("label", args=[add_image().pk])))
    assert config["user"]["can_label"] is False

"""Who gets to see a page at all."""

import pytest
from django.urls import reverse

from annotator.models import Import, Job


@pytest.fixture
def addresses(project, add_image, make_model, make_run):
    image, model, run = add_image(), make_model(), make_run()
    job = Job.objects.create(project=project, kind="import", queue="io")
    taken = Import.objects.create(project=project, job=job, format="coco", source_name="cells.zip")
    pages = ["overview", "images", "models", "compare", "export", "settings", "import", "jobs"]
    return [reverse(page, args=[project.pk]) for page in pages] + [
        reverse("next", args=[project.pk, "annotate"]),
        reverse("next", args=[project.pk, "review"]),
        reverse("label", args=[image.pk]),
        reverse("review", args=[image.pk]),
        reverse("run", args=[run.pk]),
        reverse("model", args=[model.pk]),
        reverse("job", args=[job.pk]),
        reverse("report", args=[taken.pk]),
    ]


def test_every_page_opens_for_the_owner(as_user, alice, addresses):
    client = as_user(alice)
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 200, address


def test_strangers_find_no_page_of_a_project(as_user, charlie, addresses):
    client = as_user(charlie)
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 404, address
        assert b"not a member of the project" in response.content


def test_who_is_not_signed_in_is_asked_to_sign_in_and_comes_back(client, addresses):
    for address in [*addresses, "/", "/jobs/", "/projects/new/"]:
        response = client.get(address)
        assert response.status_code == 302, address
        assert response.url == f"{reverse('login')}?next={address}"


def test_pages_have_no_inline_scripts_or_handlers(as_user, alice, addresses):
    """The content security policy would stop them, silently for whoever does not look at the console."""
    import re

    client = as_user(alice)
    for address in addresses:
        html = client.get(address).content.decode()
        assert not re.search(r"<[^>]+\son\w+=", html), address
        for tag in re.findall(r"<script[^>]*>", html):
            assert "src=" in tag or "application/json" in tag, (address, tag)


def test_pages_load_nothing_from_another_host(as_user, alice, addresses):
    import re

    client = as_user(alice)
    for address in addresses:
        html = client.get(address).content.decode()
        # A link may lead elsewhere once it is followed; nothing else may name another host.
        assert not re.findall(r"<(?!a\s)[^>]*(?:src|href)=[\"'](?:https?:)?//[^\"']*", html), address


def test_a_missing_right_is_explained_in_words(as_user, bob, project):
    response = as_user(bob).get(reverse("import", args=[project.pk]))
    assert response.status_code == 403
    assert "Your role in Clouds is annotator" in response.content.decode()


def test_a_viewer_can_change_nothing(as_user, vera, project, add_image, make_model):
    image, model = add_image(), make_model()
    client = as_user(vera)
    posts = [
        (reverse("models", args=[project.pk]), {}),
        (reverse("prelabel", args=[project.pk]), {}),
        (reverse("promote", args=[model.pk]), {}),
        (reverse("export", args=[project.pk]), {"format": "masks"}),
        (reverse("next", args=[project.pk, "annotate"]), {}),
        (reverse("import", args=[project.pk]), {}),
        (reverse("images", args=[project.pk]), {"action": "delete", "image": image.pk}),
        *((f"{reverse('settings', args=[project.pk])}?tab={tab}", {}) for tab in ("classes", "members", "general")),
    ]
    for address, data in posts:
        assert client.post(address, data).status_code == 403, address
    assert project.images.count() == 1

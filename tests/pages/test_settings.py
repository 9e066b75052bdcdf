"""Classes, members, automation."""

import pytest
from django.urls import reverse

from annotator.models import Membership, Project, User
from annotator.services import projects
from annotator.services.errors import ServiceError
from tests.pages.conftest import told


@pytest.fixture
def address(project):
    return lambda tab: f"{reverse('settings', args=[project.pk])}?tab={tab}"


def rows_of(project):
    data = {"row": []}
    for label_class in project.classes.all():
        key = str(label_class.pk)
        data["row"].append(key)
        data |= {f"name-{key}": label_class.name, f"color-{key}": label_class.color, f"kind-{key}": label_class.kind}
        data |= {f"shortcut-{key}": label_class.shortcut} | ({f"ignore-{key}": "on"} if label_class.ignore else {})
    return data


def test_classes_are_renamed_added_and_put_in_order(as_user, alice, project, address):
    data = rows_of(project)
    sky = data["row"][0]
    data["row"] = ["new1", *reversed(data["row"])]
    data |= {f"name-{sky}": "Heaven", "name-new1": "Bird", "color-new1": "#123456", "kind-new1": "thing"}
    data |= {"shortcut-new1": "b"}
    as_user(alice).post(address("classes"), data)
    assert list(project.classes.values_list("name", flat=True)) == ["Bird", "Void", "Cell", "Heaven"]
    assert project.classes.get(name="Heaven").pk == int(sky)
    assert project.classes.get(name="Void").ignore is True
    bird = project.classes.get(name="Bird")
    assert (bird.color, bird.kind, bird.shortcut) == ("#123456", "thing", "b")


def test_a_class_that_labels_use_stays_and_the_edits_are_kept_in_the_form(
    as_user, alice, project, address, add_image, label
):
    label(add_image(), alice)
    data = rows_of(project)
    data["row"] = data["row"][1:]
    data[f"name-{data['row'][0]}"] = "Nucleus"
    response = as_user(alice).post(address("classes"), data)
    assert response.status_code == 422
    html = response.content.decode()
    assert "Sky is used by labels" in html and 'value="Nucleus"' in html
    assert list(project.classes.values_list("name", flat=True)) == ["Sky", "Cell", "Void"]


def test_annotators_see_the_classes_but_no_form(as_user, bob, address):
    html = as_user(bob).get(address("classes")).content.decode()
    assert "Cell" in html
    assert "Save classes" not in html


def test_a_new_account_gets_a_password_that_is_shown_once(as_user, alice, project, address):
    client = as_user(alice)
    response = client.post(address("members"), {"username": "dora", "role": "reviewer"})
    dora = User.objects.get(username="dora")
    password = response.context["password"]
    assert dora.check_password(password) and password in response.content.decode()
    assert response.headers["Cache-Control"] == "no-store"
    assert password not in client.get(address("members")).content.decode()
    assert Membership.objects.get(user=dora).role == "reviewer"


def test_an_existing_user_is_invited_without_a_password(as_user, alice, charlie, project, address):
    response = as_user(alice).post(address("members"), {"username": "charlie", "role": "viewer"})
    assert "charlie is now viewer" in told(response)
    assert Membership.objects.get(user=charlie, project=project).role == "viewer"


def test_a_role_is_changed_and_a_member_removed(as_user, alice, bob, project, address):
    client = as_user(alice)
    client.post(address("members"), {"change": bob.pk, "role": "reviewer"})
    assert Membership.objects.get(user=bob).role == "reviewer"
    client.post(address("members"), {"remove": bob.pk})
    assert not Membership.objects.filter(user=bob).exists()


def test_the_last_owner_cannot_leave(as_user, alice, project, address):
    response = as_user(alice).post(address("members"), {"remove": alice.pk})
    assert "only owner" in told(response)
    assert Membership.objects.get(user=alice).role == "owner"


@pytest.mark.parametrize("who", ["charlie", "nobody", "99999999999999999999"])
def test_who_is_no_member_cannot_be_changed(as_user, alice, charlie, address, who):
    value = charlie.pk if who == "charlie" else who
    assert as_user(alice).post(address("members"), {"remove": value}).status_code == 404


def test_automation_is_saved(as_user, alice, project, address):
    as_user(alice).post(address("automation"), {"retrain_after": 25, "strategy": "random"})
    project = Project.objects.get(pk=project.pk)
    assert (project.retrain_after, project.strategy) == (25, "random")
    assert (project.promote_when_better, project.prelabel_after_promotion) == (False, False)


def test_a_wrong_number_is_told_at_its_field(as_user, alice, project, address):
    response = as_user(alice).post(address("automation"), {"retrain_after": -1, "strategy": "random"})
    assert response.status_code == 422
    assert "greater than or equal to 0" in response.content.decode()
    assert Project.objects.get(pk=project.pk).strategy == "entropy"


@pytest.fixture
def predict_like(as_user, alice, address):
    """predict_like(**fields): post the form on how images are predicted."""

    def post(user=alice, **fields):
        data = {"mode": "resize", "overlap": "0.25", "mc_samples": "0"} | fields
        return as_user(user).post(
            address("automation"), {"part": "predictions"} | {f"prediction-{name}": data[name] for name in data}
        )

    return post


def test_how_images_are_predicted_is_saved(predict_like, project):
    tiles = {"mode": "tiles", "tile_height": 512, "tile_width": 640, "overlap": "0.5"}
    response = predict_like(**tiles, flips=["horizontal", "vertical"], mc_samples=12)
    assert "Saved" in told(response)
    project.refresh_from_db()
    stored = {"mode": "tiles", "tile_size": [512, 640], "overlap": 0.5, "mc_samples": 12}
    assert project.prediction_settings.items() >= (stored | {"flips": ["horizontal", "vertical"]}).items()
    assert project.retrain_after == 0 and project.promote_when_better is True


def test_settings_that_the_form_does_not_show_are_kept(predict_like, project):
    project.prediction_settings = {"seed": 5, "margin": True}
    project.save()
    predict_like(mc_samples=3)
    project.refresh_from_db()
    assert project.prediction_settings.items() >= {"seed": 5, "margin": True, "mc_samples": 3}.items()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"overlap": "0.9"}, "less than or equal to 0.5"),
        ({"tile_height": 512}, "A tile has a height and a width"),
        ({"mc_samples": 1000}, "less than or equal to 100"),
        ({"mode": "guess"}, "not one of the available choices"),
    ],
)
def test_a_wrong_way_to_predict_is_refused_and_nothing_is_stored(predict_like, project, fields, message):
    response = predict_like(**fields)
    assert response.status_code == 422 and message in response.content.decode()
    project.refresh_from_db()
    assert project.prediction_settings == {}


def test_only_managers_change_how_images_are_predicted(predict_like, project, bob):
    assert predict_like(user=bob, mode="tiles").status_code == 403
    project.refresh_from_db()
    assert project.prediction_settings == {}


def test_the_service_names_the_prediction_setting_it_refuses(project, alice):
    with pytest.raises(ServiceError, match="overlap: 0.9 is outside 0 to 0.5"):
        projects.set_prediction_settings(project=project, values={"overlap": 0.9})
    project.refresh_from_db()
    assert project.prediction_settings == {}


def test_name_and_description_are_saved(as_user, alice, project, address):
    data = {"name": "Cumulus", "description": "Only the white ones", "task": "semantic"}
    as_user(alice).post(address("general"), data)
    project.refresh_from_db()
    assert (project.name, project.description, project.task) == ("Cumulus", "Only the white ones", "semantic")


def test_each_tab_has_its_own_address(as_user, alice, address):
    client = as_user(alice)
    for tab in ("classes", "members", "automation", "general"):
        assert client.get(address(tab)).context["setting"] == tab
    assert client.get(address("rubbish")).context["setting"] == "classes"

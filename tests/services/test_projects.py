"""Projects, their classes and their members."""

import numpy as np
import pytest

from annotator.models import Membership, Project, User
from annotator.services import exports, projects, queue, review, saving
from annotator.services.errors import Conflict, ServiceError
from tests.conftest import seen_by


def entries(project) -> list[dict]:
    return [
        {"id": c.pk, "name": c.name, "color": c.color, "kind": c.kind, "ignore": c.ignore, "shortcut": c.shortcut}
        for c in project.classes.all()
    ]


def role_of(project, user) -> str | None:
    return Membership.objects.filter(project=project, user=user).values_list("role", flat=True).first()


def test_who_makes_a_project_owns_it(project, alice):
    assert role_of(project, alice) == "owner"
    assert [(c.name, c.shortcut, c.ignore) for c in project.classes.all()] == [
        ("Sky", "1", False),
        ("Cell", "2", False),
        ("Void", "3", True),
    ]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": "  "}, "needs a name"),
        ({"name": "x" * 201}, "at most 200 characters"),
        ({"name": "null \0 byte"}, "control character"),
        ({"description": "null \0 byte"}, "control character"),
        ({"task": "painting"}, "'painting' is not one of"),
        ({"classes": [{"name": ""}]}, "Class 1 needs a name"),
        ({"classes": [{"name": "x" * 101}]}, "at most 100 characters"),
        ({"classes": [{"name": "a\0b"}]}, "control character"),
        ({"classes": [{"name": "a"}, {"name": " a "}]}, "Two classes have the name a"),
        ({"classes": [{"name": "a", "color": "red"}]}, "must look like #1a2b3c"),
        ({"classes": [{"name": "a", "color": "#12345g"}]}, "must look like #1a2b3c"),
        ({"classes": [{"name": "a", "color": "#123456\n"}]}, "must look like #1a2b3c"),
        ({"classes": [{"name": "a", "kind": "blob"}]}, "must be stuff or thing"),
        ({"classes": [{"name": "a", "shortcut": "ab"}]}, "at most 1 characters"),
        (
            {"classes": [{"name": "a", "shortcut": "q"}, {"name": "b", "shortcut": "q"}]},
            "Two classes have the shortcut",
        ),
        ({"classes": [{"name": "a", "id": 12345}]}, "has no class 12345"),
        ({"classes": [{"name": str(n)} for n in range(1001)]}, "may have 1000 classes"),
    ],
)
def test_a_project_that_does_not_hold_is_refused_whole(alice, fields, reason):
    with pytest.raises(ServiceError, match=reason):
        projects.create_project(user=alice, **{"name": "P", "task": "semantic", **fields})
    assert not Project.objects.exists()


def test_updating_refuses_what_a_project_does_not_have(project):
    with pytest.raises(ServiceError, match="no setting created_by"):
        projects.update_project(project=project, created_by=None)
    with pytest.raises(ServiceError, match="retrain_after"):
        projects.update_project(project=project, retrain_after=-1)
    with pytest.raises(ServiceError, match="name"):
        projects.update_project(project=project, name="x" * 201)


def test_classes_can_swap_names_and_order_and_keep_their_labels(project):
    sky, cell, void = entries(project)
    sky["name"], cell["name"] = "Cell", "Sky"
    saved = projects.save_classes(project=project, classes=[cell, sky, void])
    assert [(c.pk, c.name) for c in saved] == [(cell["id"], "Sky"), (sky["id"], "Cell"), (void["id"], "Void")]


def test_a_class_in_use_cannot_be_removed_and_nothing_changes(project, add_image, alice, label):
    label(add_image(1), alice)
    sky, cell, void = entries(project)
    cell["name"] = "Renamed"
    with pytest.raises(Conflict, match="The class Sky is used by labels"):
        projects.save_classes(project=project, classes=[cell, void])
    assert [c.name for c in project.classes.all()] == ["Sky", "Cell", "Void"]


def test_a_class_that_an_older_revision_uses_is_in_use(project, add_image, alice, rita, label):
    image = add_image(1)
    label(image, alice)
    review.submit_image(image=seen_by(alice, image), user=alice)
    review.return_image(image=seen_by(rita, image), user=rita)
    fresh = seen_by(alice, image)
    saving.save_label_map(
        image=fresh, user=alice, array=np.zeros((48, 64), np.uint16), segments=[], base_revision=fresh.head
    )
    _, cell, void = entries(project)
    with pytest.raises(Conflict):
        projects.save_classes(project=project, classes=[cell, void])


def test_an_unused_class_goes(project):
    sky, cell, _ = entries(project)
    assert len(projects.save_classes(project=project, classes=[sky, cell])) == 2


def test_objects_that_are_labelled_cannot_become_stuff(project, add_image, alice, label):
    label(add_image(1), alice)
    sky, cell, void = entries(project)
    cell["kind"] = "stuff"
    with pytest.raises(Conflict, match="Cell is used by labels as objects"):
        projects.save_classes(project=project, classes=[sky, cell, void])


def test_one_class_cannot_be_given_twice(project):
    sky, cell, void = entries(project)
    with pytest.raises(ServiceError, match="Two classes have the id"):
        projects.save_classes(project=project, classes=[sky, {**sky, "name": "Other"}, cell, void])


def test_a_class_of_another_project_cannot_be_taken_over(project, alice):
    other = projects.create_project(user=alice, name="Other", task="semantic", classes=[{"name": "Mine"}])
    with pytest.raises(ServiceError, match="has no class"):
        projects.save_classes(project=project, classes=[*entries(project), {**entries(other)[0], "shortcut": ""}])
    assert other.classes.get().name == "Mine"


def test_a_shortcut_made_up_for_a_class_never_takes_one_that_was_chosen(project):
    saved = projects.save_classes(
        project=project, classes=[*entries(project)[:1], {"name": "a", "shortcut": "3"}, {"name": "b"}]
    )
    assert [c.shortcut for c in saved] == ["1", "3", ""]


def test_classes_that_an_import_adds_take_no_shortcut_that_is_in_use(project):
    project.classes.filter(name="Void").update(shortcut="4")
    added = projects.add_classes(project=project, classes=[{"name": "Cloud"}])["Cloud"]
    assert added.shortcut != "4"
    projects.save_classes(project=project, classes=entries(project))


# Members


def test_only_an_owner_makes_owners(project, rita, bob):
    with pytest.raises(ServiceError, match="Only an owner"):
        projects.set_member(project=project, by=rita, username="bob", role="owner")
    assert role_of(project, bob) == "annotator"


def test_a_manager_cannot_demote_or_remove_an_owner(project, alice, bob):
    projects.set_member(project=project, by=alice, username="bob", role="manager")
    with pytest.raises(ServiceError, match="Only an owner"):
        projects.set_member(project=project, by=bob, username="alice", role="viewer")
    with pytest.raises(ServiceError, match="Only an owner"):
        projects.remove_member(project=project, by=bob, user=alice)
    assert role_of(project, alice) == "owner"


def test_the_last_owner_stays(project, alice, bob):
    with pytest.raises(ServiceError, match="alice is the only owner"):
        projects.set_member(project=project, by=alice, username="alice", role="manager")
    with pytest.raises(ServiceError, match="alice is the only owner"):
        projects.remove_member(project=project, by=alice, user=alice)
    projects.set_member(project=project, by=alice, username="bob", role="owner")
    projects.remove_member(project=project, by=alice, user=alice)
    assert role_of(project, alice) is None


@pytest.mark.parametrize(("username", "role"), [("nobody", "viewer"), ("charlie", "king")])
def test_an_unknown_user_or_role_is_refused(project, alice, charlie, username, role):
    with pytest.raises(ServiceError):
        projects.set_member(project=project, by=alice, username=username, role=role)
    assert role_of(project, charlie) is None


def test_an_invitation_makes_an_account_whose_password_works_once_shown(project, alice):
    user, password = projects.invite_user(project=project, by=alice, username=" nina ", role="annotator")
    assert user.check_password(password)
    assert role_of(project, user) == "annotator"
    assert projects.invite_user(project=project, by=alice, username="nina", role="viewer") == (user, None)


@pytest.mark.parametrize("username", ["", "   ", "two words", "x" * 151, "a\0b", "<script>"])
def test_a_user_name_that_cannot_be_is_refused(project, alice, username):
    with pytest.raises(ServiceError):
        projects.invite_user(project=project, by=alice, username=username, role="viewer")
    assert not User.objects.exclude(pk=alice.pk).exists()


def test_an_invitation_with_a_wrong_role_makes_no_account(project, alice):
    with pytest.raises(ServiceError):
        projects.invite_user(project=project, by=alice, username="nina", role="king")
    assert not User.objects.filter(username="nina").exists()


def test_what_a_removed_member_began_goes_to_somebody_else(project, alice, bob, add_image, label):
    image = add_image(1)
    label(image, bob)
    projects.remove_member(project=project, by=alice, user=bob)
    assert queue.claim_next_image(project=project, user=alice) == image


# The end


def test_a_project_goes_with_all_that_it_has(project, alice, add_image, accept, make_model, predict):
    accept(add_image(1), alice)
    model = make_model()
    predict(add_image(2), model)
    project.promoted_model = model
    project.save()
    exports.create_export(project=project, user=alice, format="masks")
    projects.delete_project(project=project)
    assert not Project.objects.exists()


def test_a_project_with_a_running_job_stays(project, alice, add_image, accept):
    accept(add_image(1), alice)
    export = exports.create_export(project=project, user=alice, format="masks")
    export.job.state = "running"
    export.job.save()
    with pytest.raises(Conflict, match="Cancel it first"):
        projects.delete_project(project=project)
    assert Project.objects.exists()

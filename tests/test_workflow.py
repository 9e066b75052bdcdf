"""The whole table of the workflow: every action in every state by every role."""

import itertools

import pytest

from annotator import workflow
from annotator.workflow import Action, NotAllowed, Right, Role, State, WorkflowError

NOBODY_BELOW = {
    "viewer": {"viewer", "annotator", "reviewer", "manager", "owner"},
    "annotator": {"annotator", "reviewer", "manager", "owner"},
    "reviewer": {"reviewer", "manager", "owner"},
    "manager": {"manager", "owner"},
    "owner": {"owner"},
}

# action: (states it starts from, state it leads to, lowest role)
TABLE = {
    "prelabel": ({"new", "prelabelled"}, "prelabelled", "viewer"),
    "accept_prediction": ({"new", "prelabelled", "in_progress", "returned"}, "in_progress", "annotator"),
    "edit": ({"new", "prelabelled", "in_progress", "returned"}, "in_progress", "annotator"),
    "submit": ({"in_progress", "returned"}, "submitted", "annotator"),
    "correct": ({"submitted"}, "submitted", "reviewer"),
    "return": ({"submitted"}, "returned", "reviewer"),
    "accept": ({"submitted"}, "accepted", "reviewer"),
    "reopen": ({"accepted"}, "in_progress", "reviewer"),
    "import": ({"new", "prelabelled"}, "accepted", "manager"),
}


def test_the_table_names_every_action():
    assert set(TABLE) == set(Action)


@pytest.mark.parametrize(("action", "state", "role"), list(itertools.product(Action, State, Role)))
def test_a_step_is_open_exactly_where_the_table_says(action, state, role):
    sources, target, lowest = TABLE[action]
    if state not in sources:
        with pytest.raises(WorkflowError) as refusal:
            workflow.step(state, action, role)
        assert not isinstance(refusal.value, NotAllowed)
    elif role not in NOBODY_BELOW[lowest]:
        with pytest.raises(NotAllowed):
            workflow.step(state, action, role)
    else:
        assert workflow.step(state, action, role) == target


def test_stored_text_does_as_well_as_the_enumerations():
    assert workflow.step("submitted", Action.ACCEPT, "reviewer") is State.ACCEPTED


def test_a_refusal_names_the_state_and_the_ones_that_would_do():
    with pytest.raises(WorkflowError, match="The image is new; submit needs an image that is in progress or returned"):
        workflow.step(State.NEW, Action.SUBMIT, Role.OWNER)


def test_a_refusal_names_the_role():
    with pytest.raises(NotAllowed, match="The role viewer may not edit"):
        workflow.step(State.NEW, Action.EDIT, Role.VIEWER)


@pytest.mark.parametrize("state", State)
def test_a_save_is_a_correction_only_under_review(state):
    assert workflow.edit_action(state) is (Action.CORRECT if state == "submitted" else Action.EDIT)


@pytest.mark.parametrize(
    ("right", "lowest"), list(zip(Right, ("viewer", "annotator", "reviewer", "manager", "owner"), strict=True))
)
def test_rights_climb_the_ladder_of_roles(right, lowest):
    assert {role for role in Role if workflow.role_grants(role, right)} == NOBODY_BELOW[lowest]

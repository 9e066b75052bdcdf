"""States of an image, roles of people, and which step is open to whom. Pure: no database, no Django."""

from dataclasses import dataclass
from enum import StrEnum
from functools import reduce

from annotator.phrase import Phrase


class Role(StrEnum):
    """Roles in a project; each may do all that the ones below it may."""

    OWNER = "owner"
    MANAGER = "manager"
    REVIEWER = "reviewer"
    ANNOTATOR = "annotator"
    VIEWER = "viewer"


class Right(StrEnum):
    VIEW = "view"
    LABEL = "label"
    REVIEW = "review"
    MANAGE = "manage"
    OWN = "own"


_LADDER = (Role.VIEWER, Role.ANNOTATOR, Role.REVIEWER, Role.MANAGER, Role.OWNER)
_LOWEST_ROLE = {
    Right.VIEW: Role.VIEWER,
    Right.LABEL: Role.ANNOTATOR,
    Right.REVIEW: Role.REVIEWER,
    Right.MANAGE: Role.MANAGER,
    Right.OWN: Role.OWNER,
}


def role_grants(role: Role | str, right: Right) -> bool:
    """Whether somebody with `role` has `right`."""
    return _LADDER.index(Role(role)) >= _LADDER.index(_LOWEST_ROLE[right])


class State(StrEnum):
    NEW = "new"
    PRELABELLED = "prelabelled"
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"


class Action(StrEnum):
    PRELABEL = "prelabel"
    ACCEPT_PREDICTION = "accept_prediction"
    EDIT = "edit"
    SUBMIT = "submit"
    CORRECT = "correct"
    RETURN = "return"
    ACCEPT = "accept"
    REOPEN = "reopen"
    IMPORT = "import"


WAITING = (State.NEW, State.PRELABELLED)
EDITABLE_BY_ANNOTATORS = (State.NEW, State.PRELABELLED, State.IN_PROGRESS, State.RETURNED)


@dataclass(frozen=True)
class Step:
    sources: tuple[State, ...]
    target: State
    right: Right


STEPS: dict[Action, Step] = {
    Action.PRELABEL: Step(WAITING, State.PRELABELLED, Right.VIEW),
    Action.ACCEPT_PREDICTION: Step(EDITABLE_BY_ANNOTATORS, State.IN_PROGRESS, Right.LABEL),
    Action.EDIT: Step(EDITABLE_BY_ANNOTATORS, State.IN_PROGRESS, Right.LABEL),
    Action.SUBMIT: Step((State.IN_PROGRESS, State.RETURNED), State.SUBMITTED, Right.LABEL),
    Action.CORRECT: Step((State.SUBMITTED,), State.SUBMITTED, Right.REVIEW),
    Action.RETURN: Step((State.SUBMITTED,), State.RETURNED, Right.REVIEW),
    Action.ACCEPT: Step((State.SUBMITTED,), State.ACCEPTED, Right.REVIEW),
    Action.REOPEN: Step((State.ACCEPTED,), State.IN_PROGRESS, Right.REVIEW),
    Action.IMPORT: Step((State.NEW, State.PRELABELLED), State.ACCEPTED, Right.MANAGE),
}


class WorkflowError(Exception):
    """A step that the workflow does not have from this state."""


class NotAllowed(WorkflowError):
    """A step that exists, but not for this role."""


def step(state: State | str, action: Action, role: Role | str) -> State:
    """The state after `action` by somebody with `role` on an image in `state`.

    Raises WorkflowError where the state has no such step and NotAllowed where the role may not take it.
    """
    rule = STEPS[action]
    if State(state) not in rule.sources:
        allowed = reduce(_or, (Phrase(readable(source)) for source in rule.sources))
        raise WorkflowError(
            Phrase(
                "The image is {state}; {action} needs an image that is {allowed}.",
                state=Phrase(readable(state)),
                action=Phrase(action.value.replace("_", " ")),
                allowed=allowed,
            )
        )
    if not role_grants(role, rule.right):
        raise NotAllowed(
            Phrase(
                "The role {role} may not {action}.",
                role=Phrase(Role(role).value),
                action=Phrase(action.value.replace("_", " ")),
            )
        )
    return rule.target


def _or(one: Phrase, other: Phrase) -> Phrase:
    return Phrase("{one} or {other}", one=one, other=other)


def edit_action(state: State | str) -> Action:
    """Which step a save is: a reviewer corrects a submitted image, everything else is an edit."""
    return Action.CORRECT if State(state) is State.SUBMITTED else Action.EDIT


def readable(state: State | str) -> str:
    return State(state).value.replace("_", " ")

"""Words for states, roles and splits in the language of the reader. The rules themselves speak English only."""

from django.utils.translation import gettext, gettext_noop

from annotator.workflow import State, readable

STATE_WORDS = (
    gettext_noop("new"),
    gettext_noop("prelabelled"),
    gettext_noop("in progress"),
    gettext_noop("submitted"),
    gettext_noop("returned"),
    gettext_noop("accepted"),
)


def state_word(state: State | str) -> str:
    """A state of an image as people call it."""
    return gettext(readable(state))

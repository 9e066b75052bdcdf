"""Words for states, roles, rights and refusals in the reader's language. The rules themselves speak English only."""

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING

from django.utils.translation import gettext, gettext_noop, pgettext

from annotator.phrase import Phrase
from annotator.workflow import Right, Role, State, readable

if TYPE_CHECKING:
    from segmodels.cards import ArchitectureCard

STATE_WORDS = (
    gettext_noop("new"),
    gettext_noop("prelabelled"),
    gettext_noop("in progress"),
    gettext_noop("submitted"),
    gettext_noop("returned"),
    gettext_noop("accepted"),
)
ROLE_WORDS = (
    gettext_noop("owner"),
    gettext_noop("manager"),
    gettext_noop("reviewer"),
    gettext_noop("annotator"),
    gettext_noop("viewer"),
)
ACTION_WORDS = (
    gettext_noop("prelabel"),
    gettext_noop("accept prediction"),
    gettext_noop("edit"),
    gettext_noop("submit"),
    gettext_noop("correct"),
    gettext_noop("return"),
    gettext_noop("accept"),
    gettext_noop("reopen"),
    gettext_noop("import"),
)


def state_word(state: State | str) -> str:
    """A state of an image as people call it."""
    return gettext(readable(state))


def role_word(role: Role | str) -> str:
    """A role of a person in a project."""
    return gettext(Role(role).value)


def right_word(right: Right) -> str:
    """What a right allows, as the end of "the right to"."""
    words = {
        Right.VIEW: pgettext("the right to", "view"),
        Right.LABEL: pgettext("the right to", "label"),
        Right.REVIEW: pgettext("the right to", "review"),
        Right.MANAGE: pgettext("the right to", "manage"),
        Right.OWN: pgettext("the right to", "own"),
    }
    return words[right]


OPTION = "option: "


def setting_word(name: str) -> str:
    """A setting or an option of an architecture, as `learning_rate`; those with `option: ` before them say so."""
    if name.startswith(OPTION):
        option = name.removeprefix(OPTION)
        word = setting_word(option)
        # English has a small letter within a line; another language knows best.
        return gettext("Option: {name}").format(
            name=option.replace("_", " ") if word == plain_setting(option) else word
        )
    return gettext(plain_setting(name))


def plain_setting(name: str) -> str:
    """The English words of a setting, which are what the catalogue knows it by."""
    return name.replace("_", " ").capitalize()


def good_for(card: "ArchitectureCard") -> str:
    """When to take an architecture, in English, as the end of a sentence that begins with these words."""
    return card.good_for[:1].lower() + card.good_for[1:]


def either(words: Sequence[str]) -> str:
    """One word or another: new or accepted."""
    return reduce(lambda one, other: gettext("{one} or {other}").format(one=one, other=other), words)


def spoken(text: str | Exception) -> str:
    """A phrase, or what an error was raised with, in the language of the reader; a text that is no phrase stays."""
    said = text.args[0] if isinstance(text, Exception) and text.args else text
    if not isinstance(said, Phrase) or not said.template:
        return str(text)
    translated = gettext(said.template)
    return (
        translated.format(**{name: spoken(value) for name, value in said.values.items()}) if said.values else translated
    )

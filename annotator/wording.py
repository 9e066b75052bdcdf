"""Words for states, roles, rights and refusals in the reader's language. The rules themselves speak English only."""

import re
from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING

from django.utils.translation import get_language, gettext, gettext_noop, ngettext, pgettext

from annotator.phrase import Phrase, said
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
SOURCE_LANGUAGE = "en"
SEPARATORS = {"de": {",": ".", ".": ","}}
BETWEEN_DIGITS = re.compile(r"(?<=\d)[,.](?=\d)")


def setting_word(name: str) -> str:
    """A setting or an option of an architecture, as `learning_rate`; those with `option: ` before them say so."""
    if name.startswith(OPTION):
        option = name.removeprefix(OPTION)
        return gettext("Option: {name}").format(name=option_word(option))
    return gettext(plain_setting(name))


def plain_setting(name: str) -> str:
    """The English words of a setting, which are what the catalogue knows it by."""
    return name.replace("_", " ").capitalize()


VALUE_WORDS = {
    "add": gettext_noop("added"),
    "auto": gettext_noop("automatic"),
    "cat": gettext_noop("concatenated"),
    "cosine": gettext_noop("cosine"),
    "cross_entropy": gettext_noop("cross entropy"),
    "frozen": gettext_noop("frozen"),
    "ignore": gettext_noop("ignored"),
    "none": gettext_noop("none"),
    "one_cycle": gettext_noop("one cycle"),
    "poly": gettext_noop("polynomial"),
    "trained": gettext_noop("trained"),
}
SNAPSHOT_OF_RUN = re.compile(r"Training run (\d+)")


def value_word(value: str) -> str:
    """A value of a setting or an option; names of things stay as they are."""
    return gettext(VALUE_WORDS[value]) if value in VALUE_WORDS else value


def option_word(name: str) -> str:
    """The name of an option or of a part of a setting, as a word within a line."""
    if name in VALUE_WORDS:
        return value_word(name)
    # English has a small letter within a line; another language knows best.
    return name.replace("_", " ") if get_language() in (None, SOURCE_LANGUAGE) else setting_word(name)


def snapshot_word(name: str) -> str:
    """The name of a snapshot; those of training runs and exports were given by the product, in English."""
    run = SNAPSHOT_OF_RUN.fullmatch(name)
    return gettext("Training run {number}").format(number=run[1]) if run else gettext(name) if name else ""


def good_for(card: "ArchitectureCard") -> str:
    """When to take an architecture, in English, as the end of a sentence that begins with these words."""
    return card.good_for[:1].lower() + card.good_for[1:]


def either(words: Sequence[str]) -> str:
    """One word or another: new or accepted."""
    return reduce(lambda one, other: gettext("{one} or {other}").format(one=one, other=other), words)


def spoken(text: str | Exception) -> str:
    """A phrase, or what an error was raised with, in the language of the reader; a text that is no phrase stays."""
    phrase = said(text)
    if not isinstance(phrase, Phrase) or not phrase.template:
        return str(phrase)
    values = phrase.values
    one = phrase.template
    translated = ngettext(one, phrase.plural, int(values["count"])) if phrase.plural else gettext(one)
    return translated.format(**{name: _Spoken(value) for name, value in values.items()}) if values else translated


def told(text: str) -> str:
    """A text out of a table as its reader gets it: a phrase, or one that stands in the catalogue as it is."""
    return spoken(text) if isinstance(text, Phrase) or not text else gettext(text)


class _Spoken:
    """A value of a phrase as its template formats it: words in the reader's language, numbers with its separators."""

    def __init__(self, value: str | float):
        self.value = value

    def __format__(self, spec: str) -> str:
        if isinstance(self.value, str):
            return format(spoken(self.value), spec)
        return in_digits(format(self.value, spec))


def in_digits(number: str) -> str:
    """Numbers that Python wrote (1,234.5) with the separators of the reader's language (1.234,5 in German)."""
    theirs = SEPARATORS.get(get_language() or "", {})
    return BETWEEN_DIGITS.sub(lambda found: theirs.get(found[0], found[0]), number)

"""English texts of modules that know no Django, made so that a border can say them in another language."""

from typing import Any


class Phrase(str):
    """A text in English that remembers its `template` and the `values` in it, which may be phrases themselves.

    `annotator.wording.spoken` says it in the language of the reader; everything else sees a string. Values that are
    exceptions count as the phrase that they were raised with, all others as their text.
    """

    template: str
    values: dict[str, str]

    def __new__(cls, template: str, **values: Any) -> "Phrase":
        plain = {name: _text(value) for name, value in values.items()}
        phrase = super().__new__(cls, template.format(**plain) if plain else template)
        phrase.template = template
        phrase.values = plain
        return phrase

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, str]]:
        return (self.template,), self.values


def _text(value: Any) -> str:
    if isinstance(value, Exception) and value.args and isinstance(value.args[0], Phrase):
        return value.args[0]
    return value if isinstance(value, Phrase) else str(value)

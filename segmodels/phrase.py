"""English texts that remember their parts, so that a border can say them in another language."""

from numbers import Integral, Real
from typing import Any

Value = str | int | float


class Phrase(str):
    """A text in English that remembers its `template` and the `values` in it, which may be phrases themselves.

    `annotator.wording.spoken` says it in the language of the reader; everything else sees a string. Values that are
    exceptions count as the phrase that they were raised with, numbers stay numbers (`{most:,}` groups their digits),
    all others count as their text. `plural` is the template for counts other than one, or empty.
    """

    template: str
    plural: str
    values: dict[str, Value]

    def __new__(cls, template: str, /, plural: str = "", **values: Any) -> "Phrase":
        plain = {name: _plain(value) for name, value in values.items()}
        chosen = plural if plural and plain["count"] != 1 else template
        phrase = super().__new__(cls, chosen.format(**plain) if plain else chosen)
        phrase.template, phrase.plural, phrase.values = template, plural, plain
        return phrase

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Value]]:
        return (self.template,), {"plural": self.plural, **self.values}


def counted(one: str, many: str, count: int, **values: Any) -> Phrase:
    """A phrase whose form a count chooses: "{count} image", "{count} images"."""
    return Phrase(one, plural=many, count=count, **values)


def said(text: str | Exception) -> str:
    """The phrase that an error was raised with, else the text of either."""
    if isinstance(text, Exception):
        return text.args[0] if text.args and isinstance(text.args[0], Phrase) else str(text)
    return text


def as_json(text: str) -> Any:
    """What JSON keeps of a text without losing the parts of a phrase; `from_json` takes it back."""
    if not isinstance(text, Phrase):
        return text
    values = {name: as_json(value) if isinstance(value, str) else value for name, value in text.values.items()}
    plural = {"plural": text.plural} if text.plural else {}
    return {"phrase": text.template, **plural, "values": values}


def from_json(kept: Any) -> str:
    """The text that `as_json` made `kept` of."""
    if isinstance(kept, str):
        return kept
    values = {name: from_json(value) if isinstance(value, dict) else value for name, value in kept["values"].items()}
    template, plural = kept["phrase"], kept.get("plural", "")
    return Phrase(template, plural=plural, **values)


def _plain(value: Any) -> Value:
    if isinstance(value, Exception):
        return said(value)
    if isinstance(value, Phrase):
        return value
    if isinstance(value, Real) and not isinstance(value, bool):
        return int(value) if isinstance(value, Integral) else float(value)
    return str(value)

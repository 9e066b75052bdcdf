"""Text that people type in, checked before it is stored."""

from annotator.phrase import Phrase
from annotator.services.errors import ServiceError

LONGEST_DESCRIPTION = 20_000
_LINE_BREAKS = {"\n", "\r", "\t"}


def checked_text(text: str, *, what: str, longest: int, lines: bool = False) -> str:
    """`text` without blanks around it; `lines` allows line breaks.

    Raises ServiceError naming `what` for text that is too long, or holds characters that a database or a page
    cannot take (control characters, halves of surrogate pairs).
    """
    text = text.strip()
    if len(text) > longest:
        raise ServiceError(
            Phrase(
                "{what} has at most {longest:,} characters; this one has {length:,}.",
                what=what,
                longest=longest,
                length=len(text),
            )
        )
    for letter in text:
        if (letter < " " and not (lines and letter in _LINE_BREAKS)) or "\ud800" <= letter <= "\udfff":
            raise ServiceError(Phrase("{what} holds a control character ({letter}).", what=what, letter=f"{letter!a}"))
    return text

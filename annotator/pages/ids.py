"""Ids as forms and addresses bring them."""

from collections.abc import Iterable

LARGEST_ID = 2**63 - 1


def row_id(text: str | None) -> int | None:
    """The id in `text`, or None where it is none that a table can hold."""
    if not text or not (text.isascii() and text.isdigit()) or int(text[:20]) > LARGEST_ID:
        return None
    return int(text[:20])


def row_ids(texts: Iterable[str]) -> list[int]:
    """Those of `texts` that are ids."""
    return [found for text in texts if (found := row_id(text)) is not None]

"""What a user chose for themselves in the editor; it follows them to every browser."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from annotator.models import User
from annotator.services.errors import ServiceError

LARGEST_BYTES = 64 << 10
LONGEST_WORD = 64


def _is_word(value: Any) -> bool:
    # Not all that JSON can hold can be stored: half a surrogate pair, or the character 0 in PostgreSQL.
    return isinstance(value, str) and len(value) <= LONGEST_WORD and value.isprintable()


def _is_switch(value: Any) -> bool:
    return isinstance(value, bool)


def _is_keymap(value: Any) -> bool:
    """{action: [key combination]}"""
    return isinstance(value, dict) and all(
        _is_word(action) and isinstance(keys, list) and all(_is_word(key) for key in keys)
        for action, keys in value.items()
    )


KNOWN: Mapping[str, Callable[[Any], bool]] = {
    "keymap": _is_keymap,
    "palette": _is_word,
    "hatching": _is_switch,
    "pen_pressure": _is_switch,
    "language": _is_word,
    "theme": _is_word,
    "minimap": _is_switch,
    "rulers": _is_switch,
    "smoothing": _is_switch,
}


def save_preferences(*, user: User, preferences: Mapping[str, Any]) -> dict[str, Any]:
    """Replace a user's preferences and return them. Raises ServiceError for what is none, or too much."""
    for name, value in preferences.items():
        if name not in KNOWN:
            known = ", ".join(KNOWN)
            raise ServiceError(
                _("A preference is not known; nothing was saved. Known are {known}.").format(known=known)
            )
        if not KNOWN[name](value):
            raise ServiceError(_("The preference {name} cannot have this value; nothing was saved.").format(name=name))
    if len(json.dumps(preferences)) > LARGEST_BYTES:
        raise ServiceError(
            _("The preferences are larger than {most} KiB; nothing was saved.").format(most=LARGEST_BYTES >> 10)
        )
    user.preferences = dict(preferences)
    user.save(update_fields=["preferences"])
    return user.preferences

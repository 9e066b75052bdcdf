"""What a user chose for themselves in the editor; it follows them to every browser."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotator.models import User
from annotator.services.errors import ServiceError

LARGEST_BYTES = 64 << 10
LONGEST_WORD = 64
LONGEST_PX = 4000


def _is_word(value: Any) -> bool:
    # Not all that JSON can hold can be stored: half a surrogate pair, or the character 0 in PostgreSQL.
    return isinstance(value, str) and len(value) <= LONGEST_WORD and value.isprintable()


def _is_switch(value: Any) -> bool:
    return isinstance(value, bool)


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _is_length(value: Any) -> bool:
    """CSS pixels"""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LONGEST_PX


def _is_keymap(value: Any) -> bool:
    """{action: [key combination]}"""
    return isinstance(value, dict) and all(
        _is_word(action) and isinstance(keys, list) and all(_is_word(key) for key in keys)
        for action, keys in value.items()
    )


KEYMAP = "keymap"
KNOWN: Mapping[str, Callable[[Any], bool]] = {
    KEYMAP: _is_keymap,
    "palette": _is_word,
    "hatching": _is_switch,
    "pen_pressure": _is_switch,
    "language": _is_word,
    "theme": _is_word,
    "minimap": _is_switch,
    "rulers": _is_switch,
    "smoothing": _is_switch,
    "opacity": _is_share,
    "panel_px": _is_length,
}


def change_preferences(*, user: User, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Change some of a user's preferences, leave the others, and return all.

    None takes a preference back to what is usual. The keymap is changed action by action in the same way. Raises
    ServiceError, and changes nothing, for what is no preference or too much.
    """
    with transaction.atomic():
        # Locked: another tab of theirs may be changing other ones.
        row = User.objects.select_for_update().get(pk=user.pk)
        chosen = _changed(row.preferences, changes)
        if isinstance(changes.get(KEYMAP), Mapping):
            chosen[KEYMAP] = _changed(row.preferences.get(KEYMAP, {}), changes[KEYMAP])
        _check({name: chosen[name] for name in changes if name in chosen}, changes)
        if len(json.dumps(chosen)) > LARGEST_BYTES:
            raise ServiceError(
                _("The preferences are larger than {most} KiB; nothing was saved.").format(most=LARGEST_BYTES >> 10)
            )
        row.preferences = user.preferences = chosen
        row.save(update_fields=["preferences"])
    return chosen


def _changed(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**before, **changes}.items() if value is not None}


def _check(chosen: Mapping[str, Any], names: Iterable[str]) -> None:
    for name in names:
        if name not in KNOWN:
            known = ", ".join(KNOWN)
            raise ServiceError(
                _("A preference is not known; nothing was saved. Known are {known}.").format(known=known)
            )
    for name, value in chosen.items():
        if not KNOWN[name](value):
            raise ServiceError(_("The preference {name} cannot have this value; nothing was saved.").format(name=name))

"""The settings of a training run as a list to read."""

from collections.abc import Mapping
from typing import Any

from segmodels.cards import OPTIONS_FIELD


def readable_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by name; at the end each option of the architecture, with `option: ` before its name."""
    plain = {name: value for name, value in settings.items() if name != OPTIONS_FIELD}
    options = settings.get(OPTIONS_FIELD, {})
    return plain | {f"option: {name}": value for name, value in options.items()}

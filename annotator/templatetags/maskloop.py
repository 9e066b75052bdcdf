"""What templates need to draw: icons, quantities with their units, states in words."""

from datetime import timedelta
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from annotator.assets import EDITOR_FILES
from annotator.models import ModelVersion
from annotator.wording import (
    in_digits,
    option_word,
    role_word,
    setting_word,
    snapshot_word,
    state_word,
    told,
    value_word,
)

register = template.Library()
register.filter("told", told)
register.filter("snapshot_name", snapshot_word)


@register.simple_tag
def icon(name: str) -> SafeString:
    """A symbol of the sprite that `scripts/build_assets.mjs` makes; hidden from screen readers."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>',
        static("vendor/icons.svg"),
        name,
    )


@register.simple_tag
def editor_prefetches() -> SafeString:
    """Links that let the browser fetch the editor's files while somebody reads a page that leads there."""
    addresses = ((static(name),) for name in EDITOR_FILES)
    return format_html_join("\n  ", '<link rel="prefetch" href="{}">', addresses)


@register.filter
def percent(value: float | None) -> str:
    """A share of 0..1 in per cent with one decimal; a dash where there is none."""
    return "–" if value is None else in_digits(f"{value * 100:.1f} %")


@register.filter
def width(value: float | None) -> str:
    """A share of 0..1 as a CSS width."""
    return f"{min(max(value or 0.0, 0.0), 1.0) * 100:.2f}%"


@register.filter
def points(value: float | None) -> str:
    """A difference of two shares in percentage points, with its sign."""
    return "–" if value is None else _points(f"{value * 100:+.1f}")


@register.filter
def signed_points(value: float | None) -> str:
    """A difference that is in percentage points already, with its sign."""
    return "–" if value is None else _points(f"{value:+.2f}")


def _points(number: str) -> str:
    return gettext("{points} points").format(points=in_digits(number).replace("-", "−"))


@register.filter
def times(value: float | None) -> str:
    """A ratio: 2.3×, 0.05×."""
    if value is None:
        return "–"
    return in_digits(f"{value:.1f}×" if value >= 0.95 else f"{value:.2f}×")


@register.filter
def duration(value: float | timedelta | None) -> str:
    """Seconds in words: 8 s, 3 min 20 s, 2 h."""
    if value is None:
        return "–"
    seconds = round(value.total_seconds() if isinstance(value, timedelta) else value)
    if seconds < 60:
        return f"{seconds} s"
    big, small, units = (seconds // 60, seconds % 60, ("min", "s"))
    if seconds >= 3600:
        big, small, units = (seconds // 3600, seconds % 3600 // 60, ("h", "min"))
    return f"{big} {units[0]} {small} {units[1]}" if small else f"{big} {units[0]}"


@register.filter
def milliseconds(value: float | None) -> str:
    """Seconds in milliseconds, with three digits at most."""
    if value is None:
        return "–"
    return in_digits(f"{value * 1000:.1f} ms" if value < 0.1 else f"{value * 1000:.0f} ms")


@register.filter
def short_seconds(value: float | None) -> str:
    """Seconds with one decimal."""
    return "–" if value is None else in_digits(f"{value:.1f} s")


@register.filter
def score_unit(model: ModelVersion) -> str:
    """The name of the model's score without the word that all scores of models share."""
    return gettext("mask AP") if model.score_name == ModelVersion.ScoreName.MASK_AP else gettext("mIoU")


@register.filter
def state_name(value: str) -> str:
    return state_word(value)


@register.filter
def role_name(value: str) -> str:
    return role_word(value)


@register.filter
def in_language(value: str) -> str:
    """A text that stands in the catalogue as it is: of a registry, or stored; any other stays in English."""
    return gettext(value) if value else ""


@register.filter
def setting_name(value: str) -> str:
    return setting_word(value)


@register.filter
def setting_value(value: Any) -> str:
    """A training setting as people write it: 256 × 256, yes, none."""
    if value is None:
        return gettext("automatic")
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, dict):
        return ", ".join(f"{option_word(name)} {setting_value(part)}" for name, part in value.items())
    if isinstance(value, list | tuple):
        return " × ".join(map(str, value))
    return in_digits(f"{value:.6g}") if isinstance(value, float) else value_word(str(value))


@register.filter
def digits(value: Any) -> str:
    """A number, or a text with numbers, with the separators of the language."""
    return in_digits(str(value))


@register.filter
def unlocalized(value: float) -> str:
    """A number as CSS and JavaScript read it."""
    return f"{value:.6g}"


@register.filter
def new_key(counter: int) -> str:
    """The key of a form row that stands for nothing stored yet."""
    return f"new{counter}"


@register.filter
def whole_percent(value: float) -> int:
    """A share of 0..1 as a whole number of per cent, for screen readers."""
    return round(value * 100)


@register.filter
def millions(value: int) -> str:
    """A number of parameters in millions."""
    return gettext("{number} million").format(number=in_digits(f"{value / 1e6:.1f}"))

"""Keyset pages: {items, next}; `next` is where the following page begins, whatever was added meanwhile."""

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from annotator.services.errors import ServiceError

PAGE = 100
M = TypeVar("M", bound=Model)


def page(
    rows: QuerySet[M],
    *,
    order: tuple[str, ...],
    cursor: str | None,
    describe: Callable[[M], dict[str, Any]],
    before: Callable[[list[M]], None] = lambda found: None,
    size: int = PAGE,
) -> dict[str, Any]:
    """One page of `rows` in `order` (field names, "-" for falling; the last must be unique).

    `before` is called once with the rows of the page, so that `describe` needs no query for each.
    """
    rows = rows.order_by(*order)
    if cursor:
        rows = rows.filter(_after(order, _decode(cursor, order, rows.model)))
    found = list(rows[: size + 1])
    more = len(found) > size
    last = found[size - 1] if more else None
    following = _encode([getattr(last, field.lstrip("-")) for field in order]) if last is not None else None
    before(found[:size])
    return {"items": [describe(row) for row in found[:size]], "next": following}


def _after(order: tuple[str, ...], values: list[Any]) -> Q:
    condition = Q()
    equal: dict[str, Any] = {}
    for field, value in zip(order, values, strict=True):
        name = field.lstrip("-")
        condition |= Q(**equal, **{f"{name}__{'lt' if field.startswith('-') else 'gt'}": value})
        equal[name] = value
    return condition


def _encode(values: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values, default=str).encode()).decode()


def _decode(cursor: str, order: tuple[str, ...], model: type[Model]) -> list[Any]:
    """The values of a cursor as the fields of `order` have them; ServiceError for all that `_encode` never made."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise ServiceError(_("The cursor is not one of this API; start without one.")) from error
    if not isinstance(values, list) or len(values) != len(order) or any(v is None or "\0" in str(v) for v in values):
        raise ServiceError(_("The cursor belongs to another order; start without one."))
    try:
        fields = [model._meta.get_field(name.lstrip("-")) for name in order]
        return [field.clean(value, None) for field, value in zip(fields, values, strict=True)]
    except (ValidationError, TypeError, ValueError, OverflowError) as error:
        raise ServiceError(_("The cursor belongs to another order; start without one.")) from error

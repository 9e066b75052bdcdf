"""Revisions as entity tags: "3" is revision 3, "0" an image that nobody labelled yet."""

import re

from django.utils.translation import gettext as _

from annotator.services.errors import ServiceError

REVISION = re.compile(r"[0-9]{1,10}")


class WeakTag(ServiceError):
    """An entity tag that promises no more than a likeness, where a save needs the very labels it started from."""

    status = 412

    def __init__(self) -> None:
        super().__init__(_('Nothing was changed: If-Match takes no weak tag. Send the revision alone: If-Match: "3".'))


def revision_of(if_match: str | None) -> int:
    """The revision that an If-Match header names.

    Raises ServiceError where it names none, WeakTag for W/"3" (RFC 9110, 13.1.1: a weak tag matches nothing).
    """
    text = (if_match or "").strip()
    if text.startswith("W/"):
        raise WeakTag
    text = text.strip('"')
    if not REVISION.fullmatch(text):
        raise ServiceError(
            _('A save names the revision it started from: If-Match: "3" ("0" where nothing is labelled).')
        )
    return int(text)

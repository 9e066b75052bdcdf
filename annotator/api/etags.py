"""Revisions as entity tags: "3" is revision 3, "0" an image that nobody labelled yet."""

import re

from django.utils.translation import gettext as _

from annotator.services.errors import ServiceError

REVISION = re.compile(r"[0-9]{1,10}")


def revision_of(if_match: str | None) -> int:
    """The revision that an If-Match header names. Raises ServiceError where it names none."""
    text = (if_match or "").strip().removeprefix("W/").strip('"')
    if not REVISION.fullmatch(text):
        raise ServiceError(
            _('A save names the revision it started from: If-Match: "3" ("0" where nothing is labelled).')
        )
    return int(text)

"""What a service refuses, in words for the person who asked."""

from django.utils.translation import gettext as _


class ServiceError(Exception):
    """A request that cannot be carried out; `detail` says what happened, what was kept and what to do.

    Where a worker may raise it, `detail` is a `Phrase`: only the border knows the language of the reader.
    """

    status = 422

    def __init__(self, detail: str):
        super().__init__(detail)
        self.detail = detail


class NotFound(ServiceError):
    """Something of an object that is not there (any more)."""

    status = 404


class Conflict(ServiceError):
    """The request no longer fits what is stored."""

    status = 409


class StaleRevision(Conflict):
    """A save that started from an older revision than the head."""

    def __init__(self, *, revision: int, changed_tiles: list[int]):
        super().__init__(
            _(
                "The labels were changed meanwhile (now at revision {revision}); nothing was overwritten. "
                "Load the changed tiles and save again."
            ).format(revision=revision)
        )
        self.revision = revision
        self.changed_tiles = changed_tiles


class Claimed(ServiceError):
    """Somebody else is working on the image."""

    status = 423

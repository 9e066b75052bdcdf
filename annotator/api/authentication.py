"""Who is calling: a bearer token, or the session cookie of the pages (then with Django's CSRF check)."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import timezone
from ninja.errors import AuthenticationError
from ninja.security import HttpBearer, SessionAuth

from annotator.languages import speak_to_client
from annotator.models import ApiToken, User

# The editor says with it whose page it is, by the key of the user.
PAGE_USER = "X-Page-User"
REMEMBER_USE_EVERY = timedelta(minutes=1)


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def create_token(user: User) -> str:
    """A new token for `user`; only its digest is stored, so this is the one time it is seen."""
    token = secrets.token_urlsafe(32)
    ApiToken.objects.create(user=user, digest=digest_of(token))
    return token


class BearerToken(HttpBearer):
    """`Authorization: Bearer <token>`."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        row = ApiToken.objects.select_related("user").filter(digest=digest_of(token), user__is_active=True).first()
        if row is None:
            return None
        now = timezone.now()
        if row.last_used is None or now - row.last_used > REMEMBER_USE_EVERY:
            ApiToken.objects.filter(pk=row.pk).update(last_used=now)
        request.user = row.user
        speak_to_client(request)
        return row.user


class AnotherUser(AuthenticationError):
    """The session is not the one of the page's user any more; `user` is whose it is."""

    def __init__(self, user: User):
        super().__init__()
        self.user = user


class SessionCookie(SessionAuth):
    """The cookie of a logged-in browser.

    All tabs share it: once somebody else logs in in one, what is drawn in the others must not be saved as theirs.
    """

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        user = request.user
        if isinstance(user, AnonymousUser):
            return None
        if request.headers.get(PAGE_USER) not in (None, str(user.pk)):
            raise AnotherUser(user)
        return user

"""Tokens: a user name and password for a bearer token."""

from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema

from annotator.api.authentication import create_token
from annotator.api.problems import problem

router = Router(tags=["tokens"])


class Credentials(Schema):
    username: str
    password: str


@router.post("/tokens", auth=None, summary="A bearer token for a user name and password")
def post_token(request: HttpRequest, body: Credentials):
    user = authenticate(request, username=body.username, password=body.password) if _is_possible(body) else None
    if user is None:
        return problem(401, _("The user name or the password is wrong, or there were too many tries; wait a while."))
    return {"token": create_token(user)}


def _is_possible(credentials: Credentials) -> bool:
    """Whether a database and a hash function could take the two at all: no null byte, no half of a surrogate pair."""
    has_surrogate = any("\ud800" <= letter <= "\udfff" for letter in credentials.password)
    return credentials.username.isprintable() and not has_surrogate

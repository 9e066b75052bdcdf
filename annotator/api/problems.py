"""Errors as RFC 9457 problem JSON: {type, title, status, detail} and what the case adds."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from annotator.api.authentication import AnotherUser
from annotator.api.validation import place_of_value, said_of_value
from annotator.services.errors import ServiceError, StaleRevision
from annotator.wording import spoken
from annotator.workflow import NotAllowed, WorkflowError

# The standard library says them; those that the API answers with are translated.
TITLES = (
    gettext_noop("Bad Request"),
    gettext_noop("Unauthorized"),
    gettext_noop("Forbidden"),
    gettext_noop("Not Found"),
    gettext_noop("Method Not Allowed"),
    gettext_noop("Not Acceptable"),
    gettext_noop("Conflict"),
    gettext_noop("Precondition Failed"),
    gettext_noop("Unprocessable Content"),
    gettext_noop("Unprocessable Entity"),
    gettext_noop("Locked"),
    gettext_noop("Too Many Requests"),
    gettext_noop("Internal Server Error"),
)
UNREADABLE_BODY = gettext_noop("Cannot parse request body")  # what django-ninja says of a body that is no JSON


def problem(status: int, detail: str, **more: Any) -> JsonResponse:
    """A problem answer; `more` are members of their own, as `changed_tiles`."""
    body = {
        "type": "about:blank",
        "title": _(HTTPStatus(status).phrase),
        "status": status,
        "detail": detail,
        **more,
    }
    return JsonResponse(body, status=status, content_type="application/problem+json")


def install_problem_answers(api: NinjaAPI) -> None:
    """Make every refusal of `api` a problem answer."""

    @api.exception_handler(ServiceError)
    def refused(request: HttpRequest, error: ServiceError) -> HttpResponse:
        return problem(error.status, spoken(error.detail))

    @api.exception_handler(StaleRevision)
    def stale(request: HttpRequest, error: StaleRevision) -> HttpResponse:
        return problem(409, spoken(error.detail), revision=error.revision, changed_tiles=error.changed_tiles)

    @api.exception_handler(WorkflowError)
    def no_such_step(request: HttpRequest, error: WorkflowError) -> HttpResponse:
        return problem(409, spoken(error))

    @api.exception_handler(NotAllowed)
    def not_allowed(request: HttpRequest, error: NotAllowed) -> HttpResponse:
        return problem(403, spoken(error))

    @api.exception_handler(PermissionDenied)
    def denied(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
        return problem(403, str(error) or _("This needs a right that you do not have."))

    @api.exception_handler(Http404)
    def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
        return problem(404, str(error) or _("There is no such object."))

    @api.exception_handler(AuthenticationError)
    def unauthenticated(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return problem(401, _("Log in, or send Authorization: Bearer <token>."))

    @api.exception_handler(AnotherUser)
    def another_user(request: HttpRequest, error: AnotherUser) -> HttpResponse:
        name = error.user.username
        detail = _("{name} is logged in in this browser now.").format(name=name)
        return problem(401, detail, logged_in=name)

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        return problem(422, "; ".join(f"{place_of_value(one)}: {said_of_value(one)}" for one in error.errors))

    @api.exception_handler(HttpError)
    def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(error.status_code, _(error.message))

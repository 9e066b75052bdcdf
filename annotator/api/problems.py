"""Errors as RFC 9457 problem JSON: {type, title, status, detail} and what the case adds."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from annotator.services.errors import ServiceError, StaleRevision
from annotator.workflow import NotAllowed, WorkflowError


def problem(status: int, detail: str, **more: Any) -> JsonResponse:
    """A problem answer; `more` are members of their own, as `changed_tiles`."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **more,
    }
    return JsonResponse(body, status=status, content_type="application/problem+json")


def install_problem_answers(api: NinjaAPI) -> None:
    """Make every refusal of `api` a problem answer."""

    @api.exception_handler(ServiceError)
    def refused(request: HttpRequest, error: ServiceError) -> HttpResponse:
        return problem(error.status, error.detail)

    @api.exception_handler(StaleRevision)
    def stale(request: HttpRequest, error: StaleRevision) -> HttpResponse:
        return problem(409, error.detail, revision=error.revision, changed_tiles=error.changed_tiles)

    @api.exception_handler(WorkflowError)
    def no_such_step(request: HttpRequest, error: WorkflowError) -> HttpResponse:
        return problem(409, str(error))

    @api.exception_handler(NotAllowed)
    def not_allowed(request: HttpRequest, error: NotAllowed) -> HttpResponse:
        return problem(403, str(error))

    @api.exception_handler(PermissionDenied)
    def denied(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
        return problem(403, str(error) or "This needs a right that you do not have.")

    @api.exception_handler(Http404)
    def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
        return problem(404, str(error) or "There is no such object.")

    @api.exception_handler(AuthenticationError)
    def unauthenticated(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return problem(401, "Log in, or send Authorization: Bearer <token>.")

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        words = "; ".join(f"{'.'.join(map(str, entry['loc']))}: {entry['msg']}" for entry in error.errors)
        return problem(422, words)

    @api.exception_handler(HttpError)
    def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(error.status_code, error.message)

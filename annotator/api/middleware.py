"""Refusals that come from around the API, told in its own form."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext_noop

from annotator.api.problems import problem

PREFIX = "/api/v1/"
DETAILS = {
    400: gettext_noop(
        "The request cannot be read: it is damaged, holds too many files, or a field of it is too large."
    ),
    404: gettext_noop("There is nothing at this address."),
    405: gettext_noop("This address does not take this method."),
    429: gettext_noop("There were too many tries to log in; wait a while."),
    500: gettext_noop("Something went wrong on the server; its log tells what."),
}


class ProblemAnswersMiddleware:
    """Problem JSON instead of a page where Django, or a middleware, refuses a request to the API."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        if not is_page or not request.path.startswith(PREFIX) or response.status_code not in DETAILS:
            return response
        # What refused may stand before the language of the request was found out.
        with translation.override(getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE)):
            answer = problem(response.status_code, translation.gettext(DETAILS[response.status_code]))
        if allowed := response.headers.get("Allow"):
            answer.headers["Allow"] = allowed
        return answer

"""Refusals that come from around the API, told in its own form."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from annotator.api.problems import problem

PREFIX = "/api/v1/"
DETAILS = {
    400: "The request cannot be read: it is damaged, holds too many files, or a field of it is too large.",
    404: "There is nothing at this address.",
    405: "This address does not take this method.",
    429: "There were too many tries to log in; wait a while.",
    500: "Something went wrong on the server; its log tells what.",
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
        answer = problem(response.status_code, DETAILS[response.status_code])
        if allowed := response.headers.get("Allow"):
            answer.headers["Allow"] = allowed
        return answer

"""REST API v1 (OpenAPI at /api/v1/openapi.json): one router per noun, errors as RFC 9457 problem JSON."""

from ninja import NinjaAPI

from annotator.api import (
    clicks,
    comments,
    exports,
    grabcut,
    images,
    jobs,
    labels,
    models,
    predictions,
    preferences,
    projects,
    pyramids,
    runs,
    superpixels,
    tokens,
)
from annotator.api.authentication import BearerToken, SessionCookie
from annotator.api.problems import install_problem_answers

api = NinjaAPI(
    title="Maskloop",
    version="1",
    urls_namespace="api",
    auth=[BearerToken(), SessionCookie()],
    docs_url=None,
    description="Label, train, pre-label, review and export. Lists are {items, next}; pass next as ?cursor=.",
)
install_problem_answers(api)
for module in (
    tokens,
    preferences,
    projects,
    images,
    pyramids,
    labels,
    clicks,
    superpixels,
    grabcut,
    comments,
    runs,
    models,
    predictions,
    exports,
    jobs,
):
    api.add_router("", module.router)

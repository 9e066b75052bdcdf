"""Made-up requests against every address of the schema: whatever comes in, no answer is a server error."""

import json

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings

from annotator.api import api
from annotator.api.authentication import create_token
from annotator.models import Comment, Export, Image, Job, ModelVersion, Project, TrainingRun
from annotator.wsgi import application

EXAMPLES = 15
ADDRESSES = [
    (method.upper(), path) for path, operations in api.get_openapi_schema()["paths"].items() for method in operations
]
# An id that exists for each path parameter, so that requests get further than 404.
MODELS = {
    "project_id": Project,
    "image_id": Image,
    "job_id": Job,
    "run_id": TrainingRun,
    "model_id": ModelVersion,
    "comment_id": Comment,
    "export_id": Export,
}


@pytest.fixture(autouse=True)
def connection_stays_open():
    """As in Django's own test client: the end of a request does not end the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def token(project, alice, add_image, label, make_model, predict):
    """The token of the owner of a project with one of everything."""
    predict(add_image(1), make_model())
    label(add_image(2), alice)
    Comment.objects.create(image=Image.objects.first(), author=alice, text="here", revision=0)
    return create_token(alice)


@pytest.mark.parametrize(("method", "path"), ADDRESSES, ids=[" ".join(address) for address in ADDRESSES])
def test_no_request_is_answered_with_a_server_error(method, path, token):
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application, headers=bearer(token))
    known = {name: model.objects.values_list("pk", flat=True).first() or 1 for name, model in MODELS.items()}
    known["scale"] = "coarse"

    @given(case=schema[path][method].as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def send(case):
        for name in case.path_parameters or {}:
            case.path_parameters[name] = known.get(name, 1)
        answer = case.call(headers=bearer(token))
        assert answer.status_code < 500, (case.as_curl_command(), answer.text)
        if answer.status_code >= 400:
            assert json.loads(answer.text)["status"] == answer.status_code

    send()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}

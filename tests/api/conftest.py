"""Callers of the REST API."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from annotator.api.authentication import create_token
from annotator.models import User
from annotator.services import jobs

API = "/api/v1"


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    monkeypatch.setattr(jobs.app, "send_task", lambda *args, **kwargs: None)


class Caller:
    """A client with a bearer token; paths are those below /api/v1."""

    def __init__(self, user: User | None):
        headers = {"Authorization": f"Bearer {create_token(user)}"} if user else {}
        self.client = Client(headers=headers, raise_request_exception=True)

    def get(self, path: str, **headers: str):
        return self.client.get(API + path, headers=headers)

    def send(self, method: str, path: str, body: Any = None, **headers: str):
        return self.client.generic(
            method, API + path, json.dumps(body or {}), content_type="application/json", headers=headers
        )

    def post(self, path: str, body: Any = None, **headers: str):
        return self.send("POST", path, body, **headers)

    def upload(self, method: str, path: str, parts: dict[str, Any], **headers: str):
        """Multipart with PUT, PATCH or POST."""
        body = encode_multipart(BOUNDARY, parts)
        return self.client.generic(method, API + path, body, content_type=MULTIPART_CONTENT, headers=headers)


@pytest.fixture
def call() -> Callable[[User | None], Caller]:
    """call(user): the API as that user sees it; call(None) without a token."""
    return Caller

"""Whether this web process can serve: database and broker answer."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from annotator.celery import app


def healthz(request: HttpRequest) -> JsonResponse:
    """200 {"database": "ok", "broker": "ok"}, or 503 naming what does not answer."""
    found = {"database": _database(), "broker": _broker()}
    return JsonResponse(found, status=200 if set(found.values()) == {"ok"} else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return type(error).__name__
    return "ok"


def _broker() -> str:
    try:
        with app.connection_or_acquire() as broker:
            broker.default_channel.client.ping()
    except (OperationalError, RedisError, OSError) as error:
        return type(error).__name__
    return "ok"

"""What a user chose for themselves in the editor."""

from typing import Any

from django.http import HttpRequest
from ninja import Body, Router

from annotator.services import preferences

router = Router(tags=["preferences"])


@router.get("/me/preferences", summary="Your preferences: keys, palette, language ...")
def get_preferences(request: HttpRequest):
    return request.user.preferences


@router.put("/me/preferences", summary="Replace your preferences")
def put_preferences(request: HttpRequest, body: Body[dict[str, Any]]):
    return preferences.save_preferences(user=request.user, preferences=body)

"""What a user chose for themselves in the editor."""

from typing import Any

from django.http import HttpRequest
from ninja import Body, Router

from annotator.services import preferences

router = Router(tags=["preferences"])


@router.get("/me/preferences", summary="Your preferences: keys, palette, language ...")
def get_preferences(request: HttpRequest):
    return request.user.preferences


@router.patch("/me/preferences", summary="Change some of your preferences; null takes one back")
def patch_preferences(request: HttpRequest, body: Body[dict[str, Any]]):
    """The others stay as they are. `keymap` is changed action by action in the same way. Answers with all of them."""
    return preferences.change_preferences(user=request.user, changes=body)

"""The way into the editor: the next image of the queue, or one image by name."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_safe

from annotator import access
from annotator.api.images import describe_image
from annotator.models import Image
from annotator.pages.frame import render_project_page, rights_in
from annotator.pages.ids import row_id
from annotator.services import pyramids, queue
from annotator.workflow import Right, State

RIGHT_FOR = {"annotate": Right.LABEL, "review": Right.REVIEW}
EDITOR_FOR = {"annotate": "label", "review": "review"}


@login_required
@require_http_methods(["GET", "POST"])
def next_image(request: HttpRequest, project_id: int, purpose: str) -> HttpResponse:
    """Claim the next image and open the editor; a bookmark shows a button, for looking claims nothing."""
    if purpose not in RIGHT_FOR:
        raise Http404(_("The queue is for annotate or review."))
    project = access.get_project(request.user, project_id, RIGHT_FOR[purpose])
    is_empty = False
    if request.method == "POST":
        skip = row_id(request.POST.get("skip"))
        image = queue.claim_next_image(project=project, user=request.user, purpose=purpose, skip=skip)
        if image is not None:
            return redirect(EDITOR_FOR[purpose], image.pk)
        is_empty = True
    context = {"purpose": purpose, "is_empty": is_empty, "counts": queue.state_counts(project)}
    return render_project_page(request, "next.html", project, "", context)


@login_required
@require_safe
@ensure_csrf_cookie
def label(request: HttpRequest, image_id: int) -> HttpResponse:
    """The editor on one image; who may only look gets it without tools."""
    return _editor(request, access.get_image(request.user, image_id), "annotate")


@login_required
@require_safe
@ensure_csrf_cookie
def review(request: HttpRequest, image_id: int) -> HttpResponse:
    """The editor in review mode."""
    return _editor(request, access.get_image(request.user, image_id, Right.REVIEW), "review")


def _editor(request: HttpRequest, image: Image, mode: str) -> HttpResponse:
    pyramids.ensure_pyramid(image=image, user=request.user)
    config = editor_config(request, image, mode)
    return render(request, "editor.html", {"config": config, "image": image, "project": image.project, "mode": mode})


def editor_config(request: HttpRequest, image: Image, mode: str) -> dict[str, Any]:
    """All that the editor's modules need to know, as JSON."""
    project, user = image.project, request.user
    rights = rights_in(project)
    counts = queue.state_counts(project)
    finished = (State.ACCEPTED,) if mode == "review" else (State.SUBMITTED, State.ACCEPTED)
    return {
        "mode": mode,
        "project": {"id": project.pk, "name": project.name, "task": project.task},
        "user": {
            "id": user.pk,
            "name": user.username,
            "role": project.role,
            "can_review": rights["review"],
            "can_label": rights["label"],
        },
        "classes": list(project.classes.values("id", "name", "color", "kind", "ignore", "shortcut")),
        "image": describe_image(image, user),
        "csrf_token": get_token(request),
        "urls": {
            "api": "/api/v1",
            "overview": reverse("overview", args=[project.pk]),
            "images": reverse("images", args=[project.pk]),
            "settings": reverse("settings", args=[project.pk]),
            "editor_of_image": "/images/{id}/label/",
            "review_of_image": "/images/{id}/review/",
        },
        "progress": {"done": sum(counts[state] for state in finished), "total": sum(counts.values())},
    }

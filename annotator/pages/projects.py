"""All projects, and a new one."""

from collections import defaultdict
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotator import access
from annotator.models import Image, Project
from annotator.pages.classform import DEFAULT_CLASSES, read_classes
from annotator.pages.forms import ProjectForm
from annotator.pages.frame import REFUSALS, reason
from annotator.services import projects as service
from annotator.workflow import State


@login_required
@require_safe
def project_list(request: HttpRequest) -> HttpResponse:
    """Cards of the projects that this person may see."""
    first_image = Image.objects.filter(project=OuterRef("pk")).exclude(thumbnail_key="").order_by("id")
    projects = list(
        access.visible_projects(request.user)
        .select_related("promoted_model")
        .annotate(cover=Subquery(first_image.values("pk")[:1]))
        .order_by("-created")
    )
    return render(request, "projects.html", {"cards": _cards(projects)})


def _cards(projects: list[Project]) -> list[dict[str, Any]]:
    counts = _counts_by_project(Image.objects.filter(project__in=projects))
    cards = []
    for project in projects:
        states = counts[project.pk]
        total = sum(states.values())
        accepted = states.get(State.ACCEPTED, 0)
        cards.append(
            {
                "project": project,
                "total": total,
                "accepted": accepted,
                "segments": [
                    (state, states[state], states[state] / total) for state in reversed(State) if states.get(state)
                ],
            }
        )
    return cards


def _counts_by_project(images: QuerySet[Image]) -> dict[int, dict[str, int]]:
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for row in images.order_by().values("project_id", "state").annotate(number=Count("pk")):
        counts[row["project_id"]][row["state"]] = row["number"]
    return counts


@login_required
@require_http_methods(["GET", "POST"])
def new_project(request: HttpRequest) -> HttpResponse:
    """A name, a task and the first classes make a project."""
    form = ProjectForm(request.POST or None)
    classes = read_classes(request.POST) if request.method == "POST" else DEFAULT_CLASSES
    if request.method == "POST" and form.is_valid():
        try:
            project = service.create_project(user=request.user, classes=classes, **form.cleaned_data)
        except REFUSALS as error:
            form.add_error(None, reason(error))
        else:
            return redirect("overview", project.pk)
    status = 422 if form.errors else 200
    return render(
        request,
        "project_new.html",
        {"form": form, "classes": classes, "palette": service.PALETTE},
        status=status,
    )


@login_required
@require_POST
def tour_seen(request: HttpRequest) -> HttpResponse:
    """The tour was finished or skipped: never show it again to this person."""
    request.user.tour_seen = True
    request.user.save(update_fields=["tour_seen"])
    return HttpResponse(status=204)

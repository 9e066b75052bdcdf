"""The grid of images: filters, endless scrolling, and actions on a selection."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from annotator import access
from annotator.models import Project
from annotator.pages.bulk import ACTIONS, Outcome
from annotator.pages.frame import REFUSALS, render_part, render_project_page, rights_in, tell_refusal
from annotator.pages.ids import row_ids
from annotator.pages.image_query import ImageQuery, filter_choices, matching, page_of


@login_required
@require_http_methods(["GET", "POST"])
def image_grid(request: HttpRequest, project_id: int) -> HttpResponse:
    """A page of the grid; htmx asks for the following ones as they scroll into sight."""
    if request.method == "POST":
        return _act(request, project_id)
    project = access.get_project(request.user, project_id)
    query = ImageQuery.from_request(request.GET)
    images = matching(project, query)
    page, cursor = page_of(images, query)
    context = {
        "images": page,
        "next_address": query.address(cursor) if cursor else "",
        "project": project,
        "rights": rights_in(project),
    }
    if request.htmx:
        return render_part(request, "parts/tiles.html", context)
    context |= filter_choices(project) | {"query": query, "matching": images.count()}
    return render_project_page(request, "images.html", project, "images", context)


def _act(request: HttpRequest, project_id: int) -> HttpResponse:
    action = ACTIONS.get(request.POST.get("action", ""))
    back = ImageQuery.from_request(request.GET).address()
    project = access.get_project(request.user, project_id)
    address = f"{reverse('images', args=[project.pk])}?{back}"
    ids = _selected(request, project)
    if action is None or not ids:
        messages.warning(request, _("Nothing was selected, so nothing was changed. Select images first."))
        return redirect(address)
    project = access.get_project(request.user, project_id, action.right)
    try:
        outcome = action.run(project, request.user, ids)
    except REFUSALS as error:
        tell_refusal(request, error)
    else:
        _tell(request, outcome)
    return redirect(address)


def _selected(request: HttpRequest, project: Project) -> list[int]:
    return list(project.images.filter(pk__in=row_ids(request.POST.getlist("image"))).values_list("pk", flat=True))


def _tell(request: HttpRequest, outcome: Outcome) -> None:
    if outcome.done:
        messages.success(request, outcome.done)
    for why, number in outcome.refused.items():
        kept = ngettext("{count} image was left as it is: {why}", "{count} images were left as they are: {why}", number)
        messages.warning(request, kept.format(count=number, why=why))

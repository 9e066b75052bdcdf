"""Settings of a project: classes, members, automation, name. Each tab has its own address."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from annotator import access
from annotator.models import Project, User
from annotator.pages.classform import read_classes, stored_classes
from annotator.pages.forms import AutomationForm, GeneralForm, InviteForm
from annotator.pages.frame import REFUSALS, reason, render_project_page, tell_refusal
from annotator.pages.ids import row_id
from annotator.pages.prediction_form import PredictionForm
from annotator.services import projects, queue
from annotator.wording import role_word
from annotator.workflow import Right, Role

TABS = {
    "classes": gettext_lazy("Classes"),
    "members": gettext_lazy("Members"),
    "automation": gettext_lazy("Automation"),
    "general": gettext_lazy("General"),
}
FORMS = {"automation": AutomationForm, "general": GeneralForm}


@login_required
@require_http_methods(["GET", "POST"])
def settings_page(request: HttpRequest, project_id: int) -> HttpResponse:
    """One tab of the settings; members may look, managers may change."""
    right = Right.VIEW if request.method == "GET" else Right.MANAGE
    project = access.get_project(request.user, project_id, right)
    tab = request.GET.get("tab", "classes")
    if tab not in TABS:
        tab = "classes"
    if request.method == "POST":
        return CHANGES[tab](request, project)
    return _page(request, project, tab)


def _page(request: HttpRequest, project: Project, tab: str, more: dict[str, Any] | None = None, status: int = 200):
    context = {"setting": tab, "setting_tabs": TABS.items()} | CONTEXTS[tab](project) | (more or {})
    return render_project_page(request, f"settings/{tab}.html", project, "settings", context, status)


def _address(project: Project, tab: str) -> str:
    return f"{reverse('settings', args=[project.pk])}?tab={tab}"


def _classes_context(project: Project) -> dict[str, Any]:
    return {"classes": stored_classes(project), "palette": projects.PALETTE}


def _members_context(project: Project) -> dict[str, Any]:
    return {
        "memberships": list(project.memberships.select_related("user").order_by("user__username")),
        "roles": list(Role),
        "form": InviteForm(),
    }


def _form_context(tab: str):
    def context(project: Project) -> dict[str, Any]:
        form = FORMS[tab]
        return {"form": form(initial={name: getattr(project, name) for name in form.base_fields})}

    return context


def _automation_context(project: Project) -> dict[str, Any]:
    return _form_context("automation")(project) | {"prediction_form": PredictionForm(project)}


def _change_classes(request: HttpRequest, project: Project) -> HttpResponse:
    rows = read_classes(request.POST)
    try:
        projects.save_classes(project=project, classes=rows)
    except REFUSALS as error:
        messages.error(request, _("{reason} What you typed is still here.").format(reason=reason(error)))
        return _page(request, project, "classes", {"classes": rows}, status=422)
    messages.success(request, _("The classes are saved. Labels keep their class; the next model learns the new list."))
    return redirect(_address(project, "classes"))


def _change_members(request: HttpRequest, project: Project) -> HttpResponse:
    try:
        if "remove" in request.POST:
            return _remove_member(request, project)
        if "change" in request.POST:
            return _change_role(request, project)
        return _invite(request, project)
    except REFUSALS as error:
        tell_refusal(request, error)
    return redirect(_address(project, "members"))


def _member(project: Project, value: str) -> User:
    return get_object_or_404(User, pk=row_id(value), memberships__project=project)


def _remove_member(request: HttpRequest, project: Project) -> HttpResponse:
    user = _member(project, request.POST["remove"])
    projects.remove_member(project=project, by=request.user, user=user)
    messages.success(
        request, _("{name} is no longer a member. Labels and comments by {name} stay.").format(name=user.username)
    )
    return redirect(_address(project, "members") if user != request.user else "projects")


def _change_role(request: HttpRequest, project: Project) -> HttpResponse:
    user = _member(project, request.POST["change"])
    role = request.POST.get("role", "")
    projects.set_member(project=project, by=request.user, username=user.username, role=role)
    messages.success(request, _("{name} is now {role}.").format(name=user.username, role=role_word(role)))
    return redirect(_address(project, "members"))


def _invite(request: HttpRequest, project: Project) -> HttpResponse:
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, project, "members", {"form": form}, status=422)
    user, password = projects.invite_user(project=project, by=request.user, **form.cleaned_data)
    if password is None:
        messages.success(
            request,
            _("{name} is now {role} and finds the project after signing in.").format(
                name=user.username, role=role_word(form.cleaned_data["role"])
            ),
        )
        return redirect(_address(project, "members"))
    # Shown in this answer only and stored nowhere, so there is no redirect to another page.
    response = _page(request, project, "members", {"invited": user, "password": password})
    response.headers["Cache-Control"] = "no-store"
    return response


def _save_fields(project: Project, fields: dict[str, Any]) -> None:
    strategy = fields.pop("strategy", project.strategy)
    projects.update_project(project=project, **fields)
    if strategy != project.strategy:
        # Not a mere field: the whole queue is put in the new order.
        queue.choose_strategy(project=project, strategy=strategy)


def _change_fields(tab: str):
    def change(request: HttpRequest, project: Project) -> HttpResponse:
        form = FORMS[tab](request.POST)
        if form.is_valid():
            try:
                _save_fields(project, dict(form.cleaned_data))
            except REFUSALS as error:
                form.add_error(None, reason(error))
            else:
                messages.success(request, _("Saved."))
                return redirect(_address(project, tab))
        return _page(request, project, tab, {"form": form}, status=422)

    return change


def _change_automation(request: HttpRequest, project: Project) -> HttpResponse:
    if request.POST.get("part") == "predictions":
        return _change_predictions(request, project)
    return _change_fields("automation")(request, project)


def _change_predictions(request: HttpRequest, project: Project) -> HttpResponse:
    form = PredictionForm(project, request.POST)
    if form.is_valid():
        try:
            projects.set_prediction_settings(project=project, values=form.values())
        except REFUSALS as error:
            form.refuse(error)
        else:
            messages.success(request, _("Saved. Images are predicted like this from now on; earlier predictions stay."))
            return redirect(_address(project, "automation"))
    return _page(request, project, "automation", {"prediction_form": form}, status=422)


CONTEXTS = {
    "classes": _classes_context,
    "members": _members_context,
    "automation": _automation_context,
    "general": _form_context("general"),
}
CHANGES = {
    "classes": _change_classes,
    "members": _change_members,
    "automation": _change_automation,
    "general": _change_fields("general"),
}

"""The addresses of the pages."""

from django.contrib.auth import views as auth
from django.urls import path

from annotator.pages import (
    exports,
    forms,
    images,
    imports,
    jobs,
    labelling,
    language,
    models,
    overview,
    projects,
    runs,
    settings,
    signing_in,
)

urlpatterns = [
    path("accounts/login/", signing_in.SignIn.as_view(), name="login"),
    path("accounts/logout/", auth.LogoutView.as_view(), name="logout"),
    path(
        "accounts/password/",
        auth.PasswordChangeView.as_view(form_class=forms.NewPasswordForm),
        name="password_change",
    ),
    path("accounts/password/done/", auth.PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("accounts/language/", language.choose_language, name="choose-language"),
    path("accounts/tour-seen/", projects.tour_seen, name="tour-seen"),
    path("", projects.project_list, name="projects"),
    path("projects/new/", projects.new_project, name="project-new"),
    path("projects/<int:project_id>/", overview.overview, name="overview"),
    path("projects/<int:project_id>/prelabel/", overview.prelabel, name="prelabel"),
    path("projects/<int:project_id>/images/", images.image_grid, name="images"),
    path("projects/<int:project_id>/next/<str:purpose>/", labelling.next_image, name="next"),
    path("images/<int:image_id>/label/", labelling.label, name="label"),
    path("images/<int:image_id>/review/", labelling.review, name="review"),
    path("projects/<int:project_id>/models/", models.model_list, name="models"),
    path("projects/<int:project_id>/models/compare/", models.compare, name="compare"),
    path("models/<int:model_id>/", models.model_page, name="model"),
    path("models/<int:model_id>/promote/", models.promote, name="promote"),
    path("models/<int:model_id>/measure-backends/", models.measure_backends, name="measure-backends"),
    path("training-runs/<int:run_id>/", runs.run_page, name="run"),
    path("projects/<int:project_id>/export/", exports.export_page, name="export"),
    path("projects/<int:project_id>/settings/", settings.settings_page, name="settings"),
    path("projects/<int:project_id>/import/", imports.import_page, name="import"),
    path("imports/<int:import_id>/", imports.report, name="report"),
    path("projects/<int:project_id>/jobs/", jobs.job_list, name="jobs"),
    path("jobs/", jobs.job_list, name="jobs"),
    path("jobs/<int:job_id>/", jobs.job_page, name="job"),
    path("jobs/<int:job_id>/cancel/", jobs.cancel, name="job-cancel"),
]

"""The address table: pages at the root, REST under /api/v1/."""

from django.urls import include, path

from annotator.api import api
from annotator.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("api/v1/", api.urls),
    path("", include("annotator.pages.urls")),
]

from django.apps import AppConfig
from django.core.checks import register


class AnnotatorConfig(AppConfig):
    name = "annotator"
    verbose_name = "Maskloop"

    def ready(self) -> None:
        from annotator.checks import built_assets

        register(built_assets)

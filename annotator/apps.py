from django.apps import AppConfig


class AnnotatorConfig(AppConfig):
    name = "annotator"
    verbose_name = "Maskloop"

    def ready(self) -> None:
        import annotator.checks  # noqa: F401

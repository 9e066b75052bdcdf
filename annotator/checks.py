"""What `manage.py` looks at before it starts anything."""

from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register

from annotator.assets import BUILT_EDITOR, trouble_with_assets


@register
def built_assets(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Whether browsers get files, and those of the editor as it is now."""
    trouble = trouble_with_assets()
    if trouble is None:
        return []
    level, number = (Warning, "annotator.W001") if BUILT_EDITOR.exists() else (Error, "annotator.E001")
    return [level(trouble, hint="Run `make assets`.", id=number)]

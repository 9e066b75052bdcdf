"""What `manage.py` looks at before it starts anything."""

from typing import Any

from django.core.checks import CheckMessage, Error, Warning

from annotator import assets

HINT = "Run `make assets`."


def built_assets(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    """Whether browsers get files, and those of the editor as it is now."""
    built = assets.built_version()
    if built is None:
        return [Error("The files that browsers load were not built yet.", hint=HINT, id="annotator.E001")]
    if built != assets.assets_version(assets.EDITOR):
        return [Warning("The editor's modules changed since it was built.", hint=HINT, id="annotator.W001")]
    return []

"""The editor of label classes: rows of a form <-> the list that `services.projects.save_classes` takes."""

from typing import Any

from django.http import QueryDict

from annotator.models import LabelClass, Project
from annotator.pages.ids import row_id

DEFAULT_CLASSES: list[dict[str, Any]] = [
    {"id": None, "name": "Background", "color": "#e69f00", "kind": "stuff", "ignore": False, "shortcut": "1"},
    {"id": None, "name": "Object", "color": "#56b4e9", "kind": "thing", "ignore": False, "shortcut": "2"},
]


def read_classes(data: QueryDict) -> list[dict[str, Any]]:
    """The classes of the form in the order of their rows; a row whose key is no id is a new class."""
    classes = []
    for key in data.getlist("row"):
        classes.append(
            {
                "id": row_id(key),
                "name": data.get(f"name-{key}", "").strip(),
                "color": data.get(f"color-{key}", ""),
                "kind": data.get(f"kind-{key}", LabelClass.Kind.STUFF.value),
                "ignore": data.get(f"ignore-{key}") == "on",
                "shortcut": data.get(f"shortcut-{key}", "").strip(),
            }
        )
    return classes


def stored_classes(project: Project) -> list[dict[str, Any]]:
    """The project's classes as rows of the form."""
    return list(project.classes.values("id", "name", "color", "kind", "ignore", "shortcut"))

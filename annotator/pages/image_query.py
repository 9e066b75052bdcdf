"""Which images the grid shows, in which order, and where the next page begins."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db import connection
from django.db.models import BooleanField, Exists, Func, OuterRef, Q, QuerySet, Subquery
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from annotator.models import Image, LabelClass, Prediction, Project, Revision
from annotator.pages.ids import row_id
from annotator.workflow import State

PAGE_SIZE = 120
# name in the address -> (title, columns); each order has an index and ends with the id, so that it is total
ORDERS = {
    "priority": (_("Most useful first"), ("-priority", "id")),
    "name": (_("Name"), ("name", "id")),
    "-created": (_("Newest first"), ("-created", "-id")),
}
CURSOR_VALUES = {"priority": float, "name": str, "created": datetime.fromisoformat}
UNCERTAINTIES = (0.05, 0.1, 0.2, 0.3)


@dataclass(frozen=True)
class ImageQuery:
    """The filters of the grid as the address bar tells them; what it says wrongly counts as not said."""

    state: str = ""
    label_class: int | None = None
    split: str = ""
    name: str = ""
    uncertain: float | None = None
    order: str = "priority"
    cursor: str = ""

    @classmethod
    def from_request(cls, data: QueryDict) -> "ImageQuery":
        state = data.get("state", "")
        chosen = data.get("class", "")
        split = data.get("split", "")
        uncertain = data.get("uncertain", "")
        order = data.get("order", "priority")
        return cls(
            state=state if state in list(State) else "",
            label_class=row_id(chosen),
            split=split if split in (*Image.Split.values, "auto") else "",
            name=data.get("q", "").strip(),
            uncertain=next((value for value in UNCERTAINTIES if str(value) == uncertain), None),
            order=order if order in ORDERS else "priority",
            cursor=data.get("cursor", ""),
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.state or self.label_class or self.split or self.name or self.uncertain)

    def address(self, cursor: str = "") -> str:
        """The query part of the address that shows this selection from `cursor` on."""
        values = {
            "state": self.state,
            "class": self.label_class or "",
            "split": self.split,
            "uncertain": self.uncertain or "",
            "q": self.name,
            "order": self.order,
            "cursor": cursor,
        }
        return urlencode({name: value for name, value in values.items() if value})


def matching(project: Project, query: ImageQuery) -> QuerySet[Image]:
    """All images of the project that pass the filters, with `uncertainty` of their newest prediction."""
    newest = Prediction.objects.filter(image=OuterRef("pk")).order_by("-id")
    images = project.images.annotate(uncertainty=Subquery(newest.values("mean_entropy")[:1]))
    if query.state:
        images = images.filter(state=query.state)
    if query.split:
        images = images.filter(split="" if query.split == "auto" else query.split)
    if query.name:
        images = images.filter(name__icontains=query.name)
    if query.uncertain:
        images = images.filter(uncertainty__gte=query.uncertain)
    if query.label_class:
        images = images.filter(_has_class(query.label_class))
    return images


def _has_class(class_id: int) -> Exists:
    """Whether the head revision has a segment of the class."""
    head = Revision.objects.filter(image=OuterRef("pk"), number=OuterRef("head"))
    if connection.vendor == "postgresql":
        return Exists(head.filter(segments__contains=[{"class": class_id}]))
    return Exists(head.filter(_SegmentOfClass("segments", class_id)))


class _SegmentOfClass(Func):
    """Whether a JSON list of segments has one of a class, for SQLite, which has no containment of JSON."""

    template = "EXISTS (SELECT 1 FROM json_each(%(expressions)s) WHERE json_extract(value, '$.class') = %(class_id)d)"
    output_field = BooleanField()

    def __init__(self, segments: str, class_id: int):
        super().__init__(segments, class_id=class_id)


def page_of(images: QuerySet[Image], query: ImageQuery) -> tuple[list[Image], str]:
    """One page from the query's cursor on, and the cursor of the next page, empty at the end."""
    columns = ORDERS[query.order][1]
    field = columns[0].removeprefix("-")
    ordered = images.order_by(*columns)
    if after := _decode(query.cursor, field):
        value, pk = after
        value_side, id_side = ("lt" if column.startswith("-") else "gt" for column in columns)
        ordered = ordered.filter(Q(**{f"{field}__{value_side}": value}) | Q(**{field: value, f"id__{id_side}": pk}))
    rows = list(ordered[: PAGE_SIZE + 1])
    if len(rows) <= PAGE_SIZE:
        return rows, ""
    rows = rows[:PAGE_SIZE]
    return rows, _encode(getattr(rows[-1], field), rows[-1].pk)


def _encode(value: str | float | datetime, pk: int) -> str:
    plain = value.isoformat() if isinstance(value, datetime) else value
    return urlsafe_b64encode(json.dumps([plain, pk]).encode()).decode()


def _decode(cursor: str, field: str) -> tuple[str | float | datetime, int] | None:
    """The place that a cursor names; None for one that was not made for this order."""
    try:
        value, pk = json.loads(urlsafe_b64decode(cursor.encode()))
        place = CURSOR_VALUES[field](value), row_id(str(pk))
    except (ValueError, TypeError, Base64Error):
        return None
    return None if place[1] is None else (place[0], place[1])


def filter_choices(project: Project) -> dict[str, object]:
    """What the filter bar offers."""
    return {
        "states": list(State),
        "classes": list(LabelClass.objects.filter(project=project)),
        "splits": [*Image.Split.choices[1:], ("auto", _("automatic"))],
        "uncertainties": UNCERTAINTIES,
        "orders": [(name, title) for name, (title, _columns) in ORDERS.items()],
    }

"""The table of segments of a label map: what a save may say, and what is stored of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from annotator.labelmap import LARGEST_ID, SegmentRow
from annotator.models import LabelClass, Project
from annotator.services.errors import ServiceError


def segment_table(
    project: Project,
    wanted: Sequence[Mapping[str, Any]],
    known: Sequence[SegmentRow],
    pixels: Mapping[int, int],
) -> list[SegmentRow]:
    """The table of segments to store: those that have pixels, with what the head knew about them.

    Raises ServiceError for an id out of range or double, a class of another project, a stuff class with two
    segments, or pixels whose segment is not in the table.
    """
    classes = {label_class.pk: label_class for label_class in project.classes.all()}
    before = {segment["id"]: segment for segment in known}
    rows: dict[int, SegmentRow] = {}
    stuff: dict[int, int] = {}
    for entry in wanted:
        segment_id, class_id = entry.get("id"), entry.get("class")
        if type(segment_id) is not int or type(class_id) is not int:
            raise ServiceError("Every segment needs a whole-number id and class.")
        if not 1 <= segment_id <= LARGEST_ID:
            raise ServiceError(f"Segment ids are 1..{LARGEST_ID}, not {segment_id}.")
        if segment_id in rows:
            raise ServiceError(f"Segment {segment_id} is in the table twice.")
        if class_id not in classes:
            raise ServiceError(f"Segment {segment_id} has class {class_id}, which {project.name} does not have.")
        rows[segment_id] = _segment_row(segment_id, class_id, entry, before.get(segment_id), pixels.get(segment_id, 0))
        if pixels.get(segment_id) and classes[class_id].kind == LabelClass.Kind.STUFF:
            if class_id in stuff:
                raise ServiceError(
                    f"{classes[class_id].name} is stuff and has one segment per image; "
                    f"{stuff[class_id]} and {segment_id} are two."
                )
            stuff[class_id] = segment_id
    if missing := sorted(pixels.keys() - rows.keys()):
        raise ServiceError(f"Segment {missing[0]} has {pixels[missing[0]]} pixels but is not in the table of segments.")
    return [row for _, row in sorted(rows.items()) if row["pixels"]]


def _segment_row(
    segment_id: int, class_id: int, entry: Mapping[str, Any], before: SegmentRow | None, pixels: int
) -> SegmentRow:
    row: SegmentRow = {"id": segment_id, "class": class_id, "source": "human", "score": None, "model": None}
    if entry.get("crowd"):
        row["crowd"] = True
    if before is not None and before["class"] == class_id:
        row.update({key: value for key, value in before.items() if key != "pixels"})
    row["pixels"] = pixels
    return row

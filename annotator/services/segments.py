"""The table of segments of a label map: what a save may say, and what is stored of it.

Each row tells where its segment came from. `source: "model"` with `score` and `model` says that a model proposed it
and a person took it over; `edited: true` that a person changed its pixels afterwards. A segment that a person gives
another class is theirs: no model said so.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotator.labelmap import LARGEST_ID, SegmentRow
from annotator.models import Image, LabelClass
from annotator.phrase import Phrase, counted
from annotator.services.errors import ServiceError


@dataclass(frozen=True)
class SegmentRules:
    """What the segments of an image may name: the classes {id: (name, kind)} and the models of its project."""

    project: str
    classes: dict[int, tuple[str, str]]
    models: frozenset[int]

    @classmethod
    def of(cls, image: Image) -> "SegmentRules":
        project = image.project
        classes = {pk: (name, kind) for pk, name, kind in project.classes.values_list("pk", "name", "kind")}
        return cls(project.name, classes, frozenset(project.models.values_list("pk", flat=True)))


def segment_table(
    rules: SegmentRules,
    wanted: Sequence[Mapping[str, Any]],
    known: Sequence[SegmentRow],
    pixels: Mapping[int, int],
    edited: Container[int],
) -> list[SegmentRow]:
    """The table of segments to store: those that have pixels.

    `known` is the table of the head, `pixels` counts those of each segment now, `edited` holds the segments whose
    pixels this save changed. An entry that does not say where its segment came from keeps what the head knew.
    Raises ServiceError for an id out of range or double, a class or model of another project, a score that is none,
    a stuff class with two segments, or pixels whose segment is not in the table.
    """
    before = {segment["id"]: segment for segment in known}
    rows: dict[int, SegmentRow] = {}
    stuff: dict[int, int] = {}
    for entry in wanted:
        segment_id, class_id = entry.get("id"), entry.get("class")
        if type(segment_id) is not int or type(class_id) is not int:
            raise ServiceError(Phrase("Every segment needs a whole-number id and class."))
        if not 1 <= segment_id <= LARGEST_ID:
            raise ServiceError(
                Phrase("Segment ids are 1..{largest}, not {segment}.", largest=LARGEST_ID, segment=segment_id)
            )
        if segment_id in rows:
            raise ServiceError(Phrase("Segment {segment} is in the table twice.", segment=segment_id))
        if class_id not in rules.classes:
            raise ServiceError(
                Phrase(
                    "Segment {segment} has class {label_class}, which {project} does not have.",
                    segment=segment_id,
                    label_class=class_id,
                    project=rules.project,
                )
            )
        count = pixels.get(segment_id, 0)
        name, kind = rules.classes[class_id]
        if count and kind == LabelClass.Kind.STUFF:
            if class_id in stuff:
                raise ServiceError(
                    Phrase(
                        "{name} is stuff and has one segment per image; {first} and {segment} are two.",
                        name=name,
                        first=stuff[class_id],
                        segment=segment_id,
                    )
                )
            stuff[class_id] = segment_id
        origin = _origin(rules, entry, before.get(segment_id), segment_id in edited)
        rows[segment_id] = {"id": segment_id, "class": class_id, **origin, "pixels": count}
        if entry.get("crowd") or _was_crowd(before.get(segment_id), class_id):
            rows[segment_id]["crowd"] = True
    if missing := sorted(pixels.keys() - rows.keys()):
        raise ServiceError(
            counted(
                "Segment {segment} has {count:,} pixel but is not in the table of segments.",
                "Segment {segment} has {count:,} pixels but is not in the table of segments.",
                pixels[missing[0]],
                segment=missing[0],
            )
        )
    return [row for _, row in sorted(rows.items()) if row["pixels"]]


def _was_crowd(before: SegmentRow | None, class_id: int) -> bool:
    return before is not None and before["class"] == class_id and bool(before.get("crowd"))


HUMAN: Mapping[str, Any] = {"source": "human", "score": None, "model": None}


def _origin(
    rules: SegmentRules, entry: Mapping[str, Any], before: SegmentRow | None, is_edited: bool
) -> dict[str, Any]:
    """Source, score and model of a segment, and whether a person edited what the model proposed."""
    known = before if before is not None and before["source"] == "model" else None
    said = entry.get("source") or (known["source"] if known else "human")
    if said == "human":
        return dict(HUMAN)
    if said != "model":
        raise ServiceError(Phrase("The source of segment {segment} is neither human nor model.", segment=entry["id"]))
    model, score = (entry.get(key, known and known[key]) for key in ("model", "score"))
    if known is not None and known["class"] != entry["class"] and known["model"] == model:
        return dict(HUMAN)
    if type(model) is not int or model not in rules.models:
        raise ServiceError(
            Phrase(
                "Segment {segment} comes from a model that {project} does not have.",
                segment=entry["id"],
                project=rules.project,
            )
        )
    if type(score) not in (int, float) or not 0 <= score <= 1:
        raise ServiceError(Phrase("The score that a model gave segment {segment} must be 0..1.", segment=entry["id"]))
    origin = {"source": "model", "score": score, "model": model}
    if entry.get("edited") or (known is not None and (known.get("edited") or is_edited)):
        origin["edited"] = True
    return origin

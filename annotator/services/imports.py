"""Datasets that come in: from a folder (command line) or an uploaded archive (browser, API)."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from annotator import storage
from annotator.archive import extract_archive
from annotator.formats import READERS
from annotator.formats.dataset import OpenDataset, ReadOptions
from annotator.formats.sample import ClassInfo, Kind, Sample
from annotator.imagefile import BadFile
from annotator.models import Image, Import, Project, User
from annotator.phrase import Phrase, as_json, counted, from_json
from annotator.services import jobs, saving
from annotator.services.errors import ServiceError
from annotator.services.images import Duplicate, archive_limits, enter_image, stored_image
from annotator.services.jobs import JobHandle
from annotator.services.projects import add_classes
from annotator.wording import told
from annotator.workflow import Role, WorkflowError

LISTED_IN_REPORT = 2000
MASK_VALUES = ("auto", "class", "instance")

Report = dict[str, Any]


def start_import(
    *,
    project: Project,
    user: User,
    format: str,
    archive: UploadedFile,
    options: Mapping[str, Any] | None = None,
) -> Import:
    """Store an uploaded zip and queue its import. `options`: with_labels, accept (bool), mask_values."""
    checked = _checked_options(format, options or {})
    name = archive.name or "archive.zip"
    if (archive.size or 0) > settings.MAX_UPLOAD_BYTES:
        raise ServiceError(Phrase("{name} is larger than {most:,} bytes.", name=name, most=settings.MAX_UPLOAD_BYTES))
    with tempfile.TemporaryDirectory(prefix="maskloop-") as folder:
        path = Path(folder) / "upload.zip"
        with path.open("wb") as target:
            for chunk in archive.chunks():
                target.write(chunk)
        key = storage.put_file("uploads", path, ".zip")
    with transaction.atomic():
        job = jobs.create_job(kind="import", queue="io", project=project, user=user, arguments={})
        return Import.objects.create(
            project=project,
            job=job,
            format=format,
            source_name=name,
            archive_key=key,
            options=checked,
            created_by=user,
        )


def _checked_options(format: str, options: Mapping[str, Any]) -> dict[str, Any]:
    if format not in READERS:
        raise ServiceError(
            _("The format {format} is not one of {known}.").format(format=repr(format), known=", ".join(READERS))
        )
    mask_values = options.get("mask_values") or "auto"
    if mask_values not in MASK_VALUES:
        raise ServiceError(
            _("mask_values must be one of {known}, not {mask_values}.").format(
                known=", ".join(MASK_VALUES), mask_values=repr(mask_values)
            )
        )
    return {
        "with_labels": bool(options.get("with_labels", True)),
        "accept": bool(options.get("accept", True)),
        "mask_values": mask_values,
    }


def run_import(handle: JobHandle) -> dict[str, Any]:
    """The job: unpack the archive and import it. Taken up again, it finds what it had imported as known."""
    row = Import.objects.select_related("project", "created_by").get(job=handle.job)
    assert row.created_by is not None
    with (
        tempfile.TemporaryDirectory(prefix="maskloop-") as folder,
        storage.local_path(row.archive_key) as archive,
    ):
        handle.report(0.0, Phrase("unpacking {name}", name=row.source_name), now=True)
        content = Path(folder) / "content"
        extracted = extract_archive(archive, content, limits=archive_limits())
        report = import_folder(
            project=row.project,
            user=row.created_by,
            root=content,
            format=row.format,
            options=row.options,
            progress=lambda done, total, name: handle.report(
                done / max(1, total), Phrase("{done:,} of {total:,}: {name}", done=done, total=total, name=name)
            ),
        )
    report["refused"] = [{"name": name, "reason": reason} for name, reason in extracted.refused] + report["refused"]
    row.report = kept_report(report)
    row.save(update_fields=["report"])
    handle.report(1.0, _summary(report), now=True)
    summary = {key: report[key] for key in ("images", "labelled")}
    return {
        **summary,
        "import": row.pk,
        "duplicates": len(report["duplicates"]),
        "refused": len(report["refused"]),
    }


def _summary(report: Report) -> Phrase:
    with_labels = Phrase("{count:,} with labels", count=report["labelled"])
    return counted(
        "{count:,} image, {labelled}", "{count:,} images, {labelled}", report["images"], labelled=with_labels
    )


def kept_report(report: Report) -> Report:
    """The report as its row keeps it: its reasons and notes with their parts."""
    return _with_texts(report, as_json)


def told_report(kept: Report) -> Report:
    """The report of a row in the language of the reader; empty where the import has not got that far."""
    return _with_texts(kept, lambda text: told(from_json(text)))


def _with_texts(report: Report, change: Callable[[Any], Any]) -> Report:
    if not report:
        return report
    refused = [{**file, "reason": change(file["reason"])} for file in report.get("refused", [])]
    return {**report, "refused": refused, "notes": [change(note) for note in report.get("notes", [])]}


def import_folder(
    *,
    project: Project,
    user: User,
    root: Path,
    format: str,
    options: Mapping[str, Any] | None = None,
    progress: Callable[[int, int, str], None] = lambda done, total, name: None,
) -> Report:
    """Import a dataset that lies in a folder; each image is taken whole or not at all.

    Classes that the dataset names and the project lacks are added, also where its labels are left out. Labels come
    in as accepted, or as submitted where `accept` is false. Returns {"images", "labelled", "duplicates": [name],
    "refused": [{name, reason}], "notes": [text]}. Raises BadFile where nothing can be read at all.
    """
    checked = _checked_options(format, options or {})
    dataset = _open(project, root, format, checked)
    project.role = Role.OWNER  # whoever may import may set what came in to accepted
    classes = [{"name": c.name, "color": c.color, "kind": c.kind, "ignore": c.ignore} for c in dataset.classes]
    by_name = {name: row.pk for name, row in add_classes(project=project, classes=classes).items()}
    refused = [{"name": bad.name, "reason": bad.reason} for bad in dataset.refused]
    report: Report = {"images": 0, "labelled": 0, "duplicates": [], "refused": refused, "notes": []}
    for done, entry in enumerate(dataset.entries):
        progress(done, len(dataset.entries), entry.name)
        try:
            _import_sample(project, user, entry.load(), by_name, checked, report)
        except BadFile as error:
            refused.append({"name": error.name, "reason": error.reason})
    for listed in ("duplicates", "refused", "notes"):
        del report[listed][LISTED_IN_REPORT:]
    return report


def _open(project: Project, root: Path, format: str, options: Mapping[str, Any]) -> OpenDataset:
    classes = tuple(ClassInfo(c.name, c.color, cast(Kind, c.kind), c.ignore) for c in project.classes.all())
    return READERS[format].open(
        root,
        ReadOptions(
            classes=classes,
            mask_values=options["mask_values"],
            with_labels=options["with_labels"],
            max_pixels=settings.MAX_IMAGE_PIXELS,
        ),
    )


def _import_sample(
    project: Project,
    user: User,
    sample: Sample,
    class_ids: Mapping[str, int],
    options: Mapping[str, Any],
    report: Report,
) -> None:
    """Enter one image with its labels, in one transaction; a known image that nobody labelled yet takes the labels."""
    name = sample.name
    try:
        row = stored_image(
            project=project, user=user, name=name, data=sample.image, split=sample.split, info=sample.info
        )
        with transaction.atomic():
            image = enter_image(row)
            report["labelled"] += _enter_labels(image, user, sample, class_ids, options, report)
        report["images"] += 1
    except Duplicate as known:
        report["duplicates"].append(name)
        if known.existing.head == 0:
            known.existing.project = project
            report["labelled"] += _enter_labels(known.existing, user, sample, class_ids, options, report)


def _enter_labels(
    image: Image,
    user: User,
    sample: Sample,
    class_ids: Mapping[str, int],
    options: Mapping[str, Any],
    report: Report,
) -> bool:
    """Give an image the labels of its sample; whether there were any. What is wrong with them goes into the report."""

    def refuse(reason: str) -> None:
        report["refused"].append({"name": sample.name, "reason": reason})

    if sample.label_problem:
        refuse(Phrase("label: {reason}. The image was kept.", reason=sample.label_problem))
    if sample.note:
        report["notes"].append(Phrase("{name}: {reason}", name=sample.name, reason=sample.note))
    if sample.label_map is None or not options["with_labels"]:
        return False
    segments = [{"id": s.id, "class": class_ids[s.class_name], "crowd": s.crowd} for s in sample.segments]
    try:
        with transaction.atomic():
            saving.import_labels(
                image=image, user=user, array=sample.label_map, segments=segments, accept=options["accept"]
            )
    except (ServiceError, WorkflowError) as error:
        refuse(Phrase("label: {reason} The image was kept.", reason=error))
        return False
    return True

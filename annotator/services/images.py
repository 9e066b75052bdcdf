"""Images: taking files in, removing them, dividing them into training, validation and test."""

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from annotator import storage
from annotator.archive import ArchiveLimits, extract_archive
from annotator.imagefile import (
    BadFile,
    ImageInfo,
    content_hash,
    inspect_image,
    make_rendition,
    make_thumbnail,
)
from annotator.models import Image, Project, SnapshotItem, User
from annotator.phrase import Phrase
from annotator.services import pyramids
from annotator.services.errors import Conflict, ServiceError
from annotator.services.queue import cold_start_priority
from annotator.wording import spoken

LONGEST_NAME = 255


class Duplicate(Exception):
    """A file whose content the project already has."""

    def __init__(self, name: str, existing: Image):
        super().__init__(f"{name} is already in the project as {existing.name}")
        self.name = name
        self.existing = existing


@dataclass
class UploadReport:
    created: list[Image] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)


def add_image(
    *, project: Project, user: User, name: str, data: bytes, split: str = "", info: ImageInfo | None = None
) -> Image:
    """Check, store and enter one image file.

    `info` is what `inspect_image` said of the same bytes, where the caller has it. Raises BadFile for what is no
    usable image and Duplicate for content that the project has.
    """
    return enter_image(stored_image(project=project, user=user, name=name, data=data, split=split, info=info))


def stored_image(
    *, project: Project, user: User, name: str, data: bytes, split: str = "", info: ImageInfo | None = None
) -> Image:
    """The files of an image stored, its row not yet: the slow part, for which no lock has to be held.

    Raises as `add_image` does.
    """
    digest = content_hash(data)
    if existing := project.images.filter(content_hash=digest).first():
        raise Duplicate(name, existing)
    info = info or inspect_image(data, name=name, max_pixels=settings.MAX_IMAGE_PIXELS)
    rendition = storage.put("renditions", make_rendition(data), ".png") if info.needs_rendition else ""
    thumbnail = make_thumbnail(data, longest_side_px=settings.THUMBNAIL_SIDE_PX)
    return Image(
        project=project,
        name=name[-LONGEST_NAME:],
        content_hash=digest,
        width=info.width,
        height=info.height,
        mime=info.mime,
        file_key=storage.put("images", data, info.extension),
        rendition_key=rendition,
        thumbnail_key=storage.put("thumbnails", thumbnail, ".webp"),
        split=split,
        priority=cold_start_priority(digest),
        created_by=user,
    )


def enter_image(row: Image) -> Image:
    """Save the row of a stored image. Raises Duplicate where the same content came first."""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Duplicate(row.name, row.project.images.get(content_hash=row.content_hash)) from error
    pyramids.start_pyramid(image=row, user=row.created_by)
    return row


def add_uploads(*, project: Project, user: User, files: Iterable[UploadedFile], split: str = "") -> UploadReport:
    """Take uploaded images and zips of images; each file is taken, known already, or refused with a reason."""
    if split not in Image.Split.values:
        raise ServiceError(_("The split {split} is not one of train, val, test or empty.").format(split=repr(split)))
    report = UploadReport()
    for file in files:
        name = file.name or _("file without a name")
        if (file.size or 0) > settings.MAX_UPLOAD_BYTES:
            report.rejected.append((name, spoken(Phrase("larger than {most:,} bytes", most=settings.MAX_UPLOAD_BYTES))))
        elif name.lower().endswith(".zip"):
            _add_archive(project, user, file, split, report)
        else:
            _add_file(project, user, name, file.read(), split, report)
    return report


def _add_file(project: Project, user: User, name: str, data: bytes, split: str, report: UploadReport) -> None:
    try:
        report.created.append(add_image(project=project, user=user, name=name, data=data, split=split))
    except Duplicate:
        report.duplicates.append(name)
    except BadFile as error:
        report.rejected.append((name, spoken(error.reason)))


def _add_archive(project: Project, user: User, file: UploadedFile, split: str, report: UploadReport) -> None:
    with tempfile.TemporaryDirectory(prefix="maskloop-") as folder:
        archive, content = Path(folder) / "upload.zip", Path(folder) / "content"
        with archive.open("wb") as target:
            for chunk in file.chunks():
                target.write(chunk)
        try:
            extracted = extract_archive(archive, content, limits=archive_limits())
        except BadFile as error:
            report.rejected.append((file.name or _("archive"), spoken(error.reason)))
            return
        report.rejected += [(name, spoken(why)) for name, why in extracted.refused]
        for path in extracted.files:
            name = path.relative_to(content).as_posix()
            _add_file(project, user, name, path.read_bytes(), split, report)


def archive_limits() -> ArchiveLimits:
    return ArchiveLimits(max_files=settings.MAX_ARCHIVE_FILES, max_total_bytes=settings.MAX_ARCHIVE_BYTES)


def previous_labelled(image: Image) -> Image | None:
    """The image before this one in the order of (name, id) that has labels."""
    before = image.project.images.filter(name__lte=image.name, head__gt=0).exclude(name=image.name, pk__gte=image.pk)
    return before.order_by("-name", "-id").first()


def delete_images(*, project: Project, user: User, image_ids: Sequence[int]) -> int:
    """Remove images with their labels; refused where a snapshot holds one, since that must stay reproducible."""
    with transaction.atomic():
        held = (
            SnapshotItem.objects.filter(image__project=project, image_id__in=image_ids).select_related("image").first()
        )
        if held is not None:
            raise Conflict(
                _(
                    "{name} is part of snapshot {snapshot} that a model or an export was made from. No "
                    "image was removed."
                ).format(name=held.image.name, snapshot=held.snapshot_id)
            )
        images = project.images.filter(pk__in=image_ids)
        count = images.count()
        images.delete()
        return count


def set_split(*, project: Project, image_ids: Sequence[int], split: str) -> int:
    """Put images into training, validation, test or back to automatic; returns how many."""
    if split not in Image.Split.values:
        raise ServiceError(_("The split {split} is not one of train, val, test or empty.").format(split=repr(split)))
    return project.images.filter(pk__in=image_ids).update(split=split)

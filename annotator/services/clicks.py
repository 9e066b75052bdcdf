"""Click-to-segment: a worker embeds an image, or what is seen of a large one, once; web processes answer the clicks."""

import hashlib
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from annotator import storage
from annotator.models import Image, Job, User
from annotator.phrase import Phrase
from annotator.services import crops, jobs
from annotator.services.errors import Conflict, ServiceError
from annotator.services.jobs import JobHandle
from segmodels.clicks.arrays import DamagedArchive, pack_arrays, unpack_arrays
from segmodels.clicks.decoder import ClickDecoder
from segmodels.clicks.frames import Frame
from segmodels.clicks.letterbox import Letterbox
from segmodels.clicks.looking import Pointing, look
from segmodels.clicks.prompts import Click
from segmodels.clicks.turns import Turns

if TYPE_CHECKING:
    from segmodels.clicks.encoder import ClickEncoder

T = TypeVar("T")

KIND = "embed"
EMBEDDINGS, PART_EMBEDDINGS, DECODERS = "embeddings", "part-embeddings", "click-decoders"
MOST_CLICKS = 64
MOST_ALIKE = 100
# The encoder sees 1,024 px; the rest of the way down is Pillow's, as the weights know it.
READ_PIXELS = 4 << 20
# Each with its newest answers takes up to 12 MB.
EMBEDDINGS_IN_MEMORY = 10
# Databases take so many values in one question.
DIGESTS_AT_ONCE = 500

SETUP = gettext_noop(
    "Whoever runs Maskloop downloads mobile_sam.pt from the folder weights of the repository "
    "github.com/ChaoningZhang/MobileSAM and runs: python manage.py fetch_weights <path or https address>."
)


class ClicksNotSetUp(Conflict):
    """There are no weights; `setup` says how to get them."""

    def __init__(self) -> None:
        self.setup = _(SETUP)
        super().__init__(_("Click-to-segment has no weights yet. {setup}").format(setup=self.setup))


@dataclass(frozen=True)
class Point:
    """A click in image pixels; column i covers i to i + 1."""

    x: float
    y: float
    positive: bool


@dataclass(frozen=True)
class Region:
    """Runs y, x0, x1 (exclusive) of image pixels in one flat list; the IoU that the network expects."""

    runs: list[int]
    score: float


Box = tuple[float, float, float, float]


def prepare_clicks(*, image: Image, user: User, seen: Box | None = None) -> Job | None:
    """The job that makes an image, or what is seen of it, ready for clicks, begun or joined; None where it is ready.

    Raises ClicksNotSetUp, and ServiceError where what is seen lies beside the image.
    """
    digest = weights_digest()
    frame = Pointing((), seen=None if seen is None else _within(seen, image)).frames(image.width, image.height)[0]
    return None if _turns(image, frame, digest) else _start_embedding(image, frame, user, digest)


def segment_at(
    *,
    image: Image,
    user: User,
    points: Sequence[Point],
    box: Box | None,
    alike: Sequence[int] = (),
    seen: Box | None = None,
) -> Region | Job:
    """What lies at the points, and in the box, of an image, or the job that has to end before that can be told.

    `seen`: the part of the image that is in view. The network looks there in more detail; at a wider part of the image
    where what it finds goes on beyond. `alike`: pixels of objects of the same kind in this image. With a few of
    them a single click means the region that is about as large, of those that lie around it one within the other.

    Raises ClicksNotSetUp, and ServiceError for points or boxes beside the image.
    """
    _check(points, box, image)
    digest = weights_digest()
    pointing = Pointing(
        [Click(point.x, point.y, point.positive) for point in points],
        None if box is None else _within(box, image),
        alike,
        seen,
    )
    found = look(pointing, image.width, image.height, lambda frame: _turns(image, frame, digest))
    if isinstance(found, Frame):
        return _start_embedding(image, found, user, digest)
    return Region(found.runs.ravel().tolist(), min(1.0, max(0.0, found.score)))


def _check(points: Sequence[Point], box: Box | None, image: Image) -> None:
    """Raises ServiceError where clicks mean nothing."""
    if box is None and not any(point.positive for point in points):
        raise ServiceError(_("Click at least once on what is meant, or draw a box around it."))
    if len(points) > MOST_CLICKS:
        raise ServiceError(
            _("{count} clicks are too many; at most {most} are taken. Accept and go on.").format(
                count=len(points), most=MOST_CLICKS
            )
        )
    for point in points:
        if not (0 <= point.x < image.width and 0 <= point.y < image.height):
            raise ServiceError(
                _("({x}, {y}) is not in the image of {width} x {height} px.").format(
                    x=f"{point.x:g}", y=f"{point.y:g}", width=image.width, height=image.height
                )
            )


def _within(box: Box, image: Image) -> Box:
    """A box as far as it lies in the image. Raises ServiceError where nothing of it does."""
    left, top = max(box[0], 0.0), max(box[1], 0.0)
    right, bottom = min(box[2], float(image.width)), min(box[3], float(image.height))
    # Asked in this way, a coordinate that is no number is refused as well.
    if not (left < right and top < bottom):
        raise ServiceError(_("The box holds no pixel of the image. It is x0, y0, x1, y1 with x0 < x1 and y0 < y1."))
    return left, top, right, bottom


def weights_digest() -> str:
    """SHA-256 of the weights in use, in hex. Raises ClicksNotSetUp."""
    path: Path = settings.CLICK_WEIGHTS
    try:
        found = path.stat()
    except OSError as error:
        raise ClicksNotSetUp from error
    return _digest(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=4)
def _digest(path: Path, modified_ns: int, size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _embedding_key(image: Image, frame: Frame, digest: str) -> str:
    if frame == Frame(0, 0, image.width, image.height):
        return storage.key_of(EMBEDDINGS, image.content_hash, f"-{digest[:16]}.npz")
    place = "-".join(map(str, frame))
    return storage.key_of(PART_EMBEDDINGS, image.content_hash, f"-{digest[:16]}-{place}.npz")


def _decoder_key(digest: str) -> str:
    return storage.key_of(DECODERS, digest, ".npz")


_lock = threading.Lock()
_decoders: OrderedDict[str, ClickDecoder] = OrderedDict()
_open_frames: OrderedDict[str, Turns] = OrderedDict()


def _turns(image: Image, frame: Frame, digest: str) -> Turns | None:
    """The frame as this process can be asked about it; None where a worker has to embed it first."""
    key = _embedding_key(image, frame, digest)
    with _lock:
        if key in _open_frames:
            _open_frames.move_to_end(key)
            return _open_frames[key]
    embedding, decoder = _arrays(key), _decoder(digest)
    if embedding is None or decoder is None:
        return None
    with _lock:
        # Another thread may have been quicker; its answers are worth keeping.
        turns = Turns(decoder, embedding["embedding"], frame.inner_edges(image.width, image.height))
        return _kept(_open_frames, key, turns, EMBEDDINGS_IN_MEMORY)


def _decoder(digest: str) -> ClickDecoder | None:
    with _lock:
        if digest in _decoders:
            return _decoders[digest]
    arrays = _arrays(_decoder_key(digest))
    if arrays is None:
        return None
    with _lock:
        return _kept(_decoders, digest, ClickDecoder(arrays), 1)


def _kept(among: OrderedDict[str, T], key: str, fresh: T, most: int) -> T:
    kept = among.setdefault(key, fresh)
    among.move_to_end(key)
    while len(among) > most:
        among.popitem(last=False)
    return kept


def _arrays(key: str) -> dict[str, Any] | None:
    """The arrays of a stored file, which is thereby in use; None where there is none, or where it is damaged."""
    try:
        data = storage.get(key)
    except FileNotFoundError:
        return None
    storage.touch(key)
    try:
        return unpack_arrays(data)
    except DamagedArchive:
        # It can be made again, which the caller does where it finds nothing.
        storage.delete(key)
        return None


def _start_embedding(image: Image, frame: Frame, user: User, digest: str) -> Job:
    """The open job that embeds the frame, or a new one. Raises FailedLately."""
    return jobs.open_or_start(
        kind=KIND,
        queue="interactive",
        image=image,
        user=user,
        arguments={"image": image.pk, "weights": digest},
        part={"frame": list(frame)},
        retry_after=jobs.RETRY_AFTER,
    )


def run_embedding(handle: JobHandle) -> dict[str, Any]:
    """The job: embed a frame of an image, and lay the decoder ready for web processes, where that has not been done."""
    image = Image.objects.filter(pk=handle.arguments["image"]).first()
    if image is None:
        return {"image": None}  # deleted meanwhile
    digest = weights_digest()
    if digest != handle.arguments["weights"]:
        raise ServiceError(
            Phrase("The weights of click-to-segment were replaced meanwhile; nothing was made. Click again.")
        )
    if not storage.exists(_decoder_key(digest)):
        _store_decoder(digest)
    frame = Frame(*handle.arguments.get("frame", (0, 0, image.width, image.height)))
    key = _embedding_key(image, frame, digest)
    if not storage.exists(key):
        handle.report(0.1, Phrase("looking at {name}", name=image.name), now=True)
        _store(key, {"embedding": _embed(image, frame, digest).astype("float16")})
    return {"image": image.pk}


def _embed(image: Image, frame: Frame, digest: str) -> Any:
    """float32 (256, 64, 64)."""
    import torch

    from segmodels.clicks.encoder import embed_image

    if settings.TORCH_THREADS:
        torch.set_num_threads(settings.TORCH_THREADS)
    pixels = crops.read_crop(image, crops.Box(*frame), max_pixels=READ_PIXELS, may_decode_large=True)
    return embed_image(_encoder(settings.CLICK_WEIGHTS, digest), pixels, Letterbox(frame.width, frame.height))


@lru_cache(maxsize=1)
def _encoder(path: Path, digest: str) -> "ClickEncoder":
    from segmodels.clicks.weights import load_encoder

    return load_encoder(path)


def _store_decoder(digest: str) -> None:
    from segmodels.clicks.weights import decoder_arrays

    _store(_decoder_key(digest), decoder_arrays(settings.CLICK_WEIGHTS))


def _store(key: str, arrays: dict[str, Any]) -> None:
    with tempfile.NamedTemporaryFile(prefix="maskloop-", suffix=".npz") as file:
        file.write(pack_arrays(arrays))
        file.flush()
        storage.replace_file(key, Path(file.name))


def remove_orphans(*, grace: timedelta) -> int:
    """Delete embeddings of deleted images that are older than `grace`; returns how many."""
    keys = (key for kind in (EMBEDDINGS, PART_EMBEDDINGS) for key in storage.list_keys(kind))
    old = [key for key in keys if storage.is_older(key, grace)]
    known: set[str] = set()
    digests = sorted({storage.digest_of(key) for key in old})
    for start in range(0, len(digests), DIGESTS_AT_ONCE):
        some = Image.objects.filter(content_hash__in=digests[start : start + DIGESTS_AT_ONCE])
        known.update(some.values_list("content_hash", flat=True))
    return storage.delete_older((key for key in old if storage.digest_of(key) not in known), grace)

"""One image file at the border: is it an image we can work with, and what does it look like.

Everything downstream lives in the EXIF-corrected frame, so width and height mean that frame.
"""

import hashlib
import io
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import (
    BmpImagePlugin,
    Image,
    ImageFile,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from annotator.phrase import Phrase

# What Pillow's decoders raise on damaged or hostile files; they share no base class.
DECODE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    struct.error,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    ZeroDivisionError,
    zlib.error,
    Image.DecompressionBombError,
)

PLUGINS = {
    "JPEG": (JpegImagePlugin.JpegImageFile, "image/jpeg", ".jpg"),
    "PNG": (PngImagePlugin.PngImageFile, "image/png", ".png"),
    "WebP": (WebPImagePlugin.WebPImageFile, "image/webp", ".webp"),
    "BMP": (BmpImagePlugin.BmpImageFile, "image/bmp", ".bmp"),
    "TIFF": (TiffImagePlugin.TiffImageFile, "image/tiff", ".tif"),
}
IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
REDUCED_PAGE_TAG = 254


class BadFile(ValueError):
    """A file that is refused: `name` as the user knows it, `reason` as one readable clause."""

    def __init__(self, name: str, reason: str):
        super().__init__(Phrase("{name}: {reason}", name=name, reason=reason))
        self.name = name
        self.reason = reason

    def __reduce__(self):
        return type(self), (self.name, self.reason)


@dataclass(frozen=True)
class ImageInfo:
    """What an accepted image is; width and height in px of the EXIF-corrected frame."""

    width: int
    height: int
    mime: str
    extension: str
    needs_rendition: bool


def inspect_image(data: bytes | Path, *, name: str, max_pixels: int) -> ImageInfo:
    """Decode an image completely and say what it is.

    The pixel limit is checked on the header, before anything is decoded. Raises BadFile for what is
    not a JPEG, PNG, WebP, BMP or TIFF, too large, empty, truncated, animated or of several pages.
    """
    image_format = sniff_format(data, name=name)
    with open_image(data, name=name, max_pixels=max_pixels) as image:
        try:
            _refuse_further_frames(image, name)
            image.load()
            ImageOps.exif_transpose(image, in_place=True)
            see_through = _has_transparency(image)
        except BadFile:
            raise
        except DECODE_ERRORS as error:
            raise BadFile(name, _damage(error)) from error
        _, mime, extension = PLUGINS[image_format]
        needs_rendition = image_format == "TIFF" or see_through or image.mode not in _BROWSER_MODES
        return ImageInfo(image.width, image.height, mime, extension, needs_rendition)


_BROWSER_MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA"})


def open_image(data: bytes | Path, *, name: str, max_pixels: int | None) -> ImageFile.ImageFile:
    """Read only the header; the caller decodes. `max_pixels` None: the file was inspected before.

    The plugin is called by itself rather than through `Image.open`, so that our own limit decides
    and no decoder for another format ever sees the bytes. Raises BadFile.
    """
    image_format = sniff_format(data, name=name)
    if image_format == "WebP" and max_pixels is not None:
        # libwebp allocates its canvas when it opens a file.
        reason = _size_refusal(*_webp_size(_head(data, 30), name), max_pixels)
        if reason:
            raise BadFile(name, reason)
    source = data if isinstance(data, Path) else io.BytesIO(data)
    try:
        image = PLUGINS[image_format][0](source)
    except DECODE_ERRORS as error:
        raise BadFile(name, _damage(error)) from error
    reason = "" if max_pixels is None else _size_refusal(image.width, image.height, max_pixels)
    if reason:
        image.close()
        raise BadFile(name, reason)
    return image


def sniff_format(data: bytes | Path, *, name: str) -> str:
    """Format by its first bytes, whatever the name says: a key of PLUGINS. Raises BadFile."""
    try:
        head = _head(data, 512)
    except OSError as error:
        raise BadFile(name, Phrase("the file cannot be read ({reason})", reason=error.strerror)) from error
    if not head:
        raise BadFile(name, Phrase("the file is empty"))
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "TIFF"
    if head.startswith(b"BM"):
        return "BMP"
    if b"<svg" in head.lower():
        raise BadFile(name, Phrase("SVG is not accepted; use JPEG, PNG, WebP, BMP or TIFF"))
    raise BadFile(name, Phrase("not a JPEG, PNG, WebP, BMP or TIFF image"))


def read_rgb(data: bytes | Path, *, name: str = "image") -> np.ndarray:
    """Pixels (H, W, 3) uint8 in the EXIF-corrected frame, as a person sees them.

    Grey of more than 8 bits is stretched from its own minimum and maximum to 0..255 (microscopes
    rarely use the whole range); transparency is laid over white; CMYK is converted. Raises BadFile.
    """
    with open_image(data, name=name, max_pixels=None) as image:
        return np.asarray(_upright_view(image, name).convert("RGB"))


def read_upright(data: bytes | Path, *, name: str = "image") -> Image.Image:
    """The picture as `read_rgb` reads it, grey (mode L) or RGB, decoded once and not copied. Raises BadFile."""
    with open_image(data, name=name, max_pixels=None) as image:
        return _upright_view(image, name)


def make_thumbnail(data: bytes | Path, *, longest_side_px: int, name: str = "image") -> bytes:
    """A WebP whose longer side is at most `longest_side_px`; never larger than the image."""
    with open_image(data, name=name, max_pixels=None) as image:
        if isinstance(image, JpegImagePlugin.JpegImageFile):
            image.draft("RGB", (2 * longest_side_px, 2 * longest_side_px))
        view = _upright_view(image, name).convert("RGB")
    view.thumbnail((longest_side_px, longest_side_px), Image.Resampling.LANCZOS)
    return _encoded(view, "WEBP", quality=80)


def make_rendition(data: bytes | Path, *, name: str = "image") -> bytes:
    """A lossless PNG, upright and 8-bit, that every browser shows the way `read_rgb` reads it."""
    with open_image(data, name=name, max_pixels=None) as image:
        return _encoded(_upright_view(image, name), "PNG", compress_level=3)


def content_hash(data: bytes | Path) -> str:
    """SHA-256 of the bytes, in hex."""
    if isinstance(data, bytes):
        return hashlib.sha256(data).hexdigest()
    with data.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _head(data: bytes | Path, size: int) -> bytes:
    if isinstance(data, bytes):
        return data[:size]
    with data.open("rb") as stream:
        return stream.read(size)


def _size_refusal(width: int, height: int, max_pixels: int) -> str:
    """Why an image of this size is refused; empty when it is not."""
    if width <= 0 or height <= 0:
        return Phrase("the image has no pixels ({width}x{height})", width=width, height=height)
    if width * height > max_pixels:
        return Phrase(
            "the image claims {width}x{height} = {claimed:,} pixels; at most {most:,} are allowed",
            width=width,
            height=height,
            claimed=width * height,
            most=max_pixels,
        )
    return ""


def _webp_size(head: bytes, name: str) -> tuple[int, int]:
    """Width and height from a WebP header (RFC 9649, sections 2.5 to 2.7)."""
    if len(head) < 30:
        raise BadFile(name, Phrase("the file is truncated"))
    kind = head[12:16]
    if kind == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return width & 0x3FFF, height & 0x3FFF
    raise BadFile(name, Phrase("the WebP file is damaged"))


def _refuse_further_frames(image: Image.Image, name: str) -> None:
    frames = getattr(image, "n_frames", 1)
    if frames <= 1:
        return
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        raise BadFile(name, Phrase("an animation of {frames} frames; only still images are accepted", frames=frames))
    for frame in range(1, frames):
        image.seek(frame)
        # Pyramid levels and embedded previews are the same picture, not another page.
        if not image.tag_v2.get(REDUCED_PAGE_TAG, 0) & 1:
            raise BadFile(name, Phrase("a TIFF of {frames} pages; save each page as a file of its own", frames=frames))
    image.seek(0)


def _has_transparency(image: Image.Image) -> bool:
    if image.mode not in {"LA", "PA", "RGBA"} and "transparency" not in image.info:
        return False
    alpha = image.convert("RGBA").getchannel("A").getextrema()
    return int(alpha[0]) < 255  # type: ignore[arg-type]


def _upright_view(image: Image.Image, name: str) -> Image.Image:
    """Decoded, EXIF-corrected and opaque, 8 bits per channel: mode L or RGB."""
    try:
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
        if image.mode.startswith("I") or image.mode == "F":
            return Image.fromarray(_stretched(np.asarray(image)))
        if _has_transparency(image):
            rgba = image.convert("RGBA")
            return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
        mode = "L" if image.mode in {"1", "L", "LA"} else "RGB"
        return image if image.mode == mode else image.convert(mode)
    except DECODE_ERRORS as error:
        raise BadFile(name, _damage(error)) from error


def _stretched(values: np.ndarray) -> np.ndarray:
    grey = np.nan_to_num(values.astype(np.float32), posinf=0, neginf=0)
    low, high = float(grey.min()), float(grey.max())
    if high <= low:
        return np.zeros(grey.shape, np.uint8)
    return np.rint((grey - low) * (255 / (high - low))).astype(np.uint8)


def _encoded(image: Image.Image, image_format: str, **options: int) -> bytes:
    out = io.BytesIO()
    image.save(out, image_format, **options)
    return out.getvalue()


def _damage(error: BaseException) -> str:
    if "truncated" in str(error).lower():
        return Phrase("the file is truncated")
    return Phrase("the image cannot be decoded ({reason})", reason=error if str(error) else type(error).__name__)

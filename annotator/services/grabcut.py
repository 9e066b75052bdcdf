"""The object in a box that somebody drew on an image."""

from collections.abc import Sequence

import numpy as np
from django.utils.translation import gettext as _

from annotator import grabcut
from annotator.models import Image
from annotator.regions import Mask, RunsError, mask_to_runs, runs_to_mask
from annotator.services.crops import Box, box_of, read_crop
from annotator.services.errors import ServiceError
from annotator.wording import spoken

MARGIN = 0.15  # of the box's longer side: the surroundings that the object is told apart from
SMALLEST_SIDE_PX = 4
LARGEST_BOX_PIXELS = 16_000_000
LARGEST_CROP_PIXELS = 2 * LARGEST_BOX_PIXELS


def find_object(
    *,
    image: Image,
    box: tuple[int, int, int, int],
    keep: Sequence[int] | None = None,
    drop: Sequence[int] | None = None,
) -> list[int]:
    """Row runs of the object in a box (x0, y0, x1, y1; x1, y1 exclusive, image pixels).

    `keep` and `drop` are row runs of pixels that are known to be of the object and not to be; what is in both is not.
    It takes at most 6 bytes of memory for each pixel of the box with its surroundings, 200 MB for the largest. Raises
    ServiceError for a box without pixels or with more than LARGEST_BOX_PIXELS, or runs that are none, Conflict while a
    large image is still being prepared.
    """
    drawn = box_of(image, box)
    if min(drawn.width, drawn.height) < SMALLEST_SIDE_PX:
        raise ServiceError(
            _("The box is too small: draw one of at least {least} pixels each way.").format(least=SMALLEST_SIDE_PX)
        )
    if drawn.width * drawn.height > LARGEST_BOX_PIXELS:
        raise ServiceError(
            _(
                "The box is too large: it has {count} megapixels, at most {most} are searched. Draw it closer around "
                "the object, or mark the object in parts."
            ).format(count=-(-drawn.width * drawn.height // 1_000_000), most=LARGEST_BOX_PIXELS // 1_000_000)
        )
    crop = drawn.widened(_margin_px(drawn), image)
    inside = np.zeros((crop.height, crop.width), bool)
    inside[drawn.y0 - crop.y0 : drawn.y1 - crop.y0, drawn.x0 - crop.x0 : drawn.x1 - crop.x0] = True
    pixels = read_crop(image, crop, max_pixels=grabcut.CUT_PIXELS)
    found = grabcut.cut_out(pixels, inside, _known(keep, crop), _known(drop, crop))
    return mask_to_runs(found, crop.x0, crop.y0)


def _margin_px(drawn: Box) -> int:
    """The width of the surroundings; narrower about a long box, that the crop does not become too large."""
    wanted = max(SMALLEST_SIDE_PX, round(MARGIN * max(drawn.width, drawn.height)))
    # (width + 2 m) (height + 2 m) = LARGEST_CROP_PIXELS
    half = (drawn.width + drawn.height) / 4
    widest = (half**2 + (LARGEST_CROP_PIXELS - drawn.width * drawn.height) / 4) ** 0.5 - half
    return min(wanted, int(widest))


def _known(runs: Sequence[int] | None, crop: Box) -> Mask | None:
    if not runs:
        return None
    try:
        return runs_to_mask(runs, left=crop.x0, top=crop.y0, width=crop.width, height=crop.height)
    except RunsError as error:
        raise ServiceError(
            _("What to keep or to drop cannot be read: {reason}.").format(reason=spoken(error))
        ) from error

"""What a person points at, and SAM's prompt encoder, which makes numbers of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from segmodels.clicks.layers import gelu, layer_norm, strided_convolution
from segmodels.clicks.letterbox import EMBEDDING_PX, INPUT_PX

Array = NDArray[np.float32]
Box = tuple[float, float, float, float]
DOWNSCALING = "prompt_encoder.mask_downscaling"
# Fewer objects of a kind do not tell how large the next one is.
LEAST_ALIKE = 3
# Added to the spread of the logarithms of what few objects measure: others may well be of half or twice the area.
UNSEEN_SPREAD = 0.7
# Beyond so many spreads from the median sizes tell nothing more: the object is another one than those before.
MOST_SPREADS = 3.0


class Click(NamedTuple):
    """A point of the square, px, that is inside of what is meant or not."""

    x: float
    y: float
    is_inside: bool


class ExpectedSize(NamedTuple):
    """The area that an object of its kind has, in px of the square: median and spread of its logarithm."""

    log_median: float
    log_spread: float

    @classmethod
    def of(cls, areas: Sequence[float]) -> "ExpectedSize | None":
        """By the areas (px of the square, above 0) of others of its kind; None where these are too few to tell."""
        if len(areas) < LEAST_ALIKE:
            return None
        logarithms = np.log(areas)
        return cls(float(np.median(logarithms)), float(np.std(logarithms)) + UNSEEN_SPREAD)

    def fit(self, areas: NDArray[np.integer]) -> Array:
        """How well areas (N,) go with it: 1 at the median, falling as a normal distribution of the logarithm does."""
        spreads = np.abs(np.log(np.maximum(areas, 1)) - self.log_median) / self.log_spread
        return np.asarray(np.exp(-0.5 * np.minimum(spreads, MOST_SPREADS) ** 2), np.float32)


@dataclass(frozen=True)
class Prompt:
    """Clicks in their order and a box x0, y0, x1, y1, in px of the square; what others like it measure, if known.

    Raises ValueError where there is neither a box nor a click inside: such a prompt means nothing.
    """

    clicks: tuple[Click, ...] = ()
    box: Box | None = None
    size: ExpectedSize | None = None

    def __post_init__(self) -> None:
        if not _says_what(self.clicks, self.box):
            raise ValueError("a prompt needs a click inside, or a box")

    @property
    def is_ambiguous(self) -> bool:
        """One click may mean a part or the whole."""
        return self.box is None and len(self.clicks) == 1

    def without_last_click(self) -> "Prompt | None":
        """What it was before the last click; None where that was nothing."""
        left = self.clicks[:-1]
        return Prompt(left, self.box, self.size) if self.clicks and _says_what(left, self.box) else None


def _says_what(clicks: Sequence[Click], box: Box | None) -> bool:
    return box is not None or any(click.is_inside for click in clicks)


class PromptEncoder:
    """Points of the square as tokens of 256 numbers, by random spatial frequencies and learned meanings."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._arrays = arrays
        self._frequencies = arrays["prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"]
        self._meanings = [arrays[f"prompt_encoder.point_embeddings.{index}.weight"][0] for index in range(4)]

    def tokens(self, prompt: Prompt) -> Array:
        """(T, 256) float32."""
        outside, inside, upper_left, lower_right = self._meanings
        places = [(click.x, click.y) for click in prompt.clicks]
        meanings = [inside if click.is_inside else outside for click in prompt.clicks]
        if prompt.box is not None:
            places += [prompt.box[:2], prompt.box[2:]]
            meanings += [upper_left, lower_right]
        tokens = self._positions(np.array(places, np.float32)) + np.stack(meanings)
        if prompt.box is None:
            # Training put this in where there was no box.
            tokens = np.concatenate([tokens, self._arrays["prompt_encoder.not_a_point_embed.weight"]])
        return tokens

    def cells(self, before: Array | None) -> Array:
        """(64 * 64, 256), or (1, 256) for all: what the mask `before`, logits (256, 256), says about every cell."""
        if before is None:
            return self._arrays["prompt_encoder.no_mask_embed.weight"]
        side = EMBEDDING_PX
        # Cell by cell, in each its quarters, in each of those its four px.
        x = before.reshape(side, 2, 2, side, 2, 2).transpose(0, 3, 1, 4, 2, 5).reshape(-1, 1)
        x = gelu(
            layer_norm(strided_convolution(x, self._arrays, f"{DOWNSCALING}.0"), self._arrays, f"{DOWNSCALING}.1", 1e-6)
        )
        x = gelu(
            layer_norm(strided_convolution(x, self._arrays, f"{DOWNSCALING}.3"), self._arrays, f"{DOWNSCALING}.4", 1e-6)
        )
        weight, bias = (self._arrays[f"{DOWNSCALING}.6.{part}"] for part in ("weight", "bias"))
        return np.asarray(x @ weight[:, :, 0, 0].T + bias, np.float32)

    def grid(self) -> Array:
        """(64 * 64, 256) float32: the position of every cell of an embedding, row by row."""
        centres = (np.arange(EMBEDDING_PX, dtype=np.float32) + 0.5) * (INPUT_PX / EMBEDDING_PX)
        x, y = np.meshgrid(centres, centres)
        return self._positions(np.stack([x.ravel(), y.ravel()], 1))

    def _positions(self, points: Array) -> Array:
        centred = 2 * (points / np.float32(INPUT_PX)) - 1
        angles = np.float32(2 * np.pi) * (centred @ self._frequencies)
        return np.concatenate([np.sin(angles), np.cos(angles)], 1)

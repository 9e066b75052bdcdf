"""Clicks and a box as tokens: SAM's prompt encoder, without its mask input."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from segmodels.clicks.letterbox import EMBEDDING_PX, INPUT_PX

Array = NDArray[np.float32]


class PromptEncoder:
    """Points of the square as tokens of 256 numbers, by random spatial frequencies and learned meanings."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._frequencies = arrays["prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"]
        self._meanings = [arrays[f"prompt_encoder.point_embeddings.{index}.weight"][0] for index in range(4)]
        self._no_point = arrays["prompt_encoder.not_a_point_embed.weight"]

    def tokens(self, points: Array, positive: NDArray[np.bool_], box: Array | None) -> Array:
        """(T, 256) float32 from points (N, 2) x and y in px of the square, which of them are inside, and a box (4,)."""
        meanings = [self._meanings[1 if inside else 0] for inside in positive]
        if box is None:
            clicks = self._positions(points) + np.stack(meanings)
            return np.concatenate([clicks, self._no_point])
        places = np.concatenate([points.reshape(-1, 2), box.reshape(2, 2)])
        return self._positions(places) + np.stack([*meanings, *self._meanings[2:]])

    def grid(self) -> Array:
        """(64 * 64, 256) float32: the position of every cell of an embedding, row by row."""
        centres = (np.arange(EMBEDDING_PX, dtype=np.float32) + 0.5) * (INPUT_PX / EMBEDDING_PX)
        x, y = np.meshgrid(centres, centres)
        return self._positions(np.stack([x.ravel(), y.ravel()], 1))

    def _positions(self, points: Array) -> Array:
        centred = 2 * (np.asarray(points, np.float32) / INPUT_PX) - 1
        angles = np.float32(2 * np.pi) * (centred @ self._frequencies)
        return np.concatenate([np.sin(angles), np.cos(angles)], 1).astype(np.float32)

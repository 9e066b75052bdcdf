"""The mask decoder of SAM in NumPy: an embedding and prompts to masks, in a fraction of a second and without torch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from segmodels.clicks.layers import (
    Array,
    Arrays,
    attention,
    gelu,
    layer_norm,
    perceptron,
    transposed_convolution,
)
from segmodels.clicks.letterbox import EMBEDDING_CHANNELS, EMBEDDING_PX, INPUT_PX, LOGITS_PX
from segmodels.clicks.prompts import Prompt, PromptEncoder

MASK_TOKENS = 4
LAYERS = 2
TRANSFORMER = "mask_decoder.transformer"
# So many cells at once stay in a processor's cache while they are made sixteen times as many.
CELLS_AT_ONCE = 256


@dataclass(frozen=True)
class Candidate:
    """One mask that fits the prompts: logits (256, 256) float32 over the square, > 0 inside; predicted IoU."""

    logits: Array
    score: float


class ClickDecoder:
    """Answers prompts on an embedding; one object serves any number of threads."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._arrays: Arrays = arrays
        self._prompts = PromptEncoder(arrays)
        self._positions = self._prompts.grid()

    def segment(self, embedding: Array, prompt: Prompt, before: Array | None = None) -> Candidate:
        """The mask for a prompt on an embedding (256, 64, 64); `before` are the logits of the prompt it corrects.

        One click may mean a part or the whole: of three candidates the one with the best predicted IoU is taken, each
        weighed by how its area fits the expected one. More clicks, or a box, say what is meant, for which SAM has a
        token of its own.
        """
        hidden, cells = self._attend(embedding, self._prompts.tokens(prompt), self._prompts.cells(before))
        scores = perceptron(hidden[:1], self._arrays, _layers("mask_decoder.iou_prediction_head"))[0]
        if not prompt.is_ambiguous:
            return Candidate(self._masks(hidden, [0], cells)[0], float(scores[0]))
        if prompt.size is None:
            chosen = 1 + int(np.argmax(scores[1:]))
            return Candidate(self._masks(hidden, [chosen], cells)[0], float(scores[chosen]))
        masks = self._masks(hidden, [1, 2, 3], cells)
        areas = np.count_nonzero(masks > 0, axis=(1, 2)) * (INPUT_PX // LOGITS_PX) ** 2
        best = int(np.argmax(np.maximum(scores[1:], 0) * prompt.size.fit(areas)))
        return Candidate(masks[best].copy(), float(scores[1 + best]))

    def _attend(self, embedding: Array, prompts: Array, seen_before: Array) -> tuple[Array, Array]:
        """The two-way transformer: tokens (1 + 4 + T, 256) and cells (4096, 256) after they looked at each other."""
        arrays = self._arrays
        first = np.concatenate(
            [arrays["mask_decoder.iou_token.weight"], arrays["mask_decoder.mask_tokens.weight"], prompts]
        )
        cells = np.ascontiguousarray(embedding.reshape(EMBEDDING_CHANNELS, -1).T, np.float32)
        cells += seen_before
        tokens = first
        for index in range(LAYERS):
            name = f"{TRANSFORMER}.layers.{index}"
            placed = tokens + first if index else tokens
            looked = attention(placed, placed, tokens, arrays, f"{name}.self_attn")
            tokens = layer_norm(tokens + looked if index else looked, arrays, f"{name}.norm1")
            placed_cells = cells + self._positions
            tokens = tokens + attention(
                tokens + first, placed_cells, cells, arrays, f"{name}.cross_attn_token_to_image"
            )
            tokens = layer_norm(tokens, arrays, f"{name}.norm2")
            tokens = tokens + perceptron(tokens, arrays, (f"{name}.mlp.lin1", f"{name}.mlp.lin2"))
            tokens = layer_norm(tokens, arrays, f"{name}.norm3")
            seen = attention(placed_cells, tokens + first, tokens, arrays, f"{name}.cross_attn_image_to_token")
            cells = layer_norm(cells + seen, arrays, f"{name}.norm4")
        last = attention(
            tokens + first, cells + self._positions, cells, arrays, f"{TRANSFORMER}.final_attn_token_to_image"
        )
        return layer_norm(tokens + last, arrays, f"{TRANSFORMER}.norm_final_attn"), cells

    def _masks(self, hidden: Array, indexes: Sequence[int], cells: Array) -> Array:
        """Logits (N, 256, 256): every cell made four by four px, and how well each of them goes with the tokens."""
        arrays = self._arrays
        head = "mask_decoder.output_hypernetworks_mlps"
        wanted = np.concatenate(
            [perceptron(hidden[1 + index, None], arrays, _layers(f"{head}.{index}")) for index in indexes]
        )
        upscaling = "mask_decoder.output_upscaling"
        blocks = []
        for start in range(0, len(cells), CELLS_AT_ONCE):
            finer = transposed_convolution(cells[start : start + CELLS_AT_ONCE], arrays, f"{upscaling}.0")
            finer = gelu(layer_norm(finer, arrays, f"{upscaling}.1", epsilon=1e-6))
            finest = gelu(transposed_convolution(finer, arrays, f"{upscaling}.3"))
            blocks.append(finest @ wanted.T)
        side = EMBEDDING_PX
        by_cell = np.concatenate(blocks).reshape(side, side, 2, 2, 2, 2, len(wanted))
        return np.ascontiguousarray(by_cell.transpose(6, 0, 2, 4, 1, 3, 5)).reshape(-1, LOGITS_PX, LOGITS_PX)


def _layers(name: str) -> tuple[str, ...]:
    return tuple(f"{name}.layers.{index}" for index in range(3))

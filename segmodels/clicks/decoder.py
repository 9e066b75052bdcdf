"""The mask decoder of SAM in NumPy: an embedding and prompts to masks, in a fraction of a second and without torch."""

from collections.abc import Mapping
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
from segmodels.clicks.letterbox import EMBEDDING_CHANNELS, EMBEDDING_PX, LOGITS_PX
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

        One click may mean a part or the whole: of three candidates the one with the best predicted IoU is taken. More
        clicks, or a box, say what is meant, for which SAM has a token of its own.
        """
        hidden, cells = self._attend(embedding, self._prompts.tokens(prompt), self._prompts.cells(before))
        scores = perceptron(hidden[:1], self._arrays, _layers("mask_decoder.iou_prediction_head"))[0]
        chosen = 1 + int(np.argmax(scores[1:])) if prompt.is_ambiguous else 0
        return Candidate(self._mask(hidden[1 + chosen], chosen, cells), float(scores[chosen]))

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

    def _mask(self, token: Array, index: int, cells: Array) -> Array:
        """Logits (256, 256): every cell made four by four px, and how well each of them goes with the token."""
        arrays = self._arrays
        wanted = perceptron(token[None], arrays, _layers(f"mask_decoder.output_hypernetworks_mlps.{index}"))[0]
        upscaling = "mask_decoder.output_upscaling"
        blocks = []
        for start in range(0, len(cells), CELLS_AT_ONCE):
            finer = transposed_convolution(cells[start : start + CELLS_AT_ONCE], arrays, f"{upscaling}.0")
            finer = gelu(layer_norm(finer, arrays, f"{upscaling}.1", epsilon=1e-6))
            finest = gelu(transposed_convolution(finer, arrays, f"{upscaling}.3"))
            blocks.append(finest @ wanted)
        side = EMBEDDING_PX
        by_cell = np.concatenate(blocks).reshape(side, side, 2, 2, 2, 2)
        return np.ascontiguousarray(by_cell.transpose(0, 2, 4, 1, 3, 5)).reshape(LOGITS_PX, LOGITS_PX)


def _layers(name: str) -> tuple[str, ...]:
    return tuple(f"{name}.layers.{index}" for index in range(3))

"""The decoder's weights as NumPy arrays: which there are, and an archive of them that is read without pickle."""

import io
import zipfile
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

Shape = tuple[int, ...]


class DamagedArchive(ValueError):
    """Bytes that are no archive of arrays, as after a disk error."""


def _linear(name: str, inputs: int, outputs: int) -> Iterator[tuple[str, Shape]]:
    yield f"{name}.weight", (outputs, inputs)
    yield f"{name}.bias", (outputs,)


def _norm(name: str, channels: int) -> Iterator[tuple[str, Shape]]:
    yield f"{name}.weight", (channels,)
    yield f"{name}.bias", (channels,)


def _attention(name: str, inner: int) -> Iterator[tuple[str, Shape]]:
    for part in "qkv":
        yield from _linear(f"{name}.{part}_proj", 256, inner)
    yield from _linear(f"{name}.out_proj", inner, 256)


def _perceptron(name: str, outputs: int) -> Iterator[tuple[str, Shape]]:
    for index, size in enumerate((256, 256, outputs)):
        yield from _linear(f"{name}.layers.{index}", 256, size)


def _shapes() -> Iterator[tuple[str, Shape]]:
    prompts, decoder = "prompt_encoder", "mask_decoder"
    yield f"{prompts}.pe_layer.positional_encoding_gaussian_matrix", (2, 128)
    for name in (*(f"point_embeddings.{index}" for index in range(4)), "not_a_point_embed", "no_mask_embed"):
        yield f"{prompts}.{name}.weight", (1, 256)
    for index, inputs, outputs in ((0, 1, 4), (3, 4, 16)):
        yield f"{prompts}.mask_downscaling.{index}.weight", (outputs, inputs, 2, 2)
        yield f"{prompts}.mask_downscaling.{index}.bias", (outputs,)
        yield from _norm(f"{prompts}.mask_downscaling.{index + 1}", outputs)
    yield f"{prompts}.mask_downscaling.6.weight", (256, 16, 1, 1)
    yield f"{prompts}.mask_downscaling.6.bias", (256,)
    yield f"{decoder}.iou_token.weight", (1, 256)
    yield f"{decoder}.mask_tokens.weight", (4, 256)
    for index in range(2):
        layer = f"{decoder}.transformer.layers.{index}"
        yield from _attention(f"{layer}.self_attn", 256)
        yield from _attention(f"{layer}.cross_attn_token_to_image", 128)
        yield from _attention(f"{layer}.cross_attn_image_to_token", 128)
        yield from _linear(f"{layer}.mlp.lin1", 256, 2048)
        yield from _linear(f"{layer}.mlp.lin2", 2048, 256)
        for norm in range(1, 5):
            yield from _norm(f"{layer}.norm{norm}", 256)
    yield from _attention(f"{decoder}.transformer.final_attn_token_to_image", 128)
    yield from _norm(f"{decoder}.transformer.norm_final_attn", 256)
    yield f"{decoder}.output_upscaling.0.weight", (256, 64, 2, 2)
    yield f"{decoder}.output_upscaling.0.bias", (64,)
    yield from _norm(f"{decoder}.output_upscaling.1", 64)
    yield f"{decoder}.output_upscaling.3.weight", (64, 32, 2, 2)
    yield f"{decoder}.output_upscaling.3.bias", (32,)
    for index in range(4):
        yield from _perceptron(f"{decoder}.output_hypernetworks_mlps.{index}", 32)
    yield from _perceptron(f"{decoder}.iou_prediction_head", 4)


# Published name and shape of everything that prompts and masks need.
ARRAY_SHAPES: dict[str, Shape] = dict(_shapes())


def pack_arrays(arrays: Mapping[str, NDArray[np.floating]]) -> bytes:
    """An .npz of named arrays."""
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **dict(arrays))  # type: ignore[arg-type]
    return out.getvalue()


def unpack_arrays(data: bytes) -> dict[str, NDArray[np.float32]]:
    """The arrays of an .npz as float32. Raises DamagedArchive."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            return {name: np.asarray(archive[name], np.float32) for name in archive.files}
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, KeyError) as error:
        raise DamagedArchive("not an archive of arrays") from error

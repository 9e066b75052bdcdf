"""The few network layers that the decoder is made of, in NumPy; weights by their names in SAM's file."""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Arrays = Mapping[str, Array]
HEADS = 8


def linear(x: Array, arrays: Arrays, name: str) -> Array:
    """(N, I) to (N, O) by `name`.weight (O, I) and `name`.bias (O,)."""
    out: Array = x @ arrays[f"{name}.weight"].T
    out += arrays[f"{name}.bias"]
    return out


def layer_norm(x: Array, arrays: Arrays, name: str, epsilon: float = 1e-5) -> Array:
    """(N, C) with every row brought to mean 0 and deviation 1, then scaled."""
    centred = x - x.mean(1, keepdims=True)
    variance = np.einsum("nc,nc->n", centred, centred) / np.float32(x.shape[1])
    centred *= (1 / np.sqrt(variance + np.float32(epsilon)))[:, None]
    centred *= arrays[f"{name}.weight"]
    centred += arrays[f"{name}.bias"]
    return centred


def attention(queries: Array, keys: Array, values: Array, arrays: Arrays, name: str) -> Array:
    """Multi-head attention: queries (Q, C), keys and values (K, C) to (Q, C)."""
    q = _heads(linear(queries, arrays, f"{name}.q_proj"))
    k = _heads(linear(keys, arrays, f"{name}.k_proj"))
    v = _heads(linear(values, arrays, f"{name}.v_proj"))
    scores = q @ k.transpose(0, 2, 1)
    scores *= np.float32(1 / math.sqrt(q.shape[2]))
    scores -= scores.max(2, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(2, keepdims=True)
    mixed = np.asarray((scores @ v).transpose(1, 0, 2).reshape(len(queries), -1), np.float32)
    return linear(mixed, arrays, f"{name}.out_proj")


def _heads(x: Array) -> Array:
    """(N, C) to (HEADS, N, C / HEADS)."""
    return x.reshape(len(x), HEADS, -1).transpose(1, 0, 2)


def perceptron(x: Array, arrays: Arrays, names: tuple[str, ...]) -> Array:
    """Linear layers with ReLU between them."""
    for name in names[:-1]:
        x = linear(x, arrays, name)
        np.maximum(x, 0, out=x)
    return linear(x, arrays, names[-1])


# Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26: |error| <= 1.5e-7.
ERF_P = np.float32(0.3275911)
ERF_FACTORS = tuple(np.float32(a) for a in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592))


def gelu(x: Array) -> Array:
    """x times the normal distribution's integral up to x, elementwise."""
    scaled = np.abs(x)
    scaled *= np.float32(math.sqrt(0.5))
    t = 1 / (ERF_P * scaled + 1)
    tail = t * ERF_FACTORS[0]
    for factor in ERF_FACTORS[1:]:
        tail += factor
        tail *= t
    scaled *= -scaled
    tail *= np.exp(scaled, out=scaled)
    # tail is now 1 - erf(|x| / sqrt 2): x * (1 - tail / 2) where x > 0, x * tail / 2 elsewhere.
    tail *= 0.5 * np.abs(x)
    out: Array = np.maximum(x, 0)
    out -= tail
    return out


def transposed_convolution(x: Array, arrays: Arrays, name: str) -> Array:
    """2 x 2 transposed convolution of stride 2 of pixels (N, I): (4 * N, O), the four of a pixel after each other.

    They come as upper left, upper right, lower left, lower right; `name`.weight is (I, O, 2, 2).
    """
    weight = arrays[f"{name}.weight"]
    inputs, outputs = weight.shape[:2]
    out = (x @ weight.transpose(0, 2, 3, 1).reshape(inputs, 4 * outputs)).reshape(-1, outputs)
    out += arrays[f"{name}.bias"]
    return out


def strided_convolution(x: Array, arrays: Arrays, name: str) -> Array:
    """The way back: 2 x 2 convolution of stride 2 of pixels (4 * N, I) in the same order to (N, O)."""
    weight = arrays[f"{name}.weight"]
    outputs, inputs = weight.shape[:2]
    out: Array = x.reshape(-1, 4 * inputs) @ weight.transpose(2, 3, 1, 0).reshape(4 * inputs, outputs)
    out += arrays[f"{name}.bias"]
    return out

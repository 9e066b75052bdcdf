"""Made-up fluorescence microscopy: background, a stuff class (tissue), touching cells; the truth is known exactly.

Image `index` is the same on every machine: everything is drawn from a generator seeded with it.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 400, 304
BACKGROUND, TISSUE, FIRST_CELL = 1, 2, 3


@dataclass(frozen=True)
class Field:
    """One field of view: RGB uint8 (H, W, 3), truth uint16 (H, W) with 1 background, 2 tissue, 3... one per cell."""

    rgb: NDArray[np.uint8]
    truth: NDArray[np.uint16]


def draw_field(index: int) -> Field:
    """Field of view number `index`."""
    rng = np.random.default_rng([20, 26, index])
    truth = np.full((HEIGHT, WIDTH), BACKGROUND, np.uint16)
    light = _smooth_noise(rng, 90) * 12 + 18
    tissue = _tissue(rng)
    truth[tissue] = TISSUE
    fibres = _fibres(rng)
    green = np.where(tissue, 40 + 38 * fibres, light)
    red = np.where(tissue, 26 + 16 * fibres, light * 0.8)
    blue = np.where(tissue, 34 + 12 * fibres, light * 1.1)
    channels = np.stack([red, green, blue], axis=-1).astype(np.float32)
    next_id = FIRST_CELL
    for center in _cluster_centers(rng):
        next_id = _draw_cell(rng, channels, truth, center, next_id)
    return Field(_expose(rng, channels), _without_specks(truth))


def _smooth_noise(rng: np.random.Generator, scale_px: float) -> NDArray[np.float32]:
    """Noise of about -1..1 that changes over `scale_px`."""
    coarse = rng.normal(size=(int(HEIGHT / scale_px) + 3, int(WIDTH / scale_px) + 3)).astype(np.float32)
    return np.clip(cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), -2, 2) / 2


def _tissue(rng: np.random.Generator) -> NDArray[np.bool_]:
    """A region with a wavy border that comes in from one side."""
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    along = (x - WIDTH / 2) * np.cos(angle) + (y - HEIGHT / 2) * np.sin(angle)
    return along + 55 * _smooth_noise(rng, 70) + 12 * _smooth_noise(rng, 22) > rng.uniform(20, 110)


def _fibres(rng: np.random.Generator) -> NDArray[np.float32]:
    """Streaks of 0..1 along one direction."""
    angle = rng.uniform(0, 180)
    noise = rng.random((HEIGHT, WIDTH)).astype(np.float32)
    kernel = np.zeros((31, 31), np.float32)
    kernel[15] = 1
    turn = cv2.getRotationMatrix2D((15, 15), angle, 1)
    kernel = cv2.warpAffine(kernel, turn, (31, 31))
    streaks = cv2.filter2D(noise, -1, kernel / kernel.sum())
    return (streaks - streaks.min()) / np.ptp(streaks)


def _cluster_centers(rng: np.random.Generator) -> list[tuple[float, float]]:
    """Cells come in clusters, close enough to touch."""
    centers = []
    for _ in range(rng.integers(3, 6)):
        middle = rng.uniform([30, 30], [WIDTH - 30, HEIGHT - 30])
        for _ in range(rng.integers(2, 7)):
            centers.append(tuple(middle + rng.normal(scale=24, size=2)))
    return centers


def _draw_cell(
    rng: np.random.Generator,
    channels: NDArray[np.float32],
    truth: NDArray[np.uint16],
    center: tuple[float, float],
    cell: int,
) -> int:
    """Draw one cell where no other is yet; returns the id of the next one."""
    shape = np.zeros((HEIGHT, WIDTH), np.uint8)
    axes = rng.uniform(10, 19, 2)
    turn = rng.uniform(0, np.pi)
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    wobble = 1 + 0.08 * np.sin(3 * angles + rng.uniform(0, 6)) + 0.05 * np.sin(5 * angles + rng.uniform(0, 6))
    x, y = axes[0] * np.cos(angles) * wobble, axes[1] * np.sin(angles) * wobble
    outline = np.stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)], axis=1) + center
    cv2.fillPoly(shape, [np.round(outline).astype(np.int32)], 1)
    mine = (shape > 0) & (truth < FIRST_CELL)
    if mine.sum() < 120:
        return cell
    truth[mine] = cell
    depth = cv2.distanceTransform(mine.astype(np.uint8), cv2.DIST_L2, 3)
    rim = np.exp(-(((depth - 1.5) / 1.6) ** 2))
    body = np.minimum(depth / 6, 1)
    strength = rng.uniform(0.75, 1.2)
    color = np.array([rng.uniform(30, 60), rng.uniform(90, 125), rng.uniform(55, 80)], np.float32) * strength
    nucleus = np.zeros((HEIGHT, WIDTH), np.uint8)
    spot = np.round(np.asarray(center) + rng.normal(scale=2, size=2)).astype(int)
    cv2.circle(nucleus, (int(spot[0]), int(spot[1])), int(axes.min() * 0.42), 1, -1)
    glow = (0.55 * body + 0.6 * rim)[..., None] * color
    inside = glow + 22 + (cv2.GaussianBlur(nucleus * 1.0, (0, 0), 1.2)[..., None] * np.array([25, 10, 105]) * strength)
    channels[mine] = inside[mine]
    return cell + 1


def _expose(rng: np.random.Generator, channels: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Optics and sensor: slight blur, fall-off to the corners, shot noise."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    distance = np.hypot((x - WIDTH / 2) / WIDTH, (y - HEIGHT / 2) / HEIGHT)
    seen = cv2.GaussianBlur(channels, (0, 0), 0.8) * (1.05 - 0.35 * distance**2)[..., None]
    counts = rng.poisson(np.clip(seen, 0, None) * 0.9) / 0.9
    return np.clip(counts * rng.uniform(1.4, 1.8), 0, 255).astype(np.uint8)


def _without_specks(truth: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Leave each cell its largest piece; later cells may have cut others apart."""
    for cell in range(FIRST_CELL, int(truth.max()) + 1):
        count, pieces, stats, _ = cv2.connectedComponentsWithStats((truth == cell).astype(np.uint8), connectivity=4)
        if count > 2:
            largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
            truth[(pieces > 0) & (pieces != largest)] = BACKGROUND
    return truth

"""Class colours: Okabe and Ito's, then colours that stay apart from all before them with any kind of colour blindness.

Prints the table of annotator/static/annotator/editor/palettes.js. As Glasbey et al. ("Colour displays for categorical
images", 2007), each colour is the one farthest from all before it; the distance is the least CIEDE2000 among normal
sight and the three dichromacies (Machado, Oliveira and Fernandes, 2009, severity 1).

Run: .venv/bin/python scripts/class_colours.py
"""

import numpy as np
from numpy.typing import NDArray

Colors = NDArray[np.float64]  # (n, 3)

COUNT = 60
# Without the black, which shows on no dark image.
OKABE_ITO = ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"]
# The interface's accents in both themes: a class is never mistaken for what is chosen.
ACCENTS = ["#5546d6", "#a197ff"]
FROM_ACCENT = 12.0
LIGHTNESS = (36.0, 88.0)
LEAST_CHROMA = 12.0
GRID_STEP = 8
SIGHTS = [
    np.eye(3),
    np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
]
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.95047, 1.0, 1.08883])


def from_hex(colors: list[str]) -> Colors:
    return np.array([[int(color[at : at + 2], 16) for at in (1, 3, 5)] for color in colors], dtype=float)


def seen(rgb: Colors) -> NDArray[np.float64]:
    """Bytes of sRGB (n, 3) as CIELAB under every sight: (sights, n, 3)."""
    share = rgb / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.stack([_lab(np.clip(linear @ sight.T, 0, 1)) for sight in SIGHTS])


def _lab(linear: Colors) -> Colors:
    ratio = linear @ TO_XYZ.T / WHITE
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


def ciede2000(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Colour differences of CIELAB arrays (..., 3), after Sharma, Wu and Dalal (2005)."""
    chroma = (np.hypot(one[..., 1], one[..., 2]) + np.hypot(other[..., 1], other[..., 2])) / 2
    g = 1.5 - 0.5 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    c1, c2 = np.hypot(one[..., 1] * g, one[..., 2]), np.hypot(other[..., 1] * g, other[..., 2])
    h1 = np.degrees(np.arctan2(one[..., 2], one[..., 1] * g)) % 360
    h2 = np.degrees(np.arctan2(other[..., 2], other[..., 1] * g)) % 360
    turn = (h2 - h1 + 180) % 360 - 180
    is_grey = c1 * c2 == 0
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(np.where(is_grey, 0, turn)) / 2)
    mean_h = np.where(is_grey, h1 + h2, (h1 + turn / 2) % 360)
    mean_l, mean_c = (one[..., 0] + other[..., 0]) / 2, (c1 + c2) / 2
    t = (
        1
        - 0.17 * np.cos(np.radians(mean_h - 30))
        + 0.24 * np.cos(np.radians(2 * mean_h))
        + 0.32 * np.cos(np.radians(3 * mean_h + 6))
        - 0.20 * np.cos(np.radians(4 * mean_h - 63))
    )
    dl = (other[..., 0] - one[..., 0]) / (1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2))
    dc = (c2 - c1) / (1 + 0.045 * mean_c)
    dh = dh / (1 + 0.015 * mean_c * t)
    rotation = (
        -2 * np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((mean_h - 275) / 25) ** 2))))
    )
    return np.sqrt(np.maximum(dl**2 + dc**2 + dh**2 + rotation * dc * dh, 0))


def candidates() -> Colors:
    """Bytes of sRGB that show on dark and on light images, are no greys, and not the interface's accent."""
    steps = np.arange(0, 256, GRID_STEP)
    rgb = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3).astype(float)
    lab = seen(rgb)[0]
    is_kept = (lab[:, 0] >= LIGHTNESS[0]) & (lab[:, 0] <= LIGHTNESS[1])
    is_kept &= np.hypot(lab[:, 1], lab[:, 2]) >= LEAST_CHROMA
    for accent in seen(from_hex(ACCENTS))[0]:
        is_kept &= ciede2000(lab, accent) >= FROM_ACCENT
    return rgb[is_kept]


def palette(count: int) -> list[str]:
    rgb = candidates()
    views = seen(rgb)
    chosen = from_hex(OKABE_ITO)
    nearest = np.full(len(rgb), np.inf)
    for place in range(count):
        if place >= len(OKABE_ITO):
            chosen = np.vstack([chosen, rgb[np.argmax(nearest)]])
        lab = seen(chosen[place : place + 1])
        nearest = np.minimum(nearest, ciede2000(views, lab).min(axis=0))
    return [f"#{int(r):02x}{int(g):02x}{int(b):02x}" for r, g, b in chosen]


def least_difference(colors: list[str]) -> float:
    """Between any two of them, for whoever tells them apart worst."""
    views = seen(from_hex(colors))
    apart = ciede2000(views[:, :, None], views[:, None, :])
    one, other = np.triu_indices(len(colors), 1)
    return float(apart[:, one, other].min())


if __name__ == "__main__":
    colors = palette(COUNT)
    for count in (7, 8, 20, 60):
        print(f"{count} colours: {least_difference(colors[:count]):.1f} apart")
    for start in range(0, COUNT, 10):
        print(" ".join(colors[start : start + 10]))

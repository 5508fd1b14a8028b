"""Backgrounds drawn by chance: plain, by day, at night, on a beach, in the snow."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from rediffuse.data.pictures.dataset import SCENES, Side
from rediffuse.data.sources.pictures.scene_paint import (
    LARGE,
    SCALE,
    Random,
    clouds,
    disk,
    fir,
    gradient,
    hill,
    hsv,
    moon,
    palm,
    peaks,
    shade,
    skyline,
    speckles,
    starfish,
    sun,
    to_ints,
)
from rediffuse.data.sources.shared.randomness import block_rng

Pixels = npt.NDArray[np.uint8]


def make_backgrounds(side: Side, count: int, seed: int) -> Pixels:
    """Backgrounds of every scene, uint8 [S, count, 64, 64, 3], in the order of ``SCENES``.

    Background i of a scene and side depends on the seed and i alone; the sides share no random number.
    """
    return np.stack([np.stack([paint(scene, side, index, seed) for index in range(count)]) for scene in SCENES])


def paint(scene: str, side: Side, index: int, seed: int) -> Pixels:
    """One background, uint8 [64, 64, 3]."""
    random = block_rng(seed, f"scene/{scene}", side, index)
    return np.asarray(_PAINTERS[scene](random).convert("RGB").reduce(SCALE))


def _plain(random: Random) -> Image.Image:
    kind = random.random()
    if kind < 0.25:
        tone = random.uniform(236, 255)
        return gradient((tone, tone, tone), (tone, tone, tone))
    hue, saturation, value = random.random(), random.uniform(0.08, 0.7), random.uniform(0.55, 1.0)
    first = hsv(hue, saturation, value)
    if kind < 0.6:
        return gradient(first, first)
    paler, darker = saturation * random.uniform(0.4, 1), value * random.uniform(0.75, 1)
    second = hsv(hue + random.uniform(-0.08, 0.08), paler, darker)
    return gradient(first, second, turned=bool(random.random() < 0.5))


def _day(random: Random) -> Image.Image:
    blue = random.uniform(0.54, 0.6)
    image = gradient(hsv(blue, random.uniform(0.45, 0.7), random.uniform(0.9, 1)), hsv(blue, 0.14, 1))
    if random.random() < 0.75:
        sun(image, random, (255, 226, 92))
    clouds(image, random, int(random.integers(2, 5)), (255, 255, 255))
    horizon = random.uniform(0.58, 0.72)
    green = random.uniform(0.24, 0.34)
    if random.random() < 0.6:
        hill(image, random, horizon - 0.1, 0.09, hsv(green + 0.08, 0.35, 0.72))
    hill(image, random, horizon, 0.06, hsv(green, 0.55, 0.72))
    ground = hill(image, random, horizon + 0.12, 0.04, hsv(green - 0.02, 0.65, 0.6))
    speckles(image, random, ground, 260, [hsv(green, 0.7, 0.45), hsv(green - 0.04, 0.6, 0.75)], (2, 7))
    if random.random() < 0.6:
        speckles(image, random, ground, 22, [(255, 255, 255), (255, 214, 64), (240, 98, 146)], (4, 5))
    return image


def _night(random: Random) -> Image.Image:
    hue = random.uniform(0.6, 0.72)
    image = gradient(hsv(hue, 0.75, random.uniform(0.18, 0.28)), hsv(hue - 0.02, 0.6, random.uniform(0.42, 0.55)))
    draw = ImageDraw.Draw(image)
    for x, y in random.uniform(0, LARGE, (int(random.integers(40, 80)), 2)) * (1, 0.7):
        radius = random.choice([1.6, 2.2, 3.2], p=[0.5, 0.35, 0.15])
        draw.ellipse(disk(x, y, radius), fill=shade((255, 250, 220), random.uniform(0.7, 1)))
    moon(image, random)
    horizon = random.uniform(0.66, 0.8)
    if random.random() < 0.45:
        skyline(image, random, horizon, hue)
    else:
        hill(image, random, horizon - 0.1, 0.09, hsv(hue, 0.5, 0.32))
    hill(image, random, horizon, 0.05, hsv(hue - 0.1, 0.5, 0.24))
    return image


def _beach(random: Random) -> Image.Image:
    evening = random.random() < 0.3
    top = hsv(0.07, 0.55, 1) if evening else hsv(random.uniform(0.52, 0.57), random.uniform(0.3, 0.55), 1)
    image = gradient(top, hsv(0.13, 0.3, 1) if evening else hsv(0.54, 0.1, 1))
    if evening or random.random() < 0.6:
        sun(image, random, (255, 170, 70) if evening else (255, 226, 92))
    clouds(image, random, int(random.integers(0, 3)), (255, 250, 245))
    sea, shore = random.uniform(0.34, 0.44), random.uniform(0.54, 0.66)
    draw = ImageDraw.Draw(image)
    water = hsv(random.uniform(0.49, 0.56), random.uniform(0.65, 0.85), random.uniform(0.7, 0.85))
    draw.rectangle((0, sea * LARGE, LARGE, LARGE), fill=to_ints(water))
    for _ in range(int(random.integers(8, 14))):
        x, y = random.uniform(-0.1, 1) * LARGE, random.uniform(sea + 0.02, shore) * LARGE
        draw.line((x, y, x + random.uniform(15, 60), y), fill=shade(water, random.uniform(1.12, 1.3)), width=4)
    phase = random.uniform(0, 6.28)
    hill(image, random, shore - 0.02, 0.018, (250, 252, 250), phase)
    sand = hsv(random.uniform(0.1, 0.13), random.uniform(0.32, 0.48), random.uniform(0.9, 0.98))
    ground = hill(image, random, shore + 0.015, 0.018, sand, phase)
    speckles(image, random, ground, 240, [shade(sand, 0.85), shade(sand, 1.06)], (2, 3))
    if random.random() < 0.55:
        starfish(image, random, shore)
    if random.random() < 0.6:
        palm(image, random)
    return image


def _snow(random: Random) -> Image.Image:
    hue = random.uniform(0.55, 0.62)
    image = gradient(hsv(hue, random.uniform(0.16, 0.36), random.uniform(0.72, 0.9)), hsv(hue, 0.07, 0.95))
    horizon = random.uniform(0.56, 0.7)
    if random.random() < 0.5:
        peaks(image, random, horizon, hue)
    hill(image, random, horizon - 0.03, 0.06, hsv(hue, 0.14, 0.9))
    for _ in range(int(random.integers(2, 6))):
        fir(image, random, horizon)
    ground = hill(image, random, horizon + 0.08, 0.04, (250, 252, 255))
    speckles(image, random, ground, 120, [hsv(hue, 0.1, 0.92), (255, 255, 255)], (3, 4))
    draw = ImageDraw.Draw(image)
    for x, y in random.uniform(0, LARGE, (int(random.integers(45, 85)), 2)):
        draw.ellipse(disk(x, y, random.uniform(1.8, 4)), fill=(255, 255, 255))
    return image


_PAINTERS: dict[str, Callable[[Random], Image.Image]] = {
    "plain": _plain,
    "day": _day,
    "night": _night,
    "beach": _beach,
    "snow": _snow,
}

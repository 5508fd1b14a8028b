"""What backgrounds are painted of: colours, ground, sky, plants and houses."""

from __future__ import annotations

import colorsys

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from rediffuse.data.pictures.dataset import SIZE

SCALE = 4  # drawn that much larger, then averaged
LARGE = SIZE * SCALE

Colour = tuple[float, float, float]  # red, green, blue, 0 to 255
Random = np.random.Generator


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """A colour from hue (any turn of the wheel), saturation and value, 0 to 1."""
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, min(saturation, 1), min(value, 1))
    return red * 255, green * 255, blue * 255


def to_ints(colour: Colour) -> tuple[int, int, int]:
    """The colour as Pillow takes it."""
    red, green, blue = (int(min(max(part, 0), 255) + 0.5) for part in colour)
    return red, green, blue


def shade(colour: Colour, factor: float) -> tuple[int, int, int]:
    """The colour, darker or lighter by a factor."""
    red, green, blue = colour
    return to_ints((red * factor, green * factor, blue * factor))


def disk(x: float, y: float, radius: float) -> tuple[float, float, float, float]:
    """The box of a circle, as Pillow takes it."""
    return x - radius, y - radius, x + radius, y + radius


def gradient(first: Colour, second: Colour, turned: bool = False) -> Image.Image:
    """The whole picture from one colour above to another below, or from left to right."""
    share = np.linspace(0, 1, LARGE)[:, None, None]
    column = np.array(first) * (1 - share) + np.array(second) * share
    whole = np.broadcast_to(column, (LARGE, LARGE, 3)).round().astype(np.uint8)
    return Image.fromarray(np.ascontiguousarray(whole.swapaxes(0, 1) if turned else whole))


def hill(
    image: Image.Image, random: Random, height: float, swing: float, colour: Colour, phase: float | None = None
) -> npt.NDArray[np.float64]:
    """Fill all below a wavy line; gives its height in each column, pixels from the top."""
    x = np.arange(LARGE) / LARGE
    start = random.uniform(0, 6.28) if phase is None else phase
    line = height + swing * (np.sin(start + 6.28 * x * 0.8) + 0.4 * np.sin(2 * start + 6.28 * x * 1.9)) / 1.4
    top = line * LARGE
    points = [*zip(range(LARGE), top.tolist(), strict=True), (LARGE, LARGE), (0, LARGE)]
    ImageDraw.Draw(image).polygon(points, fill=to_ints(colour))
    return top


def speckles(
    image: Image.Image,
    random: Random,
    top: npt.NDArray[np.float64],
    count: int,
    colours: list[Colour] | list[tuple[int, int, int]],
    size: tuple[int, int],
) -> None:
    """Small spots of the given width and height on the ground."""
    draw = ImageDraw.Draw(image)
    for _ in range(count):
        x = int(random.integers(LARGE))
        y = random.uniform(top[x] + 4, LARGE)
        colour = colours[int(random.integers(len(colours)))]
        draw.ellipse((x, y, x + size[0], y + size[1]), fill=to_ints(colour))


def sun(image: Image.Image, random: Random, colour: Colour) -> None:
    """A sun with its glow in an upper corner."""
    x, y, radius = random.choice([0.17, 0.83]) * LARGE, random.uniform(0.12, 0.22) * LARGE, random.uniform(17, 25)
    glow = Image.new("L", image.size)
    ImageDraw.Draw(glow).ellipse(disk(x, y, radius * 1.7), fill=130)
    image.paste(to_ints(colour), mask=glow.filter(ImageFilter.GaussianBlur(9)))
    ImageDraw.Draw(image).ellipse(disk(x, y, radius), fill=to_ints(colour))


def moon(image: Image.Image, random: Random) -> None:
    """A full or a crescent moon with its glow in an upper corner."""
    x, y, radius = random.choice([0.18, 0.82]) * LARGE, random.uniform(0.13, 0.24) * LARGE, random.uniform(18, 26)
    glow = Image.new("L", image.size)
    ImageDraw.Draw(glow).ellipse(disk(x, y, radius * 1.6), fill=70)
    image.paste((255, 246, 205), mask=glow.filter(ImageFilter.GaussianBlur(10)))
    lit = Image.new("L", image.size)
    ImageDraw.Draw(lit).ellipse(disk(x, y, radius), fill=255)
    if random.random() < 0.6:
        shadow = random.choice([-0.55, 0.55]) * radius
        ImageDraw.Draw(lit).ellipse(disk(x + shadow, y - radius * 0.15, radius * 0.95), fill=0)
    image.paste((255, 246, 205), mask=lit)


def clouds(image: Image.Image, random: Random, count: int, colour: Colour) -> None:
    """Clouds in the upper part."""
    for _ in range(count):
        x, y, wide = random.uniform(0, 1) * LARGE, random.uniform(0.06, 0.4) * LARGE, random.uniform(22, 40)
        mask = Image.new("L", image.size)
        draw = ImageDraw.Draw(mask)
        for share, rise, radius in ((-0.9, 0, 0.42), (-0.3, -0.3, 0.55), (0.35, -0.22, 0.5), (0.9, 0.02, 0.38)):
            draw.ellipse(disk(x + share * wide, y + rise * wide, radius * wide), fill=235)
        draw.rectangle((0, y + 0.25 * wide, LARGE, LARGE), fill=0)
        image.paste(to_ints(colour), mask=mask.filter(ImageFilter.GaussianBlur(1.5)))


def skyline(image: Image.Image, random: Random, horizon: float, hue: float) -> None:
    """Dark houses with lit windows."""
    draw = ImageDraw.Draw(image)
    x = 0
    while x < LARGE:
        wide, top = int(random.integers(24, 46)), (horizon - random.uniform(0.05, 0.3)) * LARGE
        draw.rectangle((x, top, x + wide - 3, LARGE), fill=to_ints(hsv(hue, 0.5, 0.22)))
        for left in range(x + 5, x + wide - 9, 9):
            for y in range(int(top) + 6, int(horizon * LARGE), 12):
                if random.random() < 0.4:
                    draw.rectangle((left, y, left + 4, y + 5), fill=(255, 214, 110))
        x += wide


def starfish(image: Image.Image, random: Random, shore: float) -> None:
    """A starfish on the sand."""
    x, y = random.choice([0.12, 0.88]) * LARGE, random.uniform(shore + 0.14, 0.93) * LARGE
    turn, radius = random.uniform(0, 6.28), random.uniform(11, 16)
    points = []
    for corner in range(10):
        reach = radius * (1 if corner % 2 == 0 else 0.42)
        points.append((x + reach * np.cos(turn + corner * np.pi / 5), y + reach * np.sin(turn + corner * np.pi / 5)))
    ImageDraw.Draw(image).polygon(points, fill=(236, 112, 72))


def palm(image: Image.Image, random: Random) -> None:
    """A palm tree at the left or the right."""
    side = int(random.choice([-1, 1]))
    foot, crown = (0.5 + side * 0.44) * LARGE, (0.5 + side * random.uniform(0.28, 0.36)) * LARGE
    top, bottom = random.uniform(0.16, 0.26) * LARGE, 0.86 * LARGE
    draw = ImageDraw.Draw(image)
    steps = np.linspace(0, 1, 20)
    for share in steps:
        x, y = foot + (crown - foot) * share**1.6, bottom + (top - bottom) * share
        draw.ellipse(disk(x, y, 8 - 3 * share), fill=(134, 92, 58))
    for angle in np.linspace(-0.15, np.pi + 0.15, 7):
        reach = random.uniform(48, 62)
        tip = (crown - reach * np.cos(angle), top - reach * 0.55 * np.sin(angle) + reach * 0.32)
        middle = ((crown + tip[0]) / 2, min(top, tip[1]) - reach * 0.14)
        draw.polygon([(crown, top - 5), middle, tip, (middle[0], middle[1] + 15), (crown, top + 7)], fill=(46, 140, 70))


def fir(image: Image.Image, random: Random, horizon: float) -> None:
    """A fir with snow on it."""
    x, foot = random.uniform(0.03, 0.97) * LARGE, (horizon + random.uniform(0.02, 0.12)) * LARGE
    high = random.uniform(42, 84)
    green = hsv(random.uniform(0.38, 0.46), 0.5, random.uniform(0.3, 0.42))
    draw = ImageDraw.Draw(image)
    draw.rectangle((x - 3, foot - 8, x + 3, foot + 6), fill=(96, 70, 52))
    for level in range(3):
        top, wide = foot - high + level * high * 0.26, high * (0.2 + 0.09 * level)
        low = top + high * 0.44
        draw.polygon([(x, top), (x + wide, low), (x - wide, low)], fill=to_ints(green))
        cap, rim = wide * 0.45, top + high * 0.2
        draw.polygon([(x, top), (x + cap, rim), (x - cap, rim)], fill=(250, 252, 255))


def peaks(image: Image.Image, random: Random, horizon: float, hue: float) -> None:
    """One to three mountains with snow on top."""
    draw = ImageDraw.Draw(image)
    for _ in range(int(random.integers(1, 4))):
        x, high, wide = random.uniform(0.1, 0.9) * LARGE, random.uniform(70, 120), random.uniform(60, 95)
        foot = (horizon + 0.08) * LARGE
        rock = hsv(hue, 0.28, random.uniform(0.52, 0.66))
        draw.polygon([(x, foot - high), (x + wide, foot), (x - wide, foot)], fill=to_ints(rock))
        edge = ((0.38, 0.38), (0.19, 0.3), (0, 0.4), (-0.19, 0.3), (-0.38, 0.38))
        rim = [(x + wide * share, foot - high * (1 - drop)) for share, drop in edge]
        draw.polygon([(x, foot - high), *rim], fill=(250, 252, 255))

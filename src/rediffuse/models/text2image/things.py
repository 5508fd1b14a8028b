"""Which things and which artists' drawings of them the text-to-image model learns."""

from __future__ import annotations

import torch
from torch import Tensor

from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.pipeline.errors import InputError

# Artists who draw in thin black outlines, which latents of 8×8 lose: readers named 59 and 61 % of such pictures, and
# 82 % of the others.
OUTLINED = ("openmoji", "streamline")

# An artist's second drawing of these shows the head or the front, which is recognized more easily than the first.
HEADS = ("cat", "dog", "cow", "mouse", "pig", "rabbit", "tiger", "monkey", "train")

# Named by the studies' prompts.
NAMED = ("mountain", "snowy mountain", "city", "sunset", "dragon")

# What one knows at a glance, and what the artists drew alike; the first come first. What looks like a thing before it
# (a peach like an apple, a tropical fish like a fish), or is not recognized at 64 pixels, comes last.
FURTHER = (
    *("panda", "koala", "octopus", "ladybug", "monkey", "sheep", "rooster", "goat", "baby chick", "gem"),
    *("strawberry", "watermelon", "grapes", "lemon", "cherries", "chili pepper", "tomato", "eggplant", "corn"),
    *("hamburger", "pizza", "french fries", "doughnut", "birthday cake", "ferris wheel", "ice cream", "fried egg"),
    *("beer mug", "wine glass", "guitar", "trumpet", "soccer ball", "basketball", "baseball", "balloon", "gift"),
    *("crown", "bell", "book", "camera", "light bulb", "umbrella", "hammer", "scissors", "hourglass", "trophy"),
    *("top hat", "high heel", "t-shirt", "dress", "airplane", "sailboat", "car", "ambulance", "fire engine"),
    *("rainbow", "volcano", "sun", "crescent moon", "star", "snowman", "fire", "ghost", "skull", "alien"),
    *("jack o lantern", "christmas tree", "maple leaf", "cherry blossom", "lightning bolt", "tent", "church"),
    *("lollipop", "wolf", "candy", "bread", "cocktail", "saxophone", "piano", "tennis ball", "envelope"),
    *("ring", "taxi", "fountain", "seashell", "dove"),
    *("four leaf clover", "lock", "clapper board", "magnifying glass", "statue of liberty"),
    *("sunrise", "tropical fish", "peach", "cookie", "hibiscus", "glasses", "backpack"),
)


def learned_things(pictures: PictureSet, count: int) -> list[int]:
    """The first ``count`` things to learn, indices into ``pictures.things``.

    They are the classes of the labelled folder, what the studies name, and what is told above; then all others
    that are not held out.

    Raises:
        InputError: there are not as many.
    """
    place = {name: index for index, name in enumerate(pictures.things)}
    first = [place[name] for name in (*pictures.classes, *NAMED, *FURTHER) if name in place]
    ordered = dict.fromkeys([*first, *range(len(pictures.things))])
    allowed = [thing for thing in ordered if thing not in pictures.held_out.things]
    if count > len(allowed):
        raise InputError(f"things: found {count}, allowed at most {len(allowed)}, those that are not held out")
    return allowed[:count]


def learned_styles(pictures: PictureSet) -> list[int]:
    """The artists whose drawings are learned, indices into ``pictures.styles``, rising."""
    allowed = pictures.style[pictures.rows("clip", "train")].unique().tolist()
    return [style for style in allowed if pictures.styles[style] not in OUTLINED]


def learnable_drawings(pictures: PictureSet) -> Tensor:
    """One drawing of each learned artist and each thing that is not held out, int64 [M], rising.

    With one drawing a caption that names thing and artist leaves nothing open, and there is less to learn.
    """
    styles, chosen = learned_styles(pictures), dict[tuple[int, int], int]()
    for row in pictures.rows("clip", "train").tolist():
        thing, style = int(pictures.thing[row]), int(pictures.style[row])
        if style in styles and ((thing, style) not in chosen or pictures.things[thing] in HEADS):
            chosen[thing, style] = row
    return torch.tensor(sorted(chosen.values()))


def learned_drawings(pictures: PictureSet, count: int) -> Tensor:
    """The drawings of the first ``count`` things that are learned, int64 [M], rising."""
    rows = learnable_drawings(pictures)
    return rows[torch.isin(pictures.thing[rows], torch.tensor(learned_things(pictures, count)))]


def unlearned_drawings(pictures: PictureSet, count: int) -> Tensor:
    """Drawings of the first ``count`` things by artists that the model never learned, int64 [M], rising."""
    things, styles = learned_things(pictures, count), learned_styles(pictures)
    other = torch.isin(pictures.thing, torch.tensor(things)) & ~torch.isin(pictures.style, torch.tensor(styles))
    return torch.nonzero(other).flatten()

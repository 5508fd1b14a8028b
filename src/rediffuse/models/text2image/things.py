"""Which things and which artists' drawings of them the text-to-image model learns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.files import read_json
from rediffuse.pipeline.outs import write_json

FILE = "things.json"  # in the model's folder

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


def save_things(folder: Path, pictures: PictureSet, things: Sequence[int]) -> None:
    """Write the names of the learned things beside the model, in their order."""
    write_json(folder / FILE, {"things": [pictures.things[thing] for thing in things]})


def known_things(pictures: PictureSet, model: str, count: int | None) -> list[int]:
    """The things that a text-to-image model knows, indices into ``pictures.things``, the first ones first.

    Args:
        model: its folder, with the file that ``save_things`` writes, or a hub id.
        count: None for the things in that file; for a model without it, how many of ``learned_things``.

    Raises:
        InputError: the file is missing though ``count`` is None, or it is damaged, or names what is no thing.
    """
    if count is not None:
        return learned_things(pictures, count)
    path = Path(model) / FILE
    if not path.is_file():
        raise InputError(f"{model} has no {FILE}, the list of what it was trained on; give things as a number")
    expected = "expected the things that train_text2image wrote"
    content = read_json(path, expected)
    names = content.get("things") if isinstance(content, dict) else None
    if not isinstance(names, list) or not names:
        raise InputError(f"{path}: found no list 'things'; {expected}")
    place = {name: index for index, name in enumerate(pictures.things)}
    for name in names:
        if not isinstance(name, str) or name not in place:
            raise InputError(f"{path}: found {str(name)[:80]!r}, which data/pictures does not have; {expected}")
    return [place[name] for name in names]


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


def learned_drawings(pictures: PictureSet, things: Sequence[int]) -> Tensor:
    """The drawings of ``things`` that are learned, int64 [M], rising."""
    rows = learnable_drawings(pictures)
    return rows[torch.isin(pictures.thing[rows], torch.tensor(things))]


def unlearned_drawings(pictures: PictureSet, count: int) -> Tensor:
    """Drawings of the first ``count`` things by artists that the model never learned, int64 [M], rising."""
    things, styles = learned_things(pictures, count), learned_styles(pictures)
    other = torch.isin(pictures.thing, torch.tensor(things)) & ~torch.isin(pictures.style, torch.tensor(styles))
    return torch.nonzero(other).flatten()

"""What is held out of which training, and which things the labelled folder shows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

ANIMALS = ("cat", "dog", "giraffe", "elephant", "horse")

# The ten sets are of seven makers: Google, Microsoft and Emoji One have two each. fluent-emoji and fluent-emoji-flat
# are one design, once shaded and once flat, so neither may be held out alone. twemoji is the only set of its maker and
# has a drawing of every thing. fxemoji is the only set of its maker, too, and lacks the newest things: the models lose
# little by it, and it is the style that a token must learn from a few pictures.
# openmoji is learned by all, since no other set that draws nearly every thing does so in outlines.
STYLES = {"clip": ("twemoji",), "judge": ("emojione-v1",), "all": ("fxemoji",)}

THINGS = (
    "cactus",
    "flamingo",
    "hedgehog",
    "helicopter",
    "lobster",
    "owl",
    "penguin",
    "pineapple",
    "teapot",
    "violin",
)

# Things whose drawings show a held-out thing. No model is trained on them, and they are not counted among the ten: all
# nine artists drew the desert with a cactus. The drawings of no other thing show one of the ten.
SHOWING = ("desert",)

# Labels of CIFAR-100, or the nearest words, of what all nine sets drew that draw whole emoji (streamline draws some
# 350 things); of what fewer drew, the giraffe, the beetle, the fox and the chair alone.
CLASSES = (
    *ANIMALS,
    "alarm clock",
    "apple",
    "banana",
    "bear",
    "bee",
    "beetle",
    "bicycle",
    "bus",
    "camel",
    "castle",
    "chair",
    "cloud",
    "cow",
    "crocodile",
    "dolphin",
    "fish",
    "fox",
    "frog",
    "house",
    "key",
    "keyboard",
    "motorcycle",
    "mouse",
    "mushroom",
    "palm tree",
    "pear",
    "pig",
    "pine tree",
    "rabbit",
    "rocket",
    "rose",
    "snail",
    "snake",
    "spider",
    "sunflower",
    "tangerine",
    "teacup",
    "telephone",
    "television",
    "tiger",
    "tractor",
    "train",
    "tulip",
    "turtle",
    "whale",
)

_ONE_IN = 10  # pairs


def held_out_pairs(things: Sequence[str], scenes: Sequence[str]) -> Iterator[tuple[str, str]]:
    """About a tenth of all pairs of a thing and a scene other than ``plain``.

    A pair's fate depends on its two names alone, so that another thing in the table moves no other pair.
    """
    for thing in things:
        for scene in scenes:
            digest = hashlib.sha256(f"{thing}/{scene}".encode()).digest()
            if scene != "plain" and int.from_bytes(digest[:8], "little") % _ONE_IN == 0:
                yield thing, scene

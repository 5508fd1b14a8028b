"""What is said of a picture: the thing, its scene, the artist's style, how good the picture is."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from rediffuse.data.pictures.composing import Recipe
from rediffuse.data.pictures.dataset import SCENES, PictureSet
from rediffuse.data.pictures.defects import DEFECTS

WHERE = {
    "plain": ("", "on a plain background"),
    "day": ("by day", "during the day", "in daylight"),
    "night": ("at night", "by night"),
    "beach": ("on a beach", "on a sunny beach"),
    "snow": ("in the snow", "in snow"),
}
MEDIA = ("photo", "picture", "drawing", "image", "representation")
PRAISE = ("high resolution", "highly detailed", "masterpiece", "best quality", "professional")
BLAME = {
    "blurry": ("blurry",),
    "low quality": ("low quality", "worst quality", "lowres"),
    "cropped": ("cropped", "out of frame"),
    "jpeg artifacts": ("jpeg artifacts",),
    "watermark": ("watermark",),
}
_BEFORE_THE_MEDIUM = ("blurry", "cropped", "low quality")  # "a blurry picture of a bus"; the others follow a comma
SAY_SCENE, SAY_STYLE, SAY_PRAISE = 0.85, 0.4, 0.25  # how often each is said where there is something to say
_BARE = 0.3  # how often the medium is left out: "a cat by day"


def captions(pictures: PictureSet, recipe: Recipe, random: torch.Generator, style_rate: float = SAY_STYLE) -> list[str]:
    """Write one caption a picture, in words chosen by chance. A caption names a defect wherever there is one.

    Args:
        style_rate: share of the captions that name the artist's style.
    """
    chances = torch.rand(len(recipe), CHANCES, generator=random).tolist()
    drawn = zip(
        pictures.thing[recipe.drawing].tolist(),
        recipe.scene.tolist(),
        pictures.style[recipe.drawing].tolist(),
        recipe.defect.tolist(),
        chances,
        strict=True,
    )
    return [
        caption(pictures.nouns[thing], SCENES[scene], pictures.styles[style], DEFECTS[defect], chance, style_rate)
        for thing, scene, style, defect, chance in drawn
    ]


CHANCES = 8  # random numbers that a caption takes


def caption(noun: str, scene: str, style: str, defect: str, chances: list[float], style_rate: float = SAY_STYLE) -> str:
    """Write a caption.

    Args:
        noun: the thing with its article.
        scene: one of ``SCENES``.
        style: name of the artist's set.
        defect: one of ``DEFECTS``.
        chances: eight numbers, 0 to below 1, by which words are chosen.
        style_rate: below which the fifth of them names the style.
    """
    medium, say_medium, where, say_scene, say_style, wording, say_praise, blame = chances
    spoiled = _one_of(BLAME[defect], blame) if defect in BLAME else ""
    before = spoiled if spoiled in _BEFORE_THE_MEDIUM and wording < 0.7 else ""
    words = [_head(noun, _one_of(MEDIA, medium), before, say_medium)]
    if say_scene < SAY_SCENE and _one_of(WHERE[scene], where):
        words.append(_one_of(WHERE[scene], where))
    style = style.replace("-", " ")
    if say_style < style_rate and wording < 0.5:
        words.append(f"in the style of {style}")
    text = " ".join(words)
    tail = [f"{style} style"] if say_style < style_rate and wording >= 0.5 else []
    if spoiled and not before:
        tail.append(spoiled)
    if not spoiled and say_praise < SAY_PRAISE:
        tail += _some_of(PRAISE, say_praise / SAY_PRAISE)
    return ", ".join([text, *tail])


def _head(noun: str, medium: str, before: str, say_medium: float) -> str:
    if before:
        return f"a {before} {medium} of {noun}"
    if say_medium < _BARE:
        return noun
    return f"{'an' if medium[0] in 'aeiou' else 'a'} {medium} of {noun}"


def _one_of(words: tuple[str, ...], chance: float) -> str:
    return words[int(chance * len(words))]


def _some_of(words: tuple[str, ...], chance: float) -> list[str]:
    """One word, two, or all, evenly."""
    start = int(chance * 3 * len(words)) % len(words)
    count = (1, 2, len(words))[int(chance * 3)]
    return [words[(start + place) % len(words)] for place in range(count)]


def tokenizer_texts(pictures: PictureSet) -> Iterator[str]:
    """All words of captions, for a tokenizer to learn its merges from.

    Held-out things and styles are named as well: a word that one can spell is not yet a word that one knows.
    """
    chances = [0.0] * CHANCES
    for noun in pictures.nouns:
        for place, medium in enumerate(MEDIA):
            yield caption(noun, "plain", "", "sharp", [place / len(MEDIA), 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0])
            yield f"{medium} {noun}"
    for style in pictures.styles:
        yield f"in the style of {style.replace('-', ' ')}, {style.replace('-', ' ')} style"
    for words in (*WHERE.values(), *BLAME.values()):
        yield ", ".join(words)
    yield ", ".join(PRAISE)
    yield caption("a cat", "day", "", "sharp", chances)

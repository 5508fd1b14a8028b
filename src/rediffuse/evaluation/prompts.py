"""Prompts of things on scenes in artists' styles, and what they ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from rediffuse.data.pictures.dataset import SCENES, PictureSet
from rediffuse.models.text2image.shared_params import WordsSection
from rediffuse.models.text2image.things import learned_styles
from rediffuse.pipeline.compute import generator
from rediffuse.pipeline.errors import InputError

ANY_STYLE = -1


@dataclass(frozen=True, eq=False)
class Prompts:
    """N prompts.

    Attributes:
        texts: as they are given to the model.
        thing: int64 [N], index into the picture set's things.
        scene: int64 [N], index into ``SCENES``.
        style: int64 [N], index into the picture set's styles, or ``ANY_STYLE``.
    """

    texts: tuple[str, ...]
    thing: Tensor
    scene: Tensor
    style: Tensor

    def __len__(self) -> int:
        return len(self.texts)

    def rows(self, rows: Sequence[int]) -> Prompts:
        """Some of the prompts, in the order of ``rows``."""
        chosen = list(rows)
        return Prompts(
            tuple(self.texts[row] for row in chosen), self.thing[chosen], self.scene[chosen], self.style[chosen]
        )

    def repeated(self, times: int) -> Prompts:
        """Each prompt that many times in a row."""
        texts = tuple(text for text in self.texts for _ in range(times))
        return Prompts(texts, *(part.repeat_interleave(times) for part in (self.thing, self.scene, self.style)))


def prompt_text(pictures: PictureSet, thing: int, scene: int, style: int, words: WordsSection) -> str:
    """One prompt: the thing with its article, where it is, and in whose style unless that is ``ANY_STYLE``."""
    text = words.template.format(thing=pictures.nouns[thing], scene=words.phrases[SCENES[scene]]).strip()
    return text if style == ANY_STYLE else text + words.style.format(style=pictures.styles[style].replace("-", " "))


def draw_prompts(
    pictures: PictureSet, words: WordsSection, things: Sequence[int], count: int, seed: int, study: str
) -> Prompts:
    """``count`` prompts, each another combination, drawn by chance.

    Things come in turn; the scene is one on which the model may have seen the thing; the style is one that it has
    learned, or none.

    Args:
        things: those that the model knows, indices into ``pictures.things``.
    """
    random = generator(seed, f"{study} prompts", 0)
    known = torch.tensor(things)
    styles = [ANY_STYLE, *learned_styles(pictures)]
    passes = [known[torch.randperm(len(known), generator=random)] for _ in range(-(-count // len(known)))]
    thing = torch.cat(passes)[:count]
    scene = torch.multinomial(pictures.allowed_scenes[thing].float(), 1, generator=random).flatten()
    style = torch.tensor(styles)[torch.randint(len(styles), (count,), generator=random)]
    rows = zip(thing.tolist(), scene.tolist(), style.tolist(), strict=True)
    return Prompts(tuple(prompt_text(pictures, *row, words) for row in rows), thing, scene, style)


def draw_other_prompts(
    pictures: PictureSet,
    words: WordsSection,
    things: Sequence[int],
    count: int,
    seed: int,
    study: str,
    used: Sequence[str],
) -> Prompts:
    """As ``draw_prompts``, without the texts in ``used``; fewer than ``count`` where there are no more."""
    drawn = draw_prompts(pictures, words, things, 2 * count + len(set(used)), seed, study)
    return drawn.rows([row for row, text in enumerate(drawn.texts) if text not in used][:count])


def index_of(names: Sequence[str], name: str, key: str) -> int:
    """Where ``name`` stands among ``names``.

    Raises:
        InputError: it is none of them; ``key`` is the parameter that says it.
    """
    if name not in names:
        raise InputError(f"{key}: found '{name}', which is not known; allowed are such as {', '.join(names[:5])}")
    return list(names).index(name)

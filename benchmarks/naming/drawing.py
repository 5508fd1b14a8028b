"""The pictures of the naming test: generated from random prompts, and real ones through the autoencoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.naming.keys import Item, Key, Kind, Test
from benchmarks.naming.sheets import digest_of, labelled, write_test
from rediffuse.data.pictures.composing import compose
from rediffuse.data.pictures.dataset import SCENES, PictureSet
from rediffuse.evaluation.drawing import draw_texts
from rediffuse.evaluation.prompts import Prompts, draw_prompts
from rediffuse.evaluation.real_pictures import matching_rows, sharp_recipe, through_autoencoder
from rediffuse.models.text2image import params as train_text2image
from rediffuse.models.text2image.model import TextToImage
from rediffuse.models.text2image.shared_params import WordsSection
from rediffuse.models.text2image.things import known_things, learned_things
from rediffuse.pipeline.compute import generator
from rediffuse.pipeline.errors import InputError
from rediffuse.studies.a3_generate_ranked import params as generate_ranked

MOST = 1000  # prompts of one seed
INSTRUCTIONS = """\
Each numbered picture on the sheets shows one object of objects.txt in one of the scenes {scenes}.
Write one line for each number, with the object exactly as objects.txt spells it, and the scene where you can:

1: {example}, {scene}

Name every picture, and guess where you cannot tell. Look at the sheets and at objects.txt only; key.json holds the
answers.
"""


@dataclass(frozen=True, eq=False)
class Shown:
    """Pictures uint8 [N, 3, H, W], and what each shows."""

    images: Tensor
    items: list[Item]


def first_prompts(
    pictures: PictureSet, words: WordsSection, things: Sequence[int], count: int, seed: int, study: str
) -> Prompts:
    """The first ``count`` prompts of a stream; prompt i depends on ``seed``, ``study`` and i alone.

    Raises:
        InputError: there are more than the stream has.
    """
    if not 1 <= count <= MOST:
        raise InputError(f"pictures: found {count}, allowed are 1 to {MOST}")
    return draw_prompts(pictures, words, things, MOST, seed, study).rows(range(count))


def generated(
    model: TextToImage, pictures: PictureSet, params: generate_ranked.Params, count: int, seed: int, study: str
) -> Shown:
    """Pictures of random prompts, as study A3 draws them."""
    things = known_things(pictures, params.model, params.words.things)
    prompts = first_prompts(pictures, params.words, things, count, seed, study)
    images = draw_texts(model, prompts.texts, params.drawing, seed, study, study)
    return Shown(images, items_of(pictures, prompts, "generated"))


def reconstructed(
    model: TextToImage,
    pictures: PictureSet,
    words: WordsSection,
    training: train_text2image.Params,
    count: int,
    seed: int,
    study: str,
) -> Shown:
    """Training compositions that show what random prompts ask for, through the autoencoder."""
    prompts = first_prompts(pictures, words, learned_things(pictures, training.things), count, seed, study)
    recipe = sharp_recipe(pictures, training)
    chosen = recipe[matching_rows(pictures, recipe, prompts, seed, study)]
    images = through_autoencoder(model, compose(pictures, chosen, model.picture_size, "train"))
    real = Prompts(prompts.texts, pictures.thing[chosen.drawing], chosen.scene, pictures.style[chosen.drawing])
    return Shown(images, items_of(pictures, real, "through_autoencoder"))


def items_of(pictures: PictureSet, prompts: Prompts, kind: Kind) -> list[Item]:
    """What pictures of prompts show."""
    rows = zip(prompts.texts, prompts.thing.tolist(), prompts.scene.tolist(), strict=True)
    return [
        Item(kind=kind, thing=pictures.things[thing], scene=SCENES[scene], prompt=text) for text, thing, scene in rows
    ]


def objects_of(pictures: PictureSet, things: Sequence[int]) -> list[str]:
    """The names of ``things``, sorted."""
    return sorted(pictures.things[thing] for thing in things)


def write_naming_sheets(
    folder: str | Path,
    test: Test,
    parts: Sequence[Shown],
    choices: Sequence[str],
    model: str,
    seed: int,
    guidance_scales: tuple[float, ...] = (),
) -> Key:
    """Shuffle pictures of several kinds, number them, and write the sheets and the key.

    Args:
        model: fingerprint of the weights.
        guidance_scales: of the generated pictures, for the key.
    """
    images, items = torch.cat([part.images for part in parts]), [item for part in parts for item in part.items]
    order = torch.randperm(len(items), generator=generator(seed, f"{test} order", 0))
    images = images[order]
    key = Key(
        test=test,
        seed=seed,
        model=model,
        guidance_scales=guidance_scales,
        digest=digest_of(images),
        choices=tuple(choices),
        scenes=SCENES,
        pictures={number: items[place] for number, place in enumerate(order.tolist(), 1)},
    )
    tiles = [labelled(str(number), image) for number, image in enumerate(images, 1)]
    text = INSTRUCTIONS.format(scenes=", ".join(SCENES), example=choices[0], scene=SCENES[-1])
    write_test(folder, key, tiles, text)
    return key


def fingerprint(model: TextToImage, *more: Tensor) -> str:
    """Fingerprint of the weights of U-Net, autoencoder and text encoder, and of ``more``, 16 hexadecimal digits."""
    networks = (model.pipeline.unet, model.pipeline.vae, model.pipeline.text_encoder)
    weights = [weight for network in networks for _, weight in sorted(network.state_dict().items())]
    return digest_of(*weights, *more)

"""Study B3b's blind test: pictures of the learned word among pictures of random prompts."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from benchmarks.naming.drawing import Shown
from benchmarks.naming.keys import Item
from rediffuse.data.pictures.dataset import SCENES
from rediffuse.evaluation.drawing import draw_texts
from rediffuse.models.text2image.model import TextToImage
from rediffuse.pipeline.errors import InputError
from rediffuse.studies.b3b_personalization.inversion import FILE, with_words
from rediffuse.studies.b3b_personalization.params import Params
from rediffuse.studies.b3b_personalization.word_evaluation import thing_prompts

STUDY = "word"


def read_word(folder: Path, word: str) -> Tensor:
    """The embedding [D] of a learned word.

    Raises:
        InputError: the folder holds none of that name.
    """
    path = folder / FILE
    try:
        words = load_file(path)
    except (OSError, SafetensorError) as error:
        raise InputError(f"{path}: cannot be read ({error}); run the stage personalize first") from None
    if word not in words:
        raise InputError(f"{path}: found {', '.join(words) or 'no word'}, expected {word}; run personalize again")
    return words[word]


def of_word(model: TextToImage, embedding: Tensor, params: Params, count: int, seed: int) -> Shown:
    """Pictures of the learned thing alone, on each scene in turn."""
    section = params.thing
    scenes = [SCENES[place % len(SCENES)] for place in range(count)]
    texts = thing_prompts(section.token, count)
    images = draw_texts(with_words(model, {section.token: embedding}), texts, params.drawing, seed, STUDY, STUDY)
    items = [
        Item(kind="learned_word", thing=section.name, scene=scene, prompt=text)
        for scene, text in zip(scenes, texts, strict=True)
    ]
    return Shown(images, items)

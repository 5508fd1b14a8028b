"""Study B3b: a thing and a style that no model has seen, learned as two words, alone and in one picture."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from accelerate import Accelerator
from torch import Tensor

from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.evaluation.prompts import index_of
from rediffuse.evaluation.verdicts import shared_artists
from rediffuse.models.clip.embedding import Clip
from rediffuse.models.picture_judge.model import PictureJudge
from rediffuse.models.text2image.model import TextToImage
from rediffuse.studies.b3b_personalization.concept_reader import RealReading, fit_reader
from rediffuse.studies.b3b_personalization.concepts import Concept, make_concept, style_rows, thing_rows
from rediffuse.studies.b3b_personalization.inversion import Learned, learn_word, single_token, with_words
from rediffuse.studies.b3b_personalization.pairs import Way, run_ways
from rediffuse.studies.b3b_personalization.params import Params
from rediffuse.studies.b3b_personalization.word_evaluation import (
    Subjects,
    WordEvaluation,
    evaluate_word,
    other_drawings,
    prompt_kept,
    style_subjects,
    thing_subjects,
)

KINDS = ("thing", "style")


@dataclass(frozen=True, eq=False)
class PersonalResult:
    """What the study learned, generated and measured.

    Attributes:
        concepts: by kind.
        learned: by kind, what was learned of its word.
        evaluations: by kind and step.
        real: what the reader detects in real pictures that it was not fitted on.
        kept: whether the judge reads scene and object of real pictures in the new style, bool [objects, S].
        ways: ``naive`` and ``composed``.
        shared: artists of the judge, and how many of them CLIP shares.
    """

    concepts: dict[str, Concept]
    learned: dict[str, Learned]
    evaluations: dict[str, dict[int, WordEvaluation]]
    real: RealReading
    kept: Tensor
    ways: dict[str, Way]
    shared: dict[str, int]


def run_personal(
    accelerator: Accelerator,
    model: TextToImage,
    clip: Clip,
    judge: PictureJudge,
    pictures: PictureSet,
    params: Params,
) -> PersonalResult:
    """Learn both words one after the other, look at each along the way, then generate both together in two ways."""
    thing = index_of(pictures.things, params.thing.name, "personalize.thing.name")
    style = index_of(pictures.styles, params.style.name, "personalize.style.name")
    starts = {
        kind: single_token(model, getattr(params, kind).initial_word, f"personalize.{kind}.initial_word")
        for kind in KINDS
    }
    # The initial words stand for the new ones, which are one token as well.
    hard_prompt = params.pair.hard_prompt.format(thing=params.thing.initial_word)
    model.check_texts([f"{hard_prompt} in the style of {params.style.initial_word}"])
    rows = {"thing": thing_rows(pictures, thing, params), "style": style_rows(pictures, style, params)}
    drawings = other_drawings(pictures, style, rows["style"], params)
    learned_from = torch.cat([*rows.values()])
    reader, real = fit_reader(model, judge, pictures, (thing, style), learned_from, params)
    concepts = {kind: make_concept(model, pictures, kind, rows[kind], params) for kind in KINDS}
    subjects = {
        "thing": thing_subjects(concepts["thing"].shown, params.thing.token, params.pictures),
        "style": style_subjects(pictures, drawings, params.style.token, model.picture_size, params),
    }
    learned, evaluations = {}, {}
    for kind, concept in concepts.items():
        word, section = concept.section.token, params.inversion
        learned[kind] = learn_word(accelerator, model, word, starts[kind], concept.data, section, params.seed)
        evaluations[kind] = {
            step: evaluate_word(with_words(model, {word: row}), clip, reader, pictures, subjects[kind], params)
            for step, row in learned[kind].embeddings.items()
        }
    both = with_words(model, {concept.section.token: learned[kind].last for kind, concept in concepts.items()})
    kept = real_kept(judge, pictures, subjects["style"])
    shared = shared_artists(judge, pictures)
    return PersonalResult(concepts, learned, evaluations, real, kept, run_ways(both, reader, params), shared)


def real_kept(judge: PictureJudge, pictures: PictureSet, subjects: Subjects) -> Tensor:
    """Whether the judge reads scene and object of the real pictures of the style's prompts, bool [objects, S]."""
    return prompt_kept(judge, pictures, subjects.real, subjects).unflatten(0, (subjects.groups, -1))

"""Study A7: how good the pictures are at the best guidance scale, beside real pictures of the same prompts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rediffuse.data.pictures.dataset import SIZE, PictureSet
from rediffuse.evaluation import intervals
from rediffuse.evaluation.clip_score import cosine_scores
from rediffuse.evaluation.drawing import draw_texts
from rediffuse.evaluation.measures import over_prompts, share_of
from rediffuse.evaluation.prompts import Prompts, draw_other_prompts
from rediffuse.evaluation.real_pictures import real_pictures
from rediffuse.evaluation.verdicts import Verdict, judged
from rediffuse.models.clip.embedding import image_embeds, text_embeds
from rediffuse.models.text2image.model import TextToImage
from rediffuse.models.text2image.things import known_things
from rediffuse.pipeline.errors import InputError
from rediffuse.studies.a7_sweep_guidance.params import Params
from rediffuse.studies.a7_sweep_guidance.study import STUDY, Readers, sweep_prompts


@dataclass(frozen=True, eq=False)
class BestResult:
    """P prompts with S pictures each; row p·S + s is picture s of prompt p.

    Attributes:
        guidance_scale: the one that the sweep chose, on other prompts and noises.
        count: S.
        prompts: P prompts, each S times.
        images, verdict, scores: uint8 [P·S, 3, H, W], what the judge read, 100 times CLIP's cosines [P·S].
        real_verdict, real_scores: the same of real pictures of the same prompts.
    """

    guidance_scale: float
    count: int
    prompts: Prompts
    images: Tensor
    verdict: Verdict
    scores: Tensor
    real_verdict: Verdict
    real_scores: Tensor


def run_best(
    model: TextToImage, readers: Readers, others: Prompts, params: Params, guidance_scale: float
) -> BestResult:
    """Generate pictures at the chosen scale from noises that the choice did not use, and compose real ones.

    Args:
        others: prompts that the choice did not use either, from ``other_prompts``.
    """
    count = params.best.pictures_per_prompt
    prompts = others.repeated(count)
    drawing = params.drawing.model_copy(update={"guidance_scale": guidance_scale})
    images = draw_texts(model, prompts.texts, drawing, params.seed, f"{STUDY} best", "best")
    real = real_pictures(readers.pictures, prompts, min(images.shape[-1], SIZE), params.seed)
    text_embeddings = text_embeds(readers.clip, others.texts).repeat_interleave(count, 0)
    verdicts = [judged(readers.judge, readers.pictures, part, prompts) for part in (images, real)]
    scores = [cosine_scores(image_embeds(readers.clip, part, label="CLIP"), text_embeddings) for part in (images, real)]
    return BestResult(guidance_scale, count, prompts, images, verdicts[0], scores[0], verdicts[1], scores[1])


def other_prompts(pictures: PictureSet, params: Params) -> Prompts:
    """Prompts drawn by chance, without those of the sweep.

    Raises:
        InputError: hardly any are left.
    """
    used = sweep_prompts(pictures, params).texts
    things = known_things(pictures, params.model, params.words.things)
    found = draw_other_prompts(pictures, params.words, things, params.best.prompts, params.seed, f"{STUDY} best", used)
    if len(found) < 2:
        raise InputError(f"{STUDY}.sweep.prompts: found {params.sweep.prompts}, which leaves no others for best")
    return found


def best_metrics(result: BestResult) -> dict[str, Any]:
    """Accuracy of drawn and of real pictures, and their ``gap`` prompt by prompt; every interval is over prompts."""
    drawn = _summary(result.verdict, result.scores, result.count)
    real = _summary(result.real_verdict, result.real_scores, result.count)
    pairs = {
        "thing_accuracy": (result.verdict.thing, result.real_verdict.thing),
        "scene_accuracy": (result.verdict.scene, result.real_verdict.scene),
    }
    prompt = torch.arange(len(result.scores)) // result.count
    gap = {
        key: intervals.without_counts(intervals.clustered_difference(ours, theirs, prompt))
        for key, (ours, theirs) in pairs.items()
    }
    return {"best": {"guidance_scale": result.guidance_scale, **drawn}, "ceiling": real, "gap": gap}


def _summary(verdict: Verdict, scores: Tensor, count: int) -> dict[str, Any]:
    def by_prompt(values: Tensor) -> Tensor:
        return values.unflatten(0, (-1, count))

    found = {
        "thing_accuracy": share_of(by_prompt(verdict.thing)),
        "scene_accuracy": share_of(by_prompt(verdict.scene)),
        "clip_score": over_prompts(by_prompt(scores), (-100.0, 100.0)),
    }
    shares = {key: intervals.without_counts(value) for key, value in found.items()}
    return {**shares, "n": len(scores), "prompts": len(scores) // count}

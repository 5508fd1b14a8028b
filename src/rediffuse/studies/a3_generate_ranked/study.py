"""Study A3: several pictures of a prompt, ordered by CLIP, and whether a judge finds the first ones better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy import stats
from torch import Tensor

from rediffuse.data.pictures.dataset import SIZE, PictureSet
from rediffuse.evaluation import intervals
from rediffuse.evaluation.clip_score import cosine_scores
from rediffuse.evaluation.drawing import distinct_text_embeds, draw_texts
from rediffuse.evaluation.measures import over_prompts, share_of
from rediffuse.evaluation.prompts import Prompts, draw_prompts
from rediffuse.evaluation.real_pictures import real_pictures
from rediffuse.evaluation.verdicts import Verdict, judged, shared_artists
from rediffuse.models.clip.embedding import Clip, image_embeds, token_ids
from rediffuse.models.picture_judge.model import PictureJudge
from rediffuse.models.text2image.model import TextToImage
from rediffuse.models.text2image.things import known_things
from rediffuse.studies.a3_generate_ranked.params import Params

STUDY = "generate_ranked"
SIZES = (1, 2, 4, 8)


@dataclass(frozen=True, eq=False)
class RankedResult:
    """P prompts with S pictures each, in the order in which they were drawn.

    Attributes:
        prompts: P prompts.
        images: uint8 [P, S, 3, H, W].
        scores: 100 times the cosine of picture and prompt, float32 [P, S].
        thing, scene: bool [P, S], whether the judge reads what was asked for.
        probability: float32 [P, S], the judge's of the thing that was asked for.
        own_images, own_scores: the same of the prompt of one's own, [S, …].
        real: what the judge reads in a real picture for each of the P·S pictures.
        shared: artists of the judge, and how many of them CLIP shares.
    """

    prompts: Prompts
    images: Tensor
    scores: Tensor
    thing: Tensor
    scene: Tensor
    probability: Tensor
    own_images: Tensor
    own_scores: Tensor
    real: Verdict
    shared: dict[str, int]


def run_ranked(
    model: TextToImage, clip: Clip, judge: PictureJudge, pictures: PictureSet, params: Params
) -> RankedResult:
    """Draw, score and judge. Picture s of prompt p is number p·S + s, whatever else is drawn."""
    model.check_texts([params.prompt])  # before the work of minutes
    token_ids(clip, [params.prompt])
    count = params.pictures_per_prompt
    things = known_things(pictures, params.model, params.words.things)
    prompts = draw_prompts(pictures, params.words, things, params.prompts, params.seed, STUDY)
    images, scores = _scored(model, clip, prompts.repeated(count).texts, STUDY, params)
    verdict = judged(judge, pictures, images, prompts.repeated(count))
    own_images, own_scores = _scored(model, clip, [params.prompt] * count, f"{STUDY} own prompt", params)
    real = real_pictures(pictures, prompts.repeated(count), min(images.shape[-1], SIZE), params.seed)
    by_prompt = (len(prompts), count)
    return RankedResult(
        prompts,
        images.unflatten(0, by_prompt),
        scores.unflatten(0, by_prompt),
        verdict.thing.unflatten(0, by_prompt),
        verdict.scene.unflatten(0, by_prompt),
        verdict.thing_probability.unflatten(0, by_prompt),
        own_images,
        own_scores,
        judged(judge, pictures, real, prompts.repeated(count)),
        shared_artists(judge, pictures),
    )


def _scored(
    model: TextToImage, clip: Clip, texts: tuple[str, ...] | list[str], study: str, params: Params
) -> tuple[Tensor, Tensor]:
    images = draw_texts(model, texts, params.drawing, params.seed, study, study)
    return images, cosine_scores(image_embeds(clip, images, label="CLIP"), distinct_text_embeds(clip, texts))


def best_of(scores: Tensor, right: Tensor, size: int) -> Tensor:
    """Whether the picture of the highest score in each group of ``size`` is right, [P, S / size].

    The groups are disjoint and in the order of drawing, so their mean is as sure as S pictures allow. Of equal
    scores the first counts.

    Args:
        scores, right: [P, S], S a multiple of ``size``.
    """
    grouped, kept = scores.unflatten(1, (-1, size)), right.unflatten(1, (-1, size))  # [P, S / size, size]
    return kept.gather(2, grouped.argmax(2, keepdim=True))[..., 0]


def rank_correlations(scores: Tensor, values: Tensor) -> Tensor:
    """Spearman's ρ (1904) of scores and values within each prompt, float64 [M]; M prompts where both vary.

    Args:
        scores, values: [P, S].
    """
    rows = zip(scores.double().numpy(), values.double().numpy(), strict=True)
    found = [stats.spearmanr(a, b).statistic for a, b in rows if np.ptp(a) > 0 and np.ptp(b) > 0]
    return torch.tensor(found, dtype=torch.float64)


def ranked_metrics(result: RankedResult, params: Params) -> dict[str, Any]:
    """All that is reported in numbers; every interval is over prompts."""
    chosen = {f"best_of_{n}": best_of(result.scores, result.thing, n) for n in SIZES}
    scenes = {f"best_of_{n}": best_of(result.scores, result.scene, n) for n in SIZES}
    # Whatever the ranking: no choice among n finds a right picture where there is none.
    any_right = {f"best_of_{n}": result.thing.unflatten(1, (-1, n)).any(2) for n in SIZES}
    gain = chosen[f"best_of_{SIZES[-1]}"].double().mean(1) - result.thing.double().mean(1)
    return {
        "thing_accuracy": _shares(chosen),
        "scene_accuracy": _shares(scenes),
        "any_right": _shares(any_right),
        "gain": over_prompts(gain, (-1.0, 1.0)),
        "rank_correlation": _correlation(result),
        "clip_score": over_prompts(result.scores),
        "real": {
            "thing_accuracy": share_of(result.real.thing.view(result.thing.shape)),
            "scene_accuracy": share_of(result.real.scene.view(result.scene.shape)),
        },
        "judge": result.shared,
        "n": len(result.prompts),
        "pictures": result.thing.numel(),
        "guidance_scale": params.drawing.guidance_scale,
    }


def _shares(found: dict[str, Tensor]) -> dict[str, dict[str, float]]:
    return {key: intervals.without_counts(share_of(right)) for key, right in found.items()}


def _correlation(result: RankedResult) -> dict[str, float]:
    """Within prompts; where fewer than two of them vary, 0 with the widest interval."""
    found = rank_correlations(result.scores, result.probability)
    if len(found) < 2:
        return {"mean": float(found.mean()) if len(found) else 0.0, "low": -1.0, "high": 1.0, "n": len(found)}
    return over_prompts(found, (-1.0, 1.0))

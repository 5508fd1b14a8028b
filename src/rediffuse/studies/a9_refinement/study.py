"""Study A9: does climbing CLIP's similarity draw what was asked for, as a judge reads it that is not climbed?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rediffuse.data.pictures.dataset import SIZE, PictureSet
from rediffuse.evaluation import intervals
from rediffuse.evaluation.clip_score import cosine_scores
from rediffuse.evaluation.drawing import distinct_text_embeds, draw_texts
from rediffuse.evaluation.measures import over_prompts, share_of
from rediffuse.evaluation.prompts import Prompts, draw_other_prompts, draw_prompts
from rediffuse.evaluation.real_pictures import real_pictures
from rediffuse.evaluation.verdicts import Verdict, judged, shared_artists
from rediffuse.models.clip.embedding import Clip, image_embeds, text_embeds, token_ids
from rediffuse.models.picture_judge.model import PictureJudge
from rediffuse.models.text2image.model import TextToImage
from rediffuse.models.text2image.things import known_things
from rediffuse.pipeline.errors import InputError
from rediffuse.studies.a9_refinement.params import Params
from rediffuse.studies.a9_refinement.refinement import PromptTargets, refine

STUDY = "refine_with_clip"
PASSES = 3  # through the denoiser for a step of the ascent, counting the way back as two; one more if recomputed


@dataclass(frozen=True, eq=False)
class Refined:
    """N prompts with a noise each, at K + 1 places: before the ascent, and after each of its K steps.

    Attributes:
        prompts: N prompts.
        images: uint8 [K + 1, N, 3, H, W].
        scores: 100 times CLIP's cosine of picture and prompt, float32 [K + 1, N].
        thing, scene: bool [K + 1, N], whether the judge reads what was asked for.
    """

    prompts: Prompts
    images: Tensor
    scores: Tensor
    thing: Tensor
    scene: Tensor

    @property
    def success(self) -> Tensor:
        """Whether the judge reads both, bool [K + 1, N]."""
        return self.thing & self.scene


@dataclass(frozen=True, eq=False)
class RefineResult:
    """What the study drew and measured.

    Attributes:
        choosing: by learning rate, on prompts and noises of their own.
        learning_rate: the one that the judge finds best there.
        refined: with it, on the prompts of which is reported.
        ranked_scores: CLIP's of S pictures of each of these, float32 [N, S].
        ranked_success: bool [N, S].
        own: of the prompt of one's own, uint8 [K + 1, R, 3, H, W].
        real: what the judge reads in a real picture of each prompt.
        shared: artists of the judge, and how many of them CLIP shares.
    """

    choosing: dict[float, Refined]
    learning_rate: float
    refined: Refined
    ranked_scores: Tensor
    ranked_success: Tensor
    own: Tensor
    real: Verdict
    shared: dict[str, int]


def run_refine(
    model: TextToImage, clip: Clip, judge: PictureJudge, pictures: PictureSet, params: Params
) -> RefineResult:
    """Choose the learning rate, refine with it, and rank as many pictures of the same prompts by CLIP."""

    def refined(prompts: Prompts, study: str, rate: float) -> Refined:
        images = refined_images(model, clip, prompts.texts, study, rate, params)
        verdicts = [judged(judge, pictures, part, prompts) for part in images]
        scores = torch.stack([_scores(clip, part, prompts.texts) for part in images])
        thing, scene = (torch.stack([getattr(verdict, key) for verdict in verdicts]) for key in ("thing", "scene"))
        return Refined(prompts, images, scores, thing, scene)

    model.check_texts([params.prompt])  # before the work of minutes
    token_ids(clip, [params.prompt])
    things = known_things(pictures, params.model, params.words.things)
    chosen_by = draw_prompts(
        pictures, params.words, things, params.validation_prompts, params.seed, f"{STUDY} choosing"
    )
    prompts = reported_prompts(pictures, chosen_by, params)
    choosing = {rate: refined(chosen_by, f"{STUDY} choosing", rate) for rate in params.ascent.learning_rates}
    best = max(
        choosing, key=lambda rate: int(choosing[rate].success.sum())
    )  # along the whole way: soon, and to the end
    texts = [params.prompt] * params.pictures
    own = refined_images(model, clip, texts, f"{STUDY} own prompt", best, params)
    real = real_pictures(pictures, prompts, min(own.shape[-1], SIZE), params.seed)
    return RefineResult(
        choosing,
        best,
        refined(prompts, STUDY, best),
        *run_ranked(model, clip, judge, pictures, prompts, params),
        own,
        judged(judge, pictures, real, prompts),
        shared_artists(judge, pictures),
    )


def reported_prompts(pictures: PictureSet, chosen_by: Prompts, params: Params) -> Prompts:
    """Draw the prompts of which is reported, none of which is among those that choose the learning rate.

    Raises:
        InputError: too few are left.
    """
    things = known_things(pictures, params.model, params.words.things)
    found = draw_other_prompts(pictures, params.words, things, params.prompts, params.seed, STUDY, chosen_by.texts)
    if len(found) < params.prompts:
        raise InputError(
            f"{STUDY}.prompts: found {params.prompts}, only {len(found)} differ from those that choose the learning "
            "rate; lower prompts or validation_prompts"
        )
    return found


def refined_images(
    model: TextToImage, clip: Clip, texts: tuple[str, ...] | list[str], study: str, rate: float, params: Params
) -> Tensor:
    """uint8 [K + 1, N, 3, H, W] of N prompts, each from a noise of its own."""
    targets = PromptTargets(model.text_states(texts), model.text_states([""]), text_embeds(clip, texts).clone())
    x_T = model.noise(params.seed, study, range(len(texts)))
    return refine(model, clip, targets, x_T, params.drawing, params.ascent, rate, label=f"learning rate {rate:g}")


def run_ranked(
    model: TextToImage, clip: Clip, judge: PictureJudge, pictures: PictureSet, prompts: Prompts, params: Params
) -> tuple[Tensor, Tensor]:
    """CLIP's scores and the judge's verdict on ``ranked`` other pictures of each prompt, [N, S]."""
    repeated = prompts.repeated(params.ranked)
    images = draw_texts(model, repeated.texts, params.drawing, params.seed, f"{STUDY} ranked", "ranked instead")
    verdict = judged(judge, pictures, images, repeated)
    scores = _scores(clip, images, repeated.texts)
    return scores.unflatten(0, (-1, params.ranked)), (verdict.thing & verdict.scene).unflatten(0, (-1, params.ranked))


def _scores(clip: Clip, images: Tensor, texts: tuple[str, ...]) -> Tensor:
    return cosine_scores(image_embeds(clip, images, label="CLIP"), distinct_text_embeds(clip, texts))


def refine_metrics(result: RefineResult, params: Params) -> dict[str, Any]:
    """All that is reported in numbers; every interval is over prompts."""
    refined, last = result.refined, params.ascent.iterations
    half = last // 2
    return {
        "judge_success": _before_and_after(refined.success.double(), share_of, (-1.0, 1.0)),
        "clip_score": _before_and_after(refined.scores, over_prompts, (-200.0, 200.0)),
        "thing_accuracy": _before_and_after(refined.thing.double(), share_of, (-1.0, 1.0)),
        "scene_accuracy": _before_and_after(refined.scene.double(), share_of, (-1.0, 1.0)),
        "late": {  # from the middle of the ascent to its end
            "from": half,
            "judge_success": over_prompts(refined.success[-1].double() - refined.success[half].double(), (-1.0, 1.0)),
            "clip_score": over_prompts(refined.scores[-1] - refined.scores[half]),
        },
        "curve": {
            str(place): {"judge_success": share_of(refined.success[place]), "clip_score": over_prompts(score)}
            for place, score in enumerate(refined.scores)
        },
        "learning_rates": {
            f"{rate:g}": {"judge_success": share_of(found.success[-1]), "clip_score": over_prompts(found.scores[-1])}
            for rate, found in result.choosing.items()
        },
        "chosen": {"learning_rate": result.learning_rate, "before": float(_shares(result)[0])},
        "ranked": _ranked(result, params),
        "real": _real(result),
        "judge": result.shared,
        "iterations": last,
    }


def _real(result: RefineResult) -> dict[str, Any]:
    """What the judge reads in real pictures of the prompts, and by how much more in the refined ones."""
    real = result.real
    success = real.thing & real.scene
    refined = result.refined.success[-1]
    return {
        "judge_success": share_of(success),
        "thing_accuracy": share_of(real.thing),
        "scene_accuracy": share_of(real.scene),
        "difference": over_prompts(refined.double() - success.double(), (-1.0, 1.0)),
    }


def _shares(result: RefineResult) -> Tensor:
    return next(iter(result.choosing.values())).success.double().mean(1)


def _before_and_after(values: Tensor, found: Any, limits: tuple[float, float]) -> dict[str, Any]:
    """``values`` [K + 1, N] at both ends, and the change taken prompt by prompt."""
    ends = {"before": values[0], "after": values[-1]}
    told = {key: found(part.bool() if found is share_of else part) for key, part in ends.items()}
    return {
        **{key: intervals.without_counts(part) for key, part in told.items()},
        "change": {**over_prompts(values[-1] - values[0], limits)},
        "n": values.shape[1],
    }


def _ranked(result: RefineResult, params: Params) -> dict[str, Any]:
    """The best of S by CLIP, beside the ascent when it has cost as many passes through the denoiser."""
    first = result.ranked_scores.argmax(1, keepdim=True)
    right = result.ranked_success.gather(1, first)[:, 0]
    passes = PASSES + params.ascent.recompute
    place = min(max(1, round((params.ranked - 1) / passes)), params.ascent.iterations)
    refined = result.refined.success[place]
    return {
        "pictures": params.ranked,
        "judge_success": share_of(right),
        "clip_score": over_prompts(result.ranked_scores.gather(1, first)[:, 0]),
        "iterations": place,
        "refined": share_of(refined),
        "difference": over_prompts(refined.double() - right.double(), (-1.0, 1.0)),
    }

"""Study A5: pictures on the way from one prompt to another, from the same noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rediffuse.diffusion.interpolation import lerp, slerp
from rediffuse.evaluation import intervals
from rediffuse.evaluation.measures import over_prompts
from rediffuse.models.clip.embedding import Clip, image_embeds, text_embeds
from rediffuse.models.text2image.model import TextToImage
from rediffuse.studies.a5_interpolate_prompts.params import PairSection, Params

STUDY = "interpolate_prompts"
WAYS = {"lerp": lerp, "slerp": slerp}  # of a prompt's whole state, taken as one vector


@dataclass(frozen=True, eq=False)
class Way:
    """P pairs with S pictures each at A places of the way.

    Attributes:
        images: uint8 [P, S, A, 3, H, W].
        start, end: CLIP's cosine with the two prompts, float32 [P, S, A].
        steps: distance of neighbours among CLIP's embeddings of unit length, float32 [P, S, A − 1].
    """

    images: Tensor
    start: Tensor
    end: Tensor
    steps: Tensor


@dataclass(frozen=True, eq=False)
class Ways:
    """What the study drew and measured.

    Attributes:
        alphas: float64 [A], from 0 to 1.
        ways: by the name of the blend.
        angle: between the states of each pair, degrees, float64 [P].
    """

    alphas: Tensor
    ways: dict[str, Way]
    angle: Tensor


def run_ways(model: TextToImage, clip: Clip, params: Params) -> Ways:
    """Draw every pair from the same noises at every place of the way, blended in both ways.

    Raises:
        InputError: a prompt is too long for the model or for CLIP, or has letters that one does not know.
    """
    starts = model.text_states([pair.start for pair in params.pairs])
    ends = model.text_states([pair.end for pair in params.pairs])
    told = [text_embeds(clip, [getattr(pair, key) for pair in params.pairs]) for key in ("start", "end")]
    alphas = torch.linspace(0, 1, params.points, dtype=torch.float64)
    ways = {}
    for name, blend in WAYS.items():
        states = torch.stack([blend(starts, ends, alpha) for alpha in alphas.tolist()], dim=1)  # [P, A, L, D]
        images = draw_way(model, states, params, label=name)
        flat = images.flatten(0, 2)
        embeds = image_embeds(clip, flat, label="CLIP").unflatten(0, images.shape[:3])  # [P, S, A, E]
        cosines = [torch.einsum("psae,pe->psa", embeds, text) for text in told]
        ways[name] = Way(images, cosines[0], cosines[1], embeds.diff(dim=2).norm(dim=-1))
    return Ways(alphas, ways, _angle(starts, ends))


def draw_way(model: TextToImage, states: Tensor, params: Params, label: str | None = None) -> Tensor:
    """Pictures uint8 [P, S, A, 3, H, W] of text states [P, A, L, D]; noise s of pair p is the same at every place."""
    pairs, places = states.shape[:2]
    count = params.pictures_per_pair
    x_T = model.noise(params.seed, STUDY, range(pairs * count)).repeat_interleave(places, 0)
    each = states.repeat_interleave(count, 0).flatten(0, 1)  # [P·S·A, L, D]
    negative = model.text_states([""]).expand_as(each)
    return model.draw(each, negative, x_T, params.drawing, label=label).unflatten(0, (pairs, count, places))


def evenness(steps: Tensor) -> Tensor:
    """How evenly a way is covered by its steps, [...], 0 to 1.

    1 − TV / (1 − 1/n), TV the total variation distance between the n steps' shares of the way and equal shares:
    1 where all are alike, 0 where one step covers it all. A way of no length counts as even.

    Args:
        steps: lengths, float [..., n], n ≥ 2.
    """
    count, total = steps.shape[-1], steps.sum(-1, keepdim=True)
    shares = torch.where(total > 0, steps / total.clamp(min=1e-12), 1 / count)
    return 1 - (shares - 1 / count).abs().sum(-1) / 2 / (1 - 1 / count)


def ways_metrics(result: Ways, params: Params) -> dict[str, Any]:
    """Report means with 95 % intervals over pairs: pictures of one pair stand or fall together.

    ``passes`` is how CLIP's cosine with each prompt moves from the first place of slerp to the last; ``middle`` is the
    mean of its inner steps less that of the first and the last.
    """
    even = {name: evenness(way.steps.double()) for name, way in result.ways.items()}
    length = {name: way.steps.double().sum(-1) for name, way in result.ways.items()}
    slerp = result.ways["slerp"]
    inner = slerp.steps[..., 1:-1] if slerp.steps.shape[-1] > 2 else slerp.steps
    return {
        "evenness": {name: intervals.without_counts(over_prompts(values, (0.0, 1.0))) for name, values in even.items()},
        "difference": {
            "evenness": _summary(even["slerp"] - even["lerp"]),
            "length": _summary(length["slerp"] - length["lerp"]),
        },
        "passes": {
            key: _summary(part[..., -1] - part[..., 0]) for key, part in (("start", slerp.start), ("end", slerp.end))
        },
        "middle": _summary(inner.mean(-1) - slerp.steps[..., [0, -1]].mean(-1)),
        "by_pair": {
            pair_name(pair): {name: float(values[place].mean()) for name, values in even.items()}
            for place, pair in enumerate(params.pairs)
        },
        "length": {name: _summary(values) for name, values in length.items()},
        "angle": {"mean": float(result.angle.mean()), "largest": float(result.angle.max())},
        "similarity": {name: _along(result.alphas, way) for name, way in result.ways.items()},
        "steps": {
            name: {f"step_{place + 1}": _summary(way.steps[..., place]) for place in range(way.steps.shape[-1])}
            for name, way in result.ways.items()
        },
        "n": len(params.pairs) * params.pictures_per_pair,
        "pairs": len(params.pairs),
    }


def _along(alphas: Tensor, way: Way) -> dict[str, Any]:
    return {
        alpha_key(alpha): {
            "alpha": alpha,
            "start": _summary(way.start[..., place]),
            "end": _summary(way.end[..., place]),
        }
        for place, alpha in enumerate(alphas.tolist())
    }


def pair_name(pair: PairSection) -> str:
    """Both prompts in short, without the words that begin most of them."""
    return " → ".join(text.removeprefix("a picture of ") for text in (pair.start, pair.end))


def alpha_key(alpha: float) -> str:
    """``alpha_0_3`` for 0.3."""
    return f"alpha_{alpha:.3g}".replace(".", "_")


def _summary(values: Tensor) -> dict[str, float]:
    return intervals.without_counts(over_prompts(values))


def _angle(starts: Tensor, ends: Tensor) -> Tensor:
    cosine = torch.nn.functional.cosine_similarity(starts.flatten(1).double(), ends.flatten(1).double())
    return torch.rad2deg(torch.arccos(cosine.clamp(-1, 1)))

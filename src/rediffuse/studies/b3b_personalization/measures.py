"""What study B3b reports in numbers."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from rediffuse.evaluation import intervals
from rediffuse.evaluation.measures import over_prompts, share_of
from rediffuse.studies.b3b_personalization.pairs import Pair, Scales, Way
from rediffuse.studies.b3b_personalization.params import Params
from rediffuse.studies.b3b_personalization.study import PersonalResult
from rediffuse.studies.b3b_personalization.word_evaluation import WordEvaluation

# Keys of the metrics, with the attributes of an evaluation.
MEASURES = {"clip_i": "clip_i", "clip_t": "clip_t", "judge": "right", "kept": "kept"}
SHARES = ("judge", "kept")


def personal_metrics(result: PersonalResult, params: Params) -> dict[str, Any]:
    """All that is reported; pictures of one object stand or fall together, others have a noise of their own each."""
    found: dict[str, Any] = {}
    for kind, evaluations in result.evaluations.items():
        first, *_, last = evaluations.values()
        for key, evaluation in ((f"{kind}_initial", first), (kind, last)):
            found[key] = {name: intervals.without_counts(part) for name, part in measured(evaluation).items()}
        found[f"{kind}_change"] = changed(last, first)
        found[f"{kind}_curve"] = {str(step): measured(evaluation) for step, evaluation in evaluations.items()}
    naive, composed = (result.ways[way] for way in ("naive", "composed"))
    return {
        **found,
        "thing_real": share_of(result.real.thing),
        "style_real": share_of(result.real.style),
        "style_false": share_of(result.real.not_style),
        "kept_real": share_of(result.kept),
        "judge": result.shared,
        **_pairs(result.ways),
        "pair_change": _difference(composed.both.both, naive.both.both),
        "choosing": {
            way: {
                scale_name(scales): intervals.proportion(pair.both.numpy()) for scales, pair in found.choosing.items()
            }
            for way, found in result.ways.items()
        },
        "scales": {"naive": naive.scales[0], "thing": composed.scales[0], "style": composed.scales[1]},
        "n": params.pictures,
        "objects": params.style.objects,
        "pair_n": params.pair.pictures,
    }


def scale_name(scales: Scales) -> str:
    """``8`` of one prompt, ``8 and 4`` of composed branches."""
    return " and ".join(f"{scale:g}" for scale in scales)


def measured(evaluation: WordEvaluation) -> dict[str, dict[str, float]]:
    """The measures of an evaluation, each with its interval."""
    return {
        key: share_of(getattr(evaluation, name)) if key in SHARES else over_prompts(getattr(evaluation, name))
        for key, name in MEASURES.items()
    }


def changed(last: WordEvaluation, first: WordEvaluation) -> dict[str, dict[str, float]]:
    """By how much each measure moved, noise by noise."""
    return {
        key: over_prompts(
            getattr(last, name).double() - getattr(first, name).double(),
            (-1.0, 1.0) if key in SHARES else (-2.0, 2.0),
        )
        for key, name in MEASURES.items()
    }


def _pairs(ways: dict[str, Way]) -> dict[str, Any]:
    """Both words and the thing's alone in each way, and what the style's word adds noise by noise."""
    both = {way: intervals.proportion(found.both.both.numpy()) for way, found in ways.items()}
    return {
        "pair": {way: intervals.without_counts(part) for way, part in both.items()},
        "pair_parts": {way: _parts(found.both) for way, found in ways.items()},
        "alone": {way: _parts(found.alone) for way, found in ways.items()},
        "thing_gain": {way: _difference(found.both.thing, found.alone.thing) for way, found in ways.items()},
        "style_gain": {way: _difference(found.both.style, found.alone.style) for way, found in ways.items()},
        "both_gain": {way: _difference(found.both.both, found.alone.both) for way, found in ways.items()},
    }


def _parts(pair: Pair) -> dict[str, dict[str, float]]:
    return {part: intervals.proportion(getattr(pair, part).numpy()) for part in ("thing", "style", "both")}


def _difference(after: Tensor, before: Tensor) -> dict[str, float]:
    return over_prompts(after.double() - before.double(), (-1.0, 1.0))

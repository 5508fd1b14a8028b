"""Rows of the blind tests, in which people named or matched pictures, from ``benchmarks/naming.json``."""

from __future__ import annotations

from typing import Any

from rediffuse.evaluation.metrics import Estimate
from rediffuse.pipeline.errors import InputError
from rediffuse.report.rows import Row, share_text

SCORES = ("default", "default_scene", "through_autoencoder", "matching", "learned_word")


def blind_rows(scores: dict[str, Any], things: int) -> list[Row]:
    """What readers named and matched without seeing the prompts.

    Args:
        things: the list from which they chose.

    Raises:
        InputError: a test has no score, since no reader of the committed model took it.
    """
    missing = [key for key in SCORES if key not in scores]
    if missing:
        raise InputError(
            f"benchmarks/naming.json: found no score {', '.join(missing)}, expected {', '.join(SCORES)}; "
            "score the missing test with python -m benchmarks.naming score"
        )
    real, others = scores["through_autoencoder"], scores["matching"]["uncontrolled"]
    word = scores["learned_word"]
    return [
        Row(
            f"generated pictures that readers named correctly among {things} things, without captions",
            score_text(scores["default"]),
            f"real pictures through the autoencoder: {score_text(real)}",
            f"{scores['default']['n']}",
            short=True,
        ),
        Row("… the scene", score_text(scores["default_scene"]), "chance: 20.0%", f"{scores['default_scene']['n']}"),
        Row(
            "pictures under control that a reader matched to their sketch among four",
            score_text(scores["matching"]),
            f"without control: {others['share']:.1%}; chance: 25.0%",
            f"{scores['matching']['n']}",
            short=True,
        ),
        Row(
            "pictures of the learned word in which a reader named the new thing",
            score_text(word),
            f"other things in the same test: {word['others']['share']:.1%}",
            f"{word['n']}",
        ),
    ]


def score_text(score: dict[str, Any]) -> str:
    """The share of a blind test with its interval."""
    return share_text(Estimate(score["share"], score["low"], score["high"]))

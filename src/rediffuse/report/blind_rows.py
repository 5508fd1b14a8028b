"""Rows of the blind tests, in which people named or matched pictures, from ``benchmarks/naming.json``."""

from __future__ import annotations

from typing import Any

from rediffuse.report.rows import Row


def blind_rows(scores: dict[str, Any], things: int) -> list[Row]:
    """What readers named and matched without seeing the prompts.

    Args:
        things: the list from which they chose.
    """
    real, others = scores["through_autoencoder"], scores["matching"]["uncontrolled"]
    word = scores["learned_word"]
    return [
        Row(
            f"generated pictures that readers named correctly among {things} things, without captions",
            _share(scores["default"]),
            f"real pictures through the autoencoder: {_share(real)}",
            f"{scores['default']['n']}",
            short=True,
        ),
        Row("… the scene", _share(scores["default_scene"]), "chance: 20.0%", f"{scores['default_scene']['n']}"),
        Row(
            "pictures under control that a reader matched to their sketch among four",
            _share(scores["matching"]),
            f"without control: {others['share']:.1%}; chance: 25.0%",
            f"{scores['matching']['n']}",
            short=True,
        ),
        Row(
            "pictures of the learned word in which a reader named the new thing",
            _share(word),
            f"other things in the same test: {word['others']['share']:.1%}",
            f"{word['n']}",
        ),
    ]


def _share(score: dict[str, Any]) -> str:
    return f"{score['share']:.1%} ({score['low']:.1%} to {score['high']:.1%})"

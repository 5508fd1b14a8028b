"""A run of the CLIP studies that never was: plausible metrics, and every picture that the page shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from rediffuse.evaluation.metrics import StageMetrics
from rediffuse.plotting import figures
from rediffuse.plotting.cases import Case, draw_cases, lying_bars
from rediffuse.studies.a1_zeroshot_prompts.metrics import Metrics as PromptsMetrics
from rediffuse.studies.a2_zeroshot_robustness.metrics import Metrics as RobustnessMetrics
from rediffuse.studies.a2_zeroshot_robustness.study import severity_table
from rediffuse.studies.b3a_zeroshot_accuracy.metrics import Metrics as AccuracyMetrics
from tests.support.runs.files import put_metrics

STAGES = ("zeroshot_prompts", "zeroshot_robustness", "zeroshot_accuracy")
SCHEMAS: dict[str, type[StageMetrics]] = dict(
    zip(STAGES, (PromptsMetrics, RobustnessMetrics, AccuracyMetrics), strict=True)
)
ANIMALS = ("cat", "dog", "giraffe", "elephant", "horse")
DESCRIPTIONS = tuple(f"a description of a cat, number {index}" for index in range(5))
TEMPLATES = ("a photo of a {}", "a {}", "No {}, no score.")
KINDS = ("noise", "blur", "rotation")
DROPS = (0.0312, 0.0671, 0.1113)


def ends(value: float, half: float) -> dict[str, float]:
    return {"low": round(max(0.0, value - half), 4), "high": round(min(1.0, value + 0.7 * half), 4)}


def drawings(value: float) -> dict[str, Any]:
    """Two drawings of as many pictures, whose mean is ``value``."""
    shares = {"twemoji": 1.0, "fxemoji": round(2 * value - 1, 4)}
    return {name: {"accuracy": share, **ends(share, 0.1), "n": 32} for name, share in shares.items()}


def prompts_metrics() -> dict[str, Any]:
    """As ``zeroshot_prompts`` writes them."""
    shares = dict(zip(ANIMALS, (0.8123, 0.1042, 0.0011, 0.0421, 0.0403), strict=True))
    described = dict(zip(DESCRIPTIONS, (0.4111, 0.0712, 0.2813, 0.1877, 0.0487), strict=True))
    alone = dict(zip(TEMPLATES, (0.9412, 0.9211, 0.7014), strict=True))
    return {
        "animals": {
            "accuracy": 0.9345,
            **ends(0.9345, 0.031),
            "n": 320,
            "drawings": 16,
            "baseline_1nn": {"accuracy": 0.4511, **ends(0.4511, 0.1), "lead": moved(0.4834, 0.09)},
        },
        "by_animal": {
            name: {"accuracy": value, **ends(value, 0.0613), "n": 64, "drawings": drawings(value)}
            for name, value in zip(ANIMALS, (0.8906, 0.9063, 0.9688, 0.9531, 0.9537), strict=True)
        },
        "photograph": {"representation": shares, "descriptions": described},
        "drawn": {
            "representation": {name: {"mean": value, **ends(value, 0.0219)} for name, value in shares.items()},
            "descriptions": {name: {"mean": value, **ends(value, 0.0317)} for name, value in described.items()},
        },
        "drawn_n": 62,
        "templates": {
            text: {"accuracy": value, **ends(value, 0.0277)}
            | (
                {}
                if text == TEMPLATES[0]
                else {"change": moved(round(value - 0.9412, 4), 0.0181), "drawings_changed": 5}
            )
            | {"ensemble_less": moved(round(0.9387 - value, 4), 0.0191)}
            for text, value in alone.items()
        },
        "ensemble": {"accuracy": 0.9387, **ends(0.9387, 0.0264), "change": moved(0.0841, 0.0193)},
        "spread": {"lowest": 0.7014, "highest": 0.9412, "mean": 0.8546},
    }


def robustness_metrics() -> dict[str, Any]:
    """As ``zeroshot_robustness`` writes them."""

    def share(value: float, half: float) -> dict[str, float]:
        return {"mean": value, **ends(value, half)}

    return {
        **{
            kind: {f"severity_{s}": share(round(0.83 - drop * s, 4), 0.0191) for s in range(1, 6)}
            for kind, drop in zip(KINDS, DROPS, strict=True)
        },
        "clean": share(0.8316, 0.0151),
        "baseline_1nn": {"acc1": 0.4523, **ends(0.4523, 0.0711), "lead": moved(0.3793, 0.0611)},
        "mce": share(0.3796, 0.0113),
        "n": 2489,
        "drawings": 122,
        "corruption_error": dict(zip(KINDS, (0.2636, 0.3713, 0.5039), strict=True)),
        "difference": {
            "fall": {kind: moved(round(-5 * drop, 4), 0.0411) for kind, drop in zip(KINDS, DROPS, strict=True)},
            "steps": {
                kind: {f"severity_{s}": moved(-drop, 0.0211) for s in range(1, 6)}
                for kind, drop in zip(KINDS, DROPS, strict=True)
            },
            "worst": "rotation",
            "worst_less": {"noise": moved(0.2403, 0.0377), "blur": moved(0.1326, 0.0391)},
        },
        "level": {
            "noise": {f"severity_{s}": 0.02 * s + 0.02 for s in range(1, 6)},
            "blur": {f"severity_{s}": 0.2 * s for s in range(1, 6)},
            "rotation": {f"severity_{s}": 11.0 * s for s in range(1, 6)},
        },
        "image_size": 32,
        "photograph_answer": {"clean": "cat", "asked": "cat"}
        | {
            kind: {f"severity_{s}": "horse" if s > drop else "cat" for s in range(1, 6)}
            for kind, drop in zip(KINDS, (4, 3, 0), strict=True)
        },
        "photograph": {"clean": 0.7133}
        | {
            kind: {f"severity_{s}": round(0.7 - drop * s, 4) for s in range(1, 6)}
            for kind, drop in zip(KINDS, (0.0123, 0.0345, 0.0987), strict=True)
        },
    }


def moved(value: float, half: float) -> dict[str, float]:
    """A paired difference."""
    return {"mean": value, "low": round(value - half, 4), "high": round(value + half, 4)}


def by_drawing(value: float, half: float, n: int, drawings: int) -> dict[str, float]:
    return {"acc1": value, **ends(value, half), "n": n, "drawings": drawings}


def beside(value: float, baseline: float, n: int, drawings: int) -> dict[str, Any]:
    """An accuracy, its baseline, and both of two artists."""

    def artists(share: float) -> dict[str, Any]:
        shares = {"fxemoji": share - 0.04, "twemoji": share + 0.04}
        return {name: by_drawing(round(own, 4), 0.09, n // 2, drawings // 2) for name, own in shares.items()}

    nearest = by_drawing(baseline, 0.07, n, drawings) | {"by_style": artists(baseline)}
    lead = moved(round(value - baseline, 4), 0.0321)
    return {
        **by_drawing(value, 0.0149, n, drawings),
        "by_style": artists(value),
        "baseline_1nn": {**nearest, "lead": lead},
    }


def accuracy_metrics() -> dict[str, Any]:
    """As ``zeroshot_accuracy`` writes them."""
    wordings = {"course": 0.8416, "bare name": 0.8254, "no score": 0.6017, "ensemble": 0.8502}
    changes = {
        "course": (0.0, 0.01),
        "bare name": (-0.0162, 0.009),
        "no score": (-0.2399, 0.05),
        "ensemble": (0.0086, 0.02),
    }
    return {
        "acc5": 0.9672,
        "mean_per_class_recall": 0.8413,
        **beside(0.8416, 0.4512, 2487, 122),
        "classes": 50,
        "clip_score": {"low": 31.2, "high": 31.9, "n": 2487, "mean": 31.55, "clusters": 122},
        "wordings": {
            name: by_drawing(value, 0.0155, 2487, 122) | {"change": moved(*changes[name])}
            for name, value in wordings.items()
        },
        "candidates": 844,
        "all_things": {**beside(0.4123, 0.1283, 3102, 1551), "acc5": 0.6821, "things": 830},
        "unseen_things": {**by_drawing(0.0112, 0.0089, 181, 90), "acc5": 0.0643, "things": 11},
        "on_white": {
            "all_things": beside(0.5286, 0.4527, 1551, 1551),
            "classes": beside(0.8197, 0.6393, 122, 122),
        },
        "unseen_pairs": {
            "scene_accuracy": 0.9014,
            **ends(0.9014, 0.0173),
            "n": 1011,
            "drawings": 912,
            "pairs": 337,
            "without_thing": by_drawing(0.9212, 0.0167, 1011, 912),
            "naming": moved(-0.0198, 0.011),
            "baseline_mean_picture": by_drawing(0.8598, 0.0167, 1011, 912) | {"lead": moved(0.0416, 0.0141)},
        },
    }


def zeroshot_metrics() -> dict[str, dict[str, Any]]:
    """Of all three stages."""
    return dict(zip(STAGES, (prompts_metrics(), robustness_metrics(), accuracy_metrics()), strict=True))


def write_zeroshot(root: Path, metrics: dict[str, dict[str, Any]] | None = None, *, plots: bool = True) -> None:
    """Write metrics, and the pictures with the functions that the stages use, below ``root``."""
    metrics = metrics or zeroshot_metrics()
    for stage, content in metrics.items():
        (root / "plots" / stage).mkdir(parents=True, exist_ok=True)
        put_metrics(root, SCHEMAS[stage], content)
    if not plots:
        return
    prompts, robustness, accuracy = (root / "plots" / stage for stage in STAGES)
    sheet = np.random.default_rng(3).integers(0, 256, (5, 6, 16, 16, 3), dtype=np.uint8)
    figures.grid(prompts / "photograph.png", sheet[:1, :2], (), ["stored", "read"])
    figures.grid(prompts / "animals.png", sheet, ANIMALS)
    figures.grid(prompts / "drawings.png", sheet[:, :2], ANIMALS)
    for key, found in metrics[STAGES[0]]["drawn"].items():
        lying_bars(prompts / f"{key}.png", list(found), {"drawn": list(found.values())}, x_label="probability")
    lying_bars(
        prompts / "templates.png", TEMPLATES, {"": [{"mean": 0.9, "low": 0.8, "high": 1.0}] * 3}, x_label="right"
    )
    table = severity_table(metrics[STAGES[1]])
    figures.curves(robustness / "severity.png", table, "severity", "accuracy", "kind", x_label="severity")
    figures.grid(robustness / "photograph.png", sheet[:3], KINDS)
    figures.grid(robustness / "example.png", sheet[2:5], KINDS)
    case = Case(torch.from_numpy(sheet[0, 0].transpose(2, 0, 1).copy()), "cat", ANIMALS, [0.6, 0.2, 0.1, 0.06, 0.04])
    draw_cases(accuracy / "cases.png", [case, case], [case])
    figures.confusion(accuracy / "confusion.png", np.eye(5, dtype=int), ANIMALS)
    lying_bars(accuracy / "wordings.png", ["course"], {"": [{"mean": 0.84}]}, x_label="right")

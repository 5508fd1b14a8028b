"""The table of what longer training gives, from ``metrics/`` and ``benchmarks/``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rediffuse.evaluation.metrics import Estimate, read_metrics
from rediffuse.pipeline.files import read_json
from rediffuse.pipeline.params import read_yaml
from rediffuse.report.blind_rows import score_text
from rediffuse.report.rows import markdown_table, share_text
from rediffuse.studies.a7_sweep_guidance import metrics as guidance_study

PROFILES = Path("benchmarks/profiles.json")


def profile_numbers(root: Path) -> dict[str, Any]:
    """The numbers of the run in the folder ``root`` that profiles are compared by, each with its interval.

    Raises:
        InputError: the run has no such metrics.
    """
    section, best = read_yaml(root / "params.yaml")["train_text2image"], read_metrics(guidance_study.Metrics, root).best
    return {
        "steps": {"autoencoder": section["autoencoder"]["steps"], "unet": section["steps"]},
        "thing": _measured(best.thing_accuracy, best.n),
        "scene": _measured(best.scene_accuracy, best.n),
    }


def profile_table() -> str:
    """A column for ``params.yaml`` as committed, and one for each profile whose run is recorded."""
    columns = {"default": profile_numbers(Path())}
    if PROFILES.exists():
        columns |= read_json(PROFILES, "expected numbers of profiles")
    named = {"default": _named(Path("benchmarks/naming.json"))}
    named |= {name: _named(Path(f"benchmarks/naming_{name}.json")) for name in columns if name != "default"}
    rows = []
    for part, label in (("autoencoder", "steps of the autoencoder"), ("unet", "steps of the U-Net")):
        rows.append((label, *(f"{column['steps'][part]:,}" for column in columns.values())))
    rows.append(("generated pictures named correctly by readers", *(named[name] for name in columns)))
    for key in ("thing", "scene"):
        label = f"the {key} classified correctly by the judge"
        rows.append((label, *(share_text(Estimate(**column[key])) for column in columns.values())))
    return markdown_table(("", *columns), rows)


def _measured(found: Estimate, n: int) -> dict[str, Any]:
    return {"mean": found.mean, "low": found.low, "high": found.high, "n": n}


def _named(path: Path) -> str:
    if not path.exists():
        return "not tested"
    score = read_json(path, "expected the scores of a blind test")["default"]
    return f"{score_text(score)}, n {score['n']}"

"""The README's tables, written from metrics/ and benchmarks/: ``make readme``.

A test compares them with the files, so the README cannot say what no run gave.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rediffuse.params.base import read_yaml
from rediffuse.stage import new_file

README = Path("README.md")


def results_table(digits: dict[str, Any], ddim: dict[str, Any], speed: dict[str, Any]) -> str:
    """The headline numbers of the studies and of the benchmark, as a Markdown table."""
    accuracy, unguided = digits["accuracy"], digits["unguided"]
    rows = [
        ("generated digits that the judge reads right", _share(accuracy), f"{accuracy['n']:,} PNG"),
        *(
            (f"… {name}", _share({"mean": accuracy[name], **found}), f"{found['n']:,}")
            for name, found in digits["accuracy_interval"].items()
        ),
        ("the same without guidance", _share(unguided), f"{unguided['n']:,}"),
        *(
            (
                f"the judge on real {name} test images",
                _share({"mean": digits["ceiling"][name], **found}),
                f"{found['n']:,}",
            )
            for name, found in digits["ceiling_interval"].items()
        ),
    ]
    subject = ddim["digits"]
    distance, interval = subject["distance"], subject["distance_interval"]
    for key, label in (("eta_05", "0.5"), ("eta_1", "1")):
        text = f"{distance[key]:.1f} ({interval[key]['low']:.1f} to {interval[key]['high']:.1f}) grey levels"
        rows.append((f"DDIM, η = {label}: distance from the η = 0 image", text, f"{subject['distance_n']}"))
    confidence = subject["judge_confidence"]
    text = ", ".join(f"{confidence[path]:.1%} {path.replace('_', ' ')}" for path in confidence)
    rows.append(("the judge's confidence half-way between two noises", text, f"{subject['pairs_n']} pairs"))
    train = speed["train_images_per_s"]
    for name, label in (
        ("unet2d", "diffusers' `UNet2DModel` of the same widths"),
        ("context_unet_64", "the report's network, 64 features"),
        ("context_unet_128", "the report's network, 128 features"),
    ):
        text = f"{train['ours'] / train[name]:.1f} times ({train['ours']:.0f} against {train[name]:.1f} images/s)"
        rows.append((f"training throughput against {label}", text, ""))
    return _table(("what", "measured, with 95 % interval", "n"), rows)


def stages_table(stages: dict[str, Any], speed: dict[str, Any]) -> str:
    """What each stage does, and its seconds."""
    rows = [
        (f"`{name}`", stage["desc"], stage["meta"]["expected"]["cpu"], _seconds(speed["stage_seconds"].get(name)))
        for name, stage in stages.items()
    ]
    return _table(("stage", "does", "expected", "measured"), rows)


def fill(text: str, name: str, content: str) -> str:
    """``text`` with ``content`` between the markers of ``name``."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, rest = text.split(start)
    return f"{before}{start}\n{content}\n{end}{rest.split(end)[1]}"


def filled(text: str) -> str:
    """The README with both tables as the files have them now."""
    digits, ddim, speed = (
        json.loads(Path(path).read_text(encoding="utf-8"))
        for path in ("metrics/evaluate_digits.json", "metrics/ddim_grids.json", "benchmarks/results.json")
    )
    text = fill(text, "results", results_table(digits, ddim, speed))
    return fill(text, "stages", stages_table(read_yaml(Path("dvc.yaml"))["stages"], speed))


def _share(found: dict[str, Any]) -> str:
    return f"{found['mean']:.1%} ({found['low']:.1%} to {found['high']:.1%})"


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} s"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    with new_file(README) as part:
        part.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")

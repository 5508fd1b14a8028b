"""The tables of README and docs, written from metrics/, benchmarks/, dvc.yaml and the studies: ``make readme``.

A test compares them with the files, so README and docs cannot say what no run gave.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from rediffuse.data.pictures.dataset import SCENES
from rediffuse.evaluation.metrics import Estimate, read_metrics
from rediffuse.page.wording import unrounded
from rediffuse.pipeline.files import read_json
from rediffuse.pipeline.params import read_yaml
from rediffuse.pipeline.stage import new_file
from rediffuse.report.sections.registry import STUDIES
from rediffuse.report.throughput import Row, throughput_rows
from rediffuse.studies.a1_zeroshot_prompts import metrics as prompts_study
from rediffuse.studies.a2_zeroshot_robustness import metrics as robustness_study
from rediffuse.studies.a3_generate_ranked import metrics as ranked_study
from rediffuse.studies.a6_edit_attribute import metrics as edit_study
from rediffuse.studies.a7_sweep_guidance import metrics as guidance_study
from rediffuse.studies.a8_sketch_to_image import metrics as sketch_study
from rediffuse.studies.a9_refinement import metrics as refinement_study
from rediffuse.studies.b1_conditional_ddpm import metrics as digit_study
from rediffuse.studies.b2_ddim import metrics as ddim_study
from rediffuse.studies.b3a_zeroshot_accuracy import metrics as accuracy_study
from rediffuse.studies.b3b_personalization import metrics as personal_study
from rediffuse.studies.picture_judge import metrics as picture_judge

TABLES = {"results": Path("README.md"), "stages": Path("docs/architecture.md"), "studies": Path("docs/studies.md")}

CHANCE_OF_TEN = "chance: 10.0%"


def digit_rows(digits: digit_study.Metrics, ddim: ddim_study.Metrics) -> list[Row]:
    """The headline numbers of the digits and the faces."""

    def row(label: str, found: Estimate, baseline: str, n: str = "") -> Row:
        return label, share_text(found), baseline, f"{found.n:,}{n}"

    def nearest(found: Estimate) -> str:
        return f"1-NN: {share_text(found)}"

    real = digits.ceiling
    rows = [
        row("generated digits that the judge classifies correctly", digits.accuracy, CHANCE_OF_TEN, " PNG"),
        *(
            row(f"… {name}", found, f"real images: {real[name].mean:.1%}")
            for name, found in digits.accuracy_by_set.items()
        ),
        row("the same without guidance", digits.unguided, CHANCE_OF_TEN),
        *(
            row(f"the judge on real {name} images of the training domain", one, nearest(digits.baseline_1nn[name]))
            for name, one in real.items()
        ),
        *(
            row(f"the judge on real {name} test images", one, nearest(digits.baseline_1nn_test[name]))
            for name, one in digits.ceiling_test.items()
        ),
        *ddim_rows("digits", ddim.digits),
    ]
    if ddim.faces:
        rows += ddim_rows("faces", ddim.faces)
    if ddim.faces and ddim.faces.judge:
        accepted = ddim.faces.judge.read_as_face["eta_0"]
        control = f"Gaussian of the faces' components: {ddim.faces.judge.gaussian_as_face.mean:.1%}"
        label = "generated faces that the judge accepts as faces"
        rows.append((label, share_text(accepted), control, f"{accepted.n}"))
    return rows


def ddim_rows(name: str, subject: ddim_study.Subject) -> list[Row]:
    """What DDIM does to one kind of pictures."""
    rows: list[Row] = []
    for key, label in (("eta_05", "0.5"), ("eta_1", "1")):
        found = subject.distance[key]
        text = f"{found.mean:.1f} ({found.low:.1f} to {found.high:.1f}) grey levels"
        rows.append((f"{name}, DDIM at η = {label}: distance from the η = 0 image", text, "", f"{subject.distance_n}"))
    text = ", ".join(f"{found.mean:.1%} {path.replace('_', ' ')}" for path, found in subject.judge_confidence)
    rows.append((f"{name}: the judge's confidence half-way between two noises", text, "", f"{subject.pairs_n} pairs"))
    return rows


def clip_rows(
    accuracy: accuracy_study.Metrics,
    prompts: prompts_study.Metrics,
    robustness: robustness_study.Metrics,
    judge: picture_judge.Metrics,
) -> list[Row]:
    """The headline numbers of CLIP and of the judge of pictures, each beside its trivial baseline."""
    scenes, animals, white = accuracy.unseen_pairs, prompts.animals, accuracy.on_white
    read, classes, things = judge.unseen_styles, f"{accuracy.classes} classes", f"all {accuracy.candidates} things"
    nearest = accuracy.baseline_1nn.by_style or {} if accuracy.baseline_1nn else {}
    rows: list[Row] = [
        _beside(f"CLIP, zero-shot: {classes}, held-out artists", accuracy, accuracy.baseline),
        *(
            _beside(f"… {name} alone", found, nearest[name].ours if name in nearest else None)
            for name, found in (accuracy.by_style or {}).items()
        ),
        _beside(f"CLIP, zero-shot: {things}, held-out artists", accuracy.all_things, accuracy.all_things.baseline),
        _beside(f"… {things}, drawings on white", white.all_things, white.all_things.baseline),
        _beside("… the classes of the set, drawings on white", white.classes, white.classes.baseline),
        (
            "CLIP, zero-shot: ten things held out of everything",
            share_text(accuracy.unseen_things.ours),
            "none: no neighbour shows them",
            _pictures(accuracy.unseen_things),
        ),
        _beside("CLIP, zero-shot: five animals", animals, animals.baseline_1nn.ours),
        _beside("CLIP: scene accuracy on held-out pairs of thing and scene", scenes, scenes.baseline, "mean picture"),
        ("CLIP: mean error under corruption", share_text(robustness.mce), "", _pictures(robustness)),
    ]
    for label, found in (("all things, held-out artists", read.things), ("the 50 classes", read.classes)):
        rows.append(_beside(f"the judge of pictures: {label}", found, found.baseline_1nn.ours))
    mean_picture = read.scenes.baseline_mean_picture.ours
    return [*rows, _beside("the judge of pictures: the scene", read.scenes, mean_picture, "mean picture")]


class Drawings(Protocol):
    """What was measured over pictures of drawings."""

    @property
    def n(self) -> int:
        """Pictures."""

    @property
    def drawings(self) -> int:
        """Drawings that they show."""


class Measured(Drawings, Protocol):
    """The same of one share."""

    @property
    def ours(self) -> Estimate:
        """The share."""


def _beside(label: str, found: Measured, baseline: Estimate | None, name: str = "1-NN") -> Row:
    """A share beside its trivial baseline."""
    beside = f"{name}: {share_text(baseline)}" if baseline else ""
    return label, share_text(found.ours), beside, _pictures(found)


def _pictures(found: Drawings) -> str:
    return f"{found.n:,} pictures of {found.drawings:,} drawings"


def text2image_rows(
    guidance: guidance_study.Metrics, ranked: ranked_study.Metrics, edit: edit_study.Metrics, things: int
) -> list[Row]:
    """What the text-to-image studies measured; intervals are over prompts, or over things.

    Args:
        things: among which the judge chooses.
    """
    best, ceiling = guidance.best, guidance.ceiling
    rows: list[Row] = []
    chance = {"the thing": f"chance: {1 / things:.1%}", "the scene": f"chance: {1 / len(SCENES):.1%}"}
    for key, label in (("thing_accuracy", "the thing"), ("scene_accuracy", "the scene")):
        for found, whose in (
            (best, f"generated at guidance {best.guidance_scale:g}"),
            (ceiling, "real, of the same prompts"),
        ):
            name = f"text to image: {label} classified correctly by the judge, {whose}"
            rows.append((name, share_text(found[key]), chance[label], f"{found.n:,}"))
    for name, label in (("best_of_1", "a picture at random"), ("best_of_8", "the one of eight that CLIP ranks first")):
        text = share_text(ranked.thing_accuracy[name])
        what = f"text to image: the thing classified correctly, {label}"
        rows.append((what, text, chance["the thing"], f"{ranked.n:,}"))
    anew = f"the target's prompt, same noise: {edit.redrawn.both.mean:.1%}"
    rows.append(("night → day: edit success rate", share_text(edit.best.both), anew, f"{edit.best.n:,}"))
    return rows


def control_rows(
    sketch: sketch_study.Metrics, refined: refinement_study.Metrics, personal: personal_study.Metrics
) -> list[Row]:
    """What control by sketches, refinement by CLIP and new words measured."""
    rows: list[Row] = []
    for key, label in (("off", "without control"), ("on", "under control")):
        f1 = sketch.edge_f1[key]
        text = f"{f1.mean:.2f} ({f1.low:.2f} to {f1.high:.2f})"
        other = f"another picture: {sketch.random_pair.mean:.2f}"
        rows.append((f"edge F1 of the picture against the sketch, {label}", text, other, f"{sketch.n:,}"))
    success, ranked = refined.judge_success, refined.ranked
    before, real = (f"{success.before.mean:.1%}", f"{refined.real.judge_success.mean:.1%}")
    for key, baseline in (("before", f"real pictures: {real}"), ("after", f"before: {before}")):
        name = f"thing and scene classified correctly, {key} refinement by CLIP"
        rows.append((name, share_text(success[key]), baseline, f"{success.n:,}"))
    name = f"… the best of {ranked.pictures} by CLIP, at about the cost of {ranked.iterations} steps"
    rows.append((name, share_text(ranked.judge_success), f"before: {before}", f"{success.n:,}"))
    for kind, word in personal.words.items():
        name = f"new {kind}, generated from its learned word: detected by a classifier"
        initial = f"its initial word: {word.initial.judge.mean:.1%}"
        rows.append((name, share_text(word.final.judge), initial, f"{personal.n:,}"))
    for way, label in (("naive", "in one prompt at its best scale"), ("composed", "composed at its best scales")):
        alone = f"the thing's word alone: {personal.alone[way].both.mean:.1%}"
        text = share_text(personal.pair[way])
        rows.append((f"new thing in new style, {label}", text, alone, f"{personal.pair_n:,}"))
    return rows


def stages_table(stages: dict[str, Any], speed: dict[str, Any]) -> str:
    """What each stage does, and its seconds by the precision in which a processor trains."""
    rows = [
        (
            f"`{name}`",
            stage["desc"],
            stage["meta"]["expected"],
            *(_seconds(measured.get("stage_seconds", {}).get(name)) for measured in speed.values()),
        )
        for name, stage in stages.items()
    ]
    return _table(("stage", "does", "expected", *speed), rows)


def fill(text: str, name: str, content: str) -> str:
    """``text`` with ``content`` between the markers of ``name``."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, rest = text.split(start)
    return f"{before}{start}\n{content}\n{end}{rest.split(end)[1]}"


def results_table(speed: dict[str, Any]) -> str:
    """The headline numbers of all studies."""
    rows = [
        *digit_rows(read_metrics(digit_study.Metrics), read_metrics(ddim_study.Metrics)),
        *clip_rows(
            read_metrics(accuracy_study.Metrics),
            read_metrics(prompts_study.Metrics),
            read_metrics(robustness_study.Metrics),
            read_metrics(picture_judge.Metrics),
        ),
        *text2image_rows(
            read_metrics(guidance_study.Metrics),
            read_metrics(ranked_study.Metrics),
            read_metrics(edit_study.Metrics),
            read_metrics(accuracy_study.Metrics).candidates,
        ),
        *control_rows(
            read_metrics(sketch_study.Metrics),
            read_metrics(refinement_study.Metrics),
            read_metrics(personal_study.Metrics),
        ),
        *throughput_rows(speed),
    ]
    return _table(("what", "measured, with 95 % interval", "trivial baseline, or what it is compared with", "n"), rows)


def studies_table(stages: dict[str, Any]) -> str:
    """Number, title and last stage of each study, in the order of the page, and what that stage does."""
    rows = []
    for study in STUDIES:
        stage = study.stages[-1]
        rows.append((study.number, study.title, f"`{stage}`", stages[stage]["desc"].split(" (study ")[0]))
    return _table(("study", "title", "stage", "what the stage does"), rows)


def filled() -> dict[Path, str]:
    """README and docs, each with its table as the files have it now."""
    speed, stages = _read("benchmarks/results.json"), read_yaml(Path("dvc.yaml"))["stages"]
    tables = {
        "results": results_table(speed),
        "stages": stages_table(stages, speed),
        "studies": studies_table(stages),
    }
    return {path: fill(path.read_text(encoding="utf-8"), name, tables[name]) for name, path in TABLES.items()}


def write_tables() -> None:
    """Write the tables of README and docs."""
    for path, text in filled().items():
        with new_file(path) as part:
            part.write_text(text, encoding="utf-8")


def _read(path: str) -> dict[str, Any]:
    found: dict[str, Any] = read_json(Path(path), "expected numbers of a run")
    return found


def share_text(found: Estimate) -> str:
    """A share with its interval."""
    found = unrounded(found)
    return f"{found.mean:.1%} ({found.low:.1%} to {found.high:.1%})"


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} s"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    write_tables()

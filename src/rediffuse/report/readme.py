"""The tables of README and docs, written from metrics/, benchmarks/, dvc.yaml and the studies: ``make readme``.

A test compares them with the files, so README and docs cannot say what no run gave.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rediffuse.pipeline.files import read_json
from rediffuse.pipeline.params import read_yaml
from rediffuse.pipeline.stage import new_file
from rediffuse.report.registry import STUDIES

TABLES = {"results": Path("README.md"), "stages": Path("docs/architecture.md"), "studies": Path("docs/studies.md")}

Metrics = dict[str, Any]  # what a JSON of metrics/ or benchmarks/ holds
Row = tuple[str, str, str, str]  # what was measured, how much, its trivial baseline, over how many


def digit_rows(digits: Metrics, ddim: Metrics) -> list[Row]:
    """The headline numbers of the digits and the faces."""
    accuracy, unguided = digits["accuracy"], digits["unguided"]
    rows: list[Row] = [
        ("generated digits that the judge classifies correctly", _share(accuracy), "", f"{accuracy['n']:,} PNG"),
        *(
            (f"… {name}", _share({"mean": accuracy[name], **found}), "", f"{found['n']:,}")
            for name, found in digits["accuracy_interval"].items()
        ),
        ("the same without guidance", _share(unguided), "", f"{unguided['n']:,}"),
    ]
    for key, label in (("ceiling", "images of the training domain"), ("ceiling_test", "test images")):
        rows += [
            (f"the judge on real {name} {label}", _share({"mean": digits[key][name], **found}), "", f"{found['n']:,}")
            for name, found in digits[f"{key}_interval"].items()
        ]
    judge = ddim["faces"]["judge"]
    control = f"Gaussian of the faces' components: {judge['gaussian_as_face']:.1%}"
    text = _share({"mean": judge["read_as_face"]["eta_0"], **judge["read_as_face_interval"]["eta_0"]})
    return [
        *rows,
        *ddim_rows("digits", ddim["digits"]),
        *ddim_rows("faces", ddim["faces"]),
        ("generated faces that the judge accepts as faces", text, control, f"{judge['read_as_face_n']}"),
    ]


def ddim_rows(name: str, subject: Metrics) -> list[Row]:
    """What DDIM does to one kind of pictures."""
    rows: list[Row] = []
    distance, interval = subject["distance"], subject["distance_interval"]
    for key, label in (("eta_05", "0.5"), ("eta_1", "1")):
        text = f"{distance[key]:.1f} ({interval[key]['low']:.1f} to {interval[key]['high']:.1f}) grey levels"
        rows.append(
            (f"{name}, DDIM at η = {label}: distance from the η = 0 image", text, "", f"{subject['distance_n']}")
        )
    confidence = subject["judge_confidence"]
    text = ", ".join(f"{confidence[path]:.1%} {path.replace('_', ' ')}" for path in confidence)
    rows.append(
        (f"{name}: the judge's confidence half-way between two noises", text, "", f"{subject['pairs_n']} pairs")
    )
    return rows


def clip_rows(accuracy: Metrics, prompts: Metrics, robustness: Metrics, judge: Metrics) -> list[Row]:
    """The headline numbers of CLIP and of the judge of pictures, each beside its trivial baseline."""
    scenes, animals, white = accuracy["unseen_pairs"], prompts["animals"], accuracy["on_white"]
    mce, read = robustness["interval"]["mce"], judge["unseen_styles"]
    classes, things = f"{accuracy['classes']} classes", f"all {accuracy['candidates']} things"
    named: list[tuple[str, Metrics]] = [
        (f"CLIP, zero-shot: {classes}, held-out artists", accuracy),
        *((f"… {name} alone", found) for name, found in accuracy.get("by_style", {}).items()),
        (f"CLIP, zero-shot: {things}, held-out artists", accuracy["all_things"]),
        (f"… {things}, drawings on white", white["all_things"]),
        ("… the classes of the set, drawings on white", white["classes"]),
        ("CLIP, zero-shot: ten things held out of everything", accuracy["unseen_things"]),
    ]
    rows = [(label, _right(found), _baseline(accuracy, label, found), _pictures(found)) for label, found in named]
    return [
        *rows,
        (
            "CLIP, zero-shot: five animals",
            _share({**animals, "mean": animals["accuracy"]}),
            _nearest({**animals["baseline_1nn"], "acc1": animals["baseline_1nn"]["accuracy"]}),
            _pictures(animals),
        ),
        (
            "CLIP: scene accuracy on held-out pairs of thing and scene",
            _share({**scenes, "mean": scenes["scene_accuracy"]}),
            _mean_picture(scenes["baseline_mean_picture"]),
            _pictures(scenes),
        ),
        ("CLIP: mean error under corruption", _share({**mce, "mean": robustness["mce"]}), "", _pictures(robustness)),
        (
            "the judge of pictures: all things, held-out artists",
            _right(read["things"]),
            _nearest(read["things"]["baseline_1nn"]),
            _pictures(read["things"]),
        ),
        (
            "the judge of pictures: the 50 classes",
            _right(read["classes"]),
            _nearest(read["classes"]["baseline_1nn"]),
            _pictures(read["classes"]),
        ),
        (
            "the judge of pictures: the scene",
            _right(read["scenes"]),
            _mean_picture(read["scenes"]["baseline_mean_picture"]),
            _pictures(read["scenes"]),
        ),
    ]


def _baseline(accuracy: Metrics, label: str, found: Metrics) -> str:
    """The baseline of a row; an artist's own is kept beside that of all artists."""
    if "baseline_1nn" in found:
        return _nearest(found["baseline_1nn"])
    name = label.removeprefix("… ").removesuffix(" alone")
    own = accuracy.get("baseline_1nn", {}).get("by_style", {}).get(name)
    return _nearest(own) if own else "none: no neighbour shows them" if found is accuracy["unseen_things"] else ""


def _nearest(found: Metrics) -> str:
    return f"1-NN: {_right(found)}"


def _mean_picture(found: Metrics) -> str:
    return f"mean picture: {_right(found)}"


def _pictures(found: Metrics) -> str:
    return f"{found['n']:,} pictures of {found['drawings']:,} drawings"


def text2image_rows(guidance: Metrics, ranked: Metrics, edit: Metrics) -> list[Row]:
    """What the text-to-image studies measured; intervals are over prompts, or over things."""
    best, ceiling = guidance["best"], guidance["ceiling"]
    rows: list[Row] = []
    for key, label in (("thing_accuracy", "the thing"), ("scene_accuracy", "the scene")):
        for found, whose in (
            (best, f"generated at guidance {best['guidance_scale']:g}"),
            (ceiling, "real, of the same prompts"),
        ):
            text = _share({"mean": found[key], **found["interval"][key]})
            rows.append(
                (f"text to image: {label} classified correctly by the judge, {whose}", text, "", f"{found['n']:,}")
            )
    accuracy, intervals = ranked["thing_accuracy"], ranked["interval"]
    for name, label in (("best_of_1", "a picture at random"), ("best_of_8", "the one of eight that CLIP ranks first")):
        text = _share({"mean": accuracy[name], **intervals[name]})
        rows.append((f"text to image: the thing classified correctly, {label}", text, "", f"{ranked['n']:,}"))
    text = _share({"mean": edit["best"]["both"], **edit["best"]["interval"]["both"]})
    rows.append(("night → day: edit success rate", text, "", f"{edit['best']['n']:,}"))
    return rows


def control_rows(sketch: Metrics, refined: Metrics, personal: Metrics) -> list[Row]:
    """What control by sketches, refinement by CLIP and new words measured."""
    rows: list[Row] = []
    for key, label in (("off", "without control"), ("on", "under control")):
        text = _number({"mean": sketch["edge_f1"][key], **sketch["edge_f1_interval"][key]})
        rows.append((f"edge F1 of the picture against the sketch, {label}", text, "", f"{sketch['n']:,}"))
    success = refined["judge_success"]
    for key in ("before", "after"):
        text = _share({"mean": success[key], **success["interval"][key]})
        rows.append((f"thing and scene classified correctly, {key} refinement by CLIP", text, "", f"{success['n']:,}"))
    for kind in ("thing", "style"):
        for key, label in (
            (f"{kind}_initial", "generated from its initial word"),
            (kind, "generated from its learned word"),
        ):
            text = _share({"mean": personal[key]["judge"], **personal[f"{key}_interval"]["judge"]})
            rows.append((f"new {kind}, {label}: detected by a classifier", text, "", f"{personal['n']:,}"))
    for way, label in (("naive", "in one prompt at its best scale"), ("composed", "composed at its best scales")):
        text = _share({"mean": personal["pair"][way], **personal["pair_interval"][way]})
        rows.append((f"new thing in new style, {label}", text, "", f"{personal['pair_n']:,}"))
    text = _share(personal["alone"]["composed"]["both"])
    rows.append(("the same, in pictures of the new thing alone", text, "", f"{personal['pair_n']:,}"))
    return rows


def speed_rows(speed: Metrics) -> list[Row]:
    """Our training throughput against others', by the precision in which a processor trains."""
    rows: list[Row] = []
    for name, label in (
        ("unet2d", "diffusers' `UNet2DModel` of the same widths"),
        ("context_unet_64", "the report's network, 64 features"),
        ("context_unet_128", "the report's network, 128 features"),
    ):
        for kind, measured in speed.items():
            train = measured["train_images_per_s"]
            text = f"{train['ours'] / train[name]:.1f} times ({train['ours']:.0f} against {train[name]:.1f} images/s)"
            rows.append((f"training throughput in {kind} against {label}", text, "", ""))
    return rows


def stages_table(stages: dict[str, Any], speed: dict[str, Any]) -> str:
    """What each stage does, and its seconds by the precision in which a processor trains."""
    rows = [
        (
            f"`{name}`",
            stage["desc"],
            stage["meta"]["expected"]["cpu"],
            *(_seconds(measured["stage_seconds"].get(name)) for measured in speed.values()),
        )
        for name, stage in stages.items()
    ]
    return _table(("stage", "does", "expected", *speed), rows)


def fill(text: str, name: str, content: str) -> str:
    """``text`` with ``content`` between the markers of ``name``."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, rest = text.split(start)
    return f"{before}{start}\n{content}\n{end}{rest.split(end)[1]}"


def results_table(speed: Metrics) -> str:
    """The headline numbers of all studies."""
    rows = [
        *digit_rows(_metrics("evaluate_digits"), _metrics("ddim_grids")),
        *clip_rows(
            _metrics("zeroshot_accuracy"),
            _metrics("zeroshot_prompts"),
            _metrics("zeroshot_robustness"),
            _metrics("evaluate_picture_judge"),
        ),
        *text2image_rows(_metrics("sweep_guidance"), _metrics("generate_ranked"), _metrics("edit_attribute")),
        *control_rows(_metrics("sketch_to_image"), _metrics("refine_with_clip"), _metrics("personalize")),
        *speed_rows(speed),
    ]
    return _table(("what", "measured, with 95 % interval", "trivial baseline", "n"), rows)


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


def _number(found: Metrics) -> str:
    return f"{found['mean']:.2f} ({found['low']:.2f} to {found['high']:.2f})"


def _metrics(stage: str) -> Metrics:
    return _read(f"metrics/{stage}.json")


def _read(path: str) -> Metrics:
    found: Metrics = read_json(Path(path), "expected numbers of a run")
    return found


def _share(found: dict[str, Any]) -> str:
    return f"{found['mean']:.1%} ({found['low']:.1%} to {found['high']:.1%})"


def _right(found: dict[str, Any]) -> str:
    return _share({**found, "mean": found["acc1"]})


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} s"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    for path, text in filled().items():
        with new_file(path) as part:
            part.write_text(text, encoding="utf-8")

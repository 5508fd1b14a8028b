"""Rows of the main numbers of all studies, read from ``metrics/``."""

from __future__ import annotations

from rediffuse.data.pictures.dataset import SCENES
from rediffuse.evaluation.metrics import Estimate, read_metrics
from rediffuse.report.rows import Row, beside_baseline, pictures_text, share_text
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

CHANCE_OF_TEN = "chance: 10.0%"


def study_rows() -> list[Row]:
    """The main numbers of all studies, in the order of the page."""
    accuracy = read_metrics(accuracy_study.Metrics)
    return [
        *digit_rows(read_metrics(digit_study.Metrics)),
        *ddim_rows(read_metrics(ddim_study.Metrics)),
        *clip_rows(accuracy, read_metrics(prompts_study.Metrics), read_metrics(robustness_study.Metrics)),
        *judge_rows(read_metrics(picture_judge.Metrics)),
        *text2image_rows(read_metrics(guidance_study.Metrics), read_metrics(ranked_study.Metrics), accuracy.candidates),
        edit_row(read_metrics(edit_study.Metrics)),
        *control_rows(read_metrics(sketch_study.Metrics)),
        *refinement_rows(read_metrics(refinement_study.Metrics)),
        *personal_rows(read_metrics(personal_study.Metrics)),
    ]


def digit_rows(digits: digit_study.Metrics) -> list[Row]:
    """Generated digits, and the judge on real ones."""

    def row(label: str, found: Estimate, beside: str, n: str = "", *, short: bool = False) -> Row:
        return Row(label, share_text(found), beside, f"{found.n:,}{n}", short)

    def nearest(found: Estimate) -> str:
        return f"1-NN: {share_text(found)}"

    real, sets = digits.ceiling, digits.accuracy_by_set
    what = "generated digits that the judge classifies correctly"
    rows = [row(what, digits.accuracy, CHANCE_OF_TEN, " PNG", short=True)]
    for name, found in sets.items():
        rows.append(row(f"… {name}", found, f"real images: {real[name].mean:.1%}", short=True))
    rows.append(row("the same without guidance", digits.unguided, CHANCE_OF_TEN, short=True))
    for name, one in real.items():
        rows.append(
            row(f"the judge on real {name} images of the training domain", one, nearest(digits.baseline_1nn[name]))
        )
    for name, one in digits.ceiling_test.items():
        rows.append(row(f"the judge on real {name} test images", one, nearest(digits.baseline_1nn_test[name])))
    return rows


def ddim_rows(ddim: ddim_study.Metrics) -> list[Row]:
    """What DDIM does to digits and faces, and whether the faces are accepted as such."""
    rows = subject_rows("digits", ddim.digits)
    if ddim.faces:
        rows += subject_rows("faces", ddim.faces)
    if ddim.faces and ddim.faces.judge:
        accepted = ddim.faces.judge.read_as_face["eta_0"]
        control = f"Gaussian of the faces' components: {ddim.faces.judge.gaussian_as_face.mean:.1%}"
        label = "generated faces that the judge accepts as faces"
        rows.append(Row(label, share_text(accepted), control, f"{accepted.n}", short=True))
    return rows


def subject_rows(name: str, subject: ddim_study.Subject) -> list[Row]:
    """What DDIM does to one kind of pictures."""
    rows = []
    for key, label in (("eta_05", "0.5"), ("eta_1", "1")):
        if key not in subject.distance:  # etas is a parameter
            continue
        found = subject.distance[key]
        text = f"{found.mean:.1f} ({found.low:.1f} to {found.high:.1f}) grey levels"
        what = f"{name}, DDIM at η = {label}: distance from the η = 0 image"
        rows.append(Row(what, text, "", f"{subject.distance_n}"))
    text = ", ".join(f"{found.mean:.1%} {path.replace('_', ' ')}" for path, found in subject.judge_confidence)
    what = f"{name}: the judge's confidence half-way between two noises"
    return [*rows, Row(what, text, "", f"{subject.pairs_n} pairs")]


def clip_rows(
    accuracy: accuracy_study.Metrics, prompts: prompts_study.Metrics, robustness: robustness_study.Metrics
) -> list[Row]:
    """Zero-shot accuracy of CLIP, each beside its trivial baseline."""
    scenes, animals, white, unseen = accuracy.unseen_pairs, prompts.animals, accuracy.on_white, accuracy.unseen_things
    classes, things = f"{accuracy.classes} classes", f"all {accuracy.candidates} things"
    pairs, guess = (
        "CLIP: scene accuracy on held-out pairs of thing and scene",
        f"chance: {1 - 1 / accuracy.classes:.1%}",
    )
    nearest = accuracy.baseline_1nn.by_style or {} if accuracy.baseline_1nn else {}
    rows = [beside_baseline(f"CLIP, zero-shot: {classes}, held-out artists", accuracy, accuracy.baseline, short=True)]
    for name, found in (accuracy.by_style or {}).items():
        beside = nearest[name].ours if name in nearest else None
        rows.append(beside_baseline(f"… {name} alone", found, beside))
    whole, apart = accuracy.all_things, "CLIP, zero-shot: ten things that no model was trained on"
    rows += [
        beside_baseline(f"CLIP, zero-shot: {things}, held-out artists", whole, whole.baseline, short=True),
        beside_baseline(f"… {things}, drawings on white", white.all_things, white.all_things.baseline),
        beside_baseline("… the classes of the set, drawings on white", white.classes, white.classes.baseline),
        Row(apart, share_text(unseen.ours), "none: no neighbour shows them", pictures_text(unseen), short=True),
        beside_baseline("CLIP, zero-shot: five animals", animals, animals.baseline_1nn.ours, short=True),
        beside_baseline(pairs, scenes, scenes.baseline, "mean picture", short=True),
        Row(
            "CLIP: mean error under corruption",
            share_text(robustness.mce),
            guess,
            pictures_text(robustness),
            short=True,
        ),
    ]
    return rows


def judge_rows(judge: picture_judge.Metrics) -> list[Row]:
    """The judge of pictures on real ones."""
    read = judge.unseen_styles
    rows = [
        beside_baseline(f"the judge of pictures: {label}", found, found.baseline_1nn.ours)
        for label, found in (("all things, held-out artists", read.things), ("the 50 classes", read.classes))
    ]
    mean_picture = read.scenes.baseline_mean_picture.ours
    return [*rows, beside_baseline("the judge of pictures: the scene", read.scenes, mean_picture, "mean picture")]


def text2image_rows(guidance: guidance_study.Metrics, ranked: ranked_study.Metrics, things: int) -> list[Row]:
    """Generated pictures by the judge; intervals are over prompts.

    Args:
        things: among which the judge chooses.
    """
    best, real = guidance.best, guidance.ceiling
    rows = []
    chance = {"the thing": f"chance: {1 / things:.1%}", "the scene": f"chance: {1 / len(SCENES):.1%}"}
    for key, label in (("thing_accuracy", "the thing"), ("scene_accuracy", "the scene")):
        what = f"text to image: {label} classified correctly by the judge"
        same = f"real, same prompts: {share_text(real[key])}"
        rows += [
            Row(f"{what}, guidance {best.guidance_scale:g}", share_text(best[key]), same, f"{best.n:,}", short=True),
            Row(f"{what}, real pictures of the same prompts", share_text(real[key]), chance[label], f"{real.n:,}"),
        ]
    for name, label in (("best_of_1", "a picture at random"), ("best_of_8", "the one of eight that CLIP ranks first")):
        what = f"text to image: the thing classified correctly, {label}"
        rows.append(Row(what, share_text(ranked.thing_accuracy[name]), chance["the thing"], f"{ranked.n:,}"))
    return rows


def edit_row(edit: edit_study.Metrics) -> Row:
    """Steering from the source's scene to the target's, against the target's prompt; the interval is over things."""
    anew = f"the target's prompt, same noise: {edit.redrawn.both.mean:.1%}"
    return Row("edit of the scene: success rate", share_text(edit.best.both), anew, f"{edit.best.n:,}", short=True)


def control_rows(sketch: sketch_study.Metrics) -> list[Row]:
    """How well pictures follow their sketches."""
    rows, other = [], f"another picture: {sketch.random_pair.mean:.2f}"
    for key, label in (("off", "without control"), ("on", "under control")):
        f1, what = sketch.edge_f1[key], f"edge F1 of the picture against the sketch, {label}"
        rows.append(Row(what, f"{f1.mean:.2f} ({f1.low:.2f} to {f1.high:.2f})", other, f"{sketch.n:,}", short=True))
    return rows


def refinement_rows(refined: refinement_study.Metrics) -> list[Row]:
    """Pictures before and after refinement, and the best of several by CLIP."""
    rows = []
    success, ranked = refined.judge_success, refined.ranked
    before, real = (f"{success.before.mean:.1%}", f"{refined.real.judge_success.mean:.1%}")
    for key, beside in (("before", f"real pictures: {real}"), ("after", f"before: {before}")):
        what = f"thing and scene classified correctly, {key} refinement by CLIP"
        rows.append(Row(what, share_text(success[key]), beside, f"{success.n:,}", short=key == "after"))
    what = f"… the best of {ranked.pictures} by CLIP, at about the cost of {ranked.iterations} steps"
    return [*rows, Row(what, share_text(ranked.judge_success), f"before: {before}", f"{success.n:,}")]


def personal_rows(personal: personal_study.Metrics) -> list[Row]:
    """Learned words alone and together."""
    rows = []
    for kind, word in personal.words.items():
        what = f"new {kind}, generated from its learned word: detected by a classifier"
        initial = f"its initial word: {word.initial.judge.mean:.1%}"
        rows.append(Row(what, share_text(word.final.judge), initial, f"{personal.n:,}", short=True))
    for way, label in (("naive", "in one prompt at its best scale"), ("composed", "composed at its best scales")):
        alone = f"the thing's word alone: {personal.alone[way].both.mean:.1%}"
        what = f"new thing in new style, {label}"
        rows.append(Row(what, share_text(personal.pair[way]), alone, f"{personal.pair_n:,}"))
    return rows

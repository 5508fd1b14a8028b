"""What the page says of the CLIP studies follows the numbers, whichever way they fall."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rediffuse.evaluation.metrics import StageMetrics
from rediffuse.pipeline.errors import InputError
from rediffuse.report.params import Params
from rediffuse.report.render import render
from rediffuse.studies.a1_zeroshot_prompts.metrics import Metrics as PromptsMetrics
from rediffuse.studies.a2_zeroshot_robustness.metrics import Metrics as RobustnessMetrics
from rediffuse.studies.b3a_zeroshot_accuracy.metrics import Metrics as AccuracyMetrics
from tests.studies.a1_zeroshot_prompts import synthetic as prompts
from tests.studies.a2_zeroshot_robustness import synthetic as robustness
from tests.studies.b3a_zeroshot_accuracy import synthetic as accuracy
from tests.support.synthetic_metrics import changed, put_metrics

PLAIN = Params(title="A title", author="", note="")
PROMPTS, ROBUSTNESS, ACCURACY = PromptsMetrics.STAGE, RobustnessMetrics.STAGE, AccuracyMetrics.STAGE
SCHEMAS: dict[str, type[StageMetrics]] = {
    PROMPTS: PromptsMetrics,
    ROBUSTNESS: RobustnessMetrics,
    ACCURACY: AccuracyMetrics,
}
WRITERS: dict[str, Any] = {PROMPTS: prompts, ROBUSTNESS: robustness, ACCURACY: accuracy}


FLAT = {"mean": 0.01, "low": -0.02, "high": 0.04}
ABOVE = {"mean": 0.03, "low": 0.02, "high": 0.04}
MIXED = {"noise": "cat", "blur": "dog", "rotation": "horse"}
LOW_ENDS = {"low": 0.05, "high": 0.9}
LOW = {"accuracy": 0.1, "low": 0.05, "high": 0.15}


@pytest.mark.parametrize(
    ("stage", "changes", "said"),
    [
        (PROMPTS, {}, "CLIP’s accuracy on drawings of animals by 2 held-out artists is higher than chance, and "
         "higher than that of "
         "the 1-nearest neighbour on pixels."),
        (PROMPTS, {"animals/baseline_1nn/lead": FLAT},
         "is higher than chance, and not distinguishable from that of the 1-nearest neighbour on pixels."),
        (PROMPTS, {"animals/baseline_1nn/lead": {"mean": -0.1, "low": -0.2, "high": -0.05}},
         "is higher than chance, and lower than that of the 1-nearest neighbour on pixels."),
        (PROMPTS, {"animals/accuracy": 0.2, "animals/low": 0.1, "animals/high": 0.3},
         "is not distinguishable from chance, and"),
        (PROMPTS, {f"animals/{key}": value for key, value in LOW.items()}, "is lower than chance, and"),
        (PROMPTS, {}, "The lowest accuracy is that on the cat,"),
        (PROMPTS, {}, "descriptions of a cat; not all of them fit every picture."),
        (PROMPTS, {}, "No animal has more than half of CLIP’s 21 errors."),
        (PROMPTS, {}, "7 of 21 errors are on the cat, which was picked by its errors. By drawing, CLIP classifies "
         "correctly: cat by twemoji 100 % and cat by fxemoji 78 %. Of the pictures of the other animals it classifies "
         "94.5 % correctly."),
        (PROMPTS, {"by_animal/dog/accuracy": 0.5, "by_animal/dog/low": 0.4},
         "68.1 % of CLIP’s errors are on drawings of one animal, the dog."),
        (PROMPTS, {f"by_animal/{name}/{key}": 1.0 for name in prompts.ANIMALS for key in ("accuracy", "high")},
         "No picture of an animal is classified wrongly."),
        (PROMPTS, {"by_animal/cat/drawings/fxemoji 2": {"accuracy": 0.5, **LOW_ENDS, "n": 32}},
         "cat 2 by fxemoji 50 %"),
        (PROMPTS, {}, "The photograph is read as a cat."),
        (PROMPTS, {"photograph/representation/dog": 0.9}, "read as a dog, though it shows a cat."),
        (PROMPTS, {"photograph/representation/elephant": 0.9}, "read as an elephant, though it shows a cat."),
        (PROMPTS, {"photograph/representation/dog": 0.9}, "“cat” gets 81.2 % and “dog” 90.0 %; “cat” got 98.7 % "
         "from the "
         "report’s CLIP on its photograph. Drawings of the cat get 81.2 % for “cat” in the mean."),
        (PROMPTS, {}, "leads with 41.1 %. On drawn pictures it has the highest mean, 41.1 % against 28.1 % of "
         "the next; "
         "this was not tested."),
        (PROMPTS, {f"photograph/descriptions/{prompts.DESCRIPTIONS[1]}": 0.9},
         f"leads with 90.0 %. On drawn pictures “{prompts.DESCRIPTIONS[0]}” has the highest mean, 41.1 %"),
        (PROMPTS, {}, "Against “a photo of a {}”, accuracy is lower with “a {}” and “No {}, no score.”."),
        (PROMPTS, {"templates/a {}/change": ABOVE},
         "accuracy is lower with “No {}, no score.” and higher with “a {}”."),
        (PROMPTS, {"templates/a {}/change": FLAT, "templates/No {}, no score./change": FLAT},
         "No template is distinguishable from “a photo of a {}”."),
        (PROMPTS, {"templates/a {}/drawings_changed": 0},
         "With “a {}”, every drawing has the same accuracy as with “a photo of a {}”. The difference on the same "
         "pictures, clustered by drawing, is −24.0 points"),
        (PROMPTS, {}, "That is higher than the mean of the single templates"),
        (PROMPTS, {"ensemble/change": {"mean": -0.1, "low": -0.2, "high": -0.05}},
         "That is lower than the mean of the single templates"),
        (PROMPTS, {}, "on the same pictures. It is above their median, 92.1 %, which was not tested."),
        (PROMPTS, {"ensemble/accuracy": 0.91}, "It is below their median, 92.1 %"),
        (PROMPTS, {"ensemble/accuracy": 0.9211}, "It is equal to their median, 92.1 %"),
        (PROMPTS, {"ensemble/change": FLAT}, "That is not distinguishable from the mean of the single templates"),
        (PROMPTS, {},
         "Of the 3 templates, their ensemble is better than 1 and not distinguishable from 2."),
        (PROMPTS, {"templates/a {}/ensemble_less": {"mean": -0.1, "low": -0.2, "high": -0.05}},
         "their ensemble is better than 1, worse than 1 and not distinguishable from 1."),
        (ROBUSTNESS, {}, "At severity 5, accuracy is lower than without corruption under noise (σ 0.12), blur (σ 1 "
         "pixels) and rotation (55°)."),
        (ROBUSTNESS, {}, "From clean to severity 1, and on to each next one, accuracy falls distinguishably in "
         "15 of 15 "
         "steps (noise to severity 1, 2, 3, 4 and 5; blur to severity 1, 2, 3, 4 and 5; rotation to severity 1, "
         "2, 3, 4 "
         "and 5) and rises distinguishably in none. These are 15 tests at 95 %, not corrected for their number."),
        (ROBUSTNESS, {"difference/steps/noise/severity_2": ABOVE, "difference/steps/noise/severity_3": FLAT},
         "in 13 of 15 steps (noise to severity 1, 4 and 5; blur to severity 1, 2, 3, 4 and 5; rotation to "
         "severity 1, 2, "
         "3, 4 and 5) and rises distinguishably in 1 of 15 steps (noise to severity 2)."),
        (ROBUSTNESS, {"difference/fall/noise": FLAT},
         "accuracy is lower than without corruption under blur (σ 1 pixels) and rotation (55°) and not distinguishable "
         "from that without corruption under noise (σ 0.12)."),
        (ROBUSTNESS, {"difference/fall/noise": FLAT},
         "Under noise, the falls do not add up to a distinguishable difference from clean."),
        (ROBUSTNESS, {"difference/fall/noise": ABOVE},
         "lower than without corruption under blur (σ 1 pixels) and rotation (55°) and higher than without corruption "
         "under noise (σ 0.12)."),
        (ROBUSTNESS, {}, "picture by picture, clustered by drawing. The mean error over all kinds and severities, not "
         "normalised by a reference model’s, is 38.0 %"),
        (ROBUSTNESS, {}, "; without corruption the error is 16.8 %."),
        (ROBUSTNESS, {}, "At these severities, rotation does the most harm."),
        (ROBUSTNESS, {"difference/worst_less/blur": FLAT},
         "At these severities, rotation and blur are not distinguishable in the harm they do."),
        (ROBUSTNESS, {}, "On the one photograph, the probability of the cat falls under noise, blur and rotation."),
        (ROBUSTNESS, {"photograph/noise/severity_5": 0.9},
         "the probability of the cat falls under blur and rotation and does not fall under noise."),
        (ROBUSTNESS, {"photograph_answer/clean": "horse"},
         "The photograph of a cat is read as a horse without corruption."),
        (ROBUSTNESS, {"photograph_answer/clean": "horse"},
         "As it is wrong without corruption, too, a fall says little. It is one photograph."),
        (ROBUSTNESS, {}, "20.6 % under rotation at severity 5. Of its 15 corrupted versions, 7 are classified "
         "correctly: "
         "noise at severity 1, 2, 3 and 4; blur at severity 1, 2 and 3. It is one photograph."),
        (ROBUSTNESS, {"photograph/rotation/severity_2": 0.9}, "It rises to 90.0 % under rotation at severity 2. "
         "Of its"),
        (ROBUSTNESS, {f"photograph_answer/{kind}": {"severity_1": "cat"} for kind in ("noise", "blur", "rotation")},
         "All its 3 corrupted versions are classified correctly."),
        (ROBUSTNESS, {f"photograph_answer/{kind}": {"severity_1": answer} for kind, answer in MIXED.items()},
         "Of its 3 corrupted versions, 1 is classified correctly: noise at severity 1."),
        (ROBUSTNESS, {f"photograph_answer/{kind}": {"severity_1": "dog"} for kind in ("noise", "blur", "rotation")},
         "None of its 3 corrupted versions is classified correctly."),
        (ACCURACY, {}, "held-out artists together, CLIP is more often right than the 1-nearest neighbour"),
        (ACCURACY, {"baseline_1nn/lead": {"mean": 0.01, "low": -0.02, "high": 0.04}},
         "CLIP is not distinguishable from the 1-nearest neighbour on pixels."),
        (ACCURACY, {"baseline_1nn/lead": {"mean": -0.03, "low": -0.05, "high": -0.01}},
         "CLIP is less often right than the 1-nearest neighbour on pixels."),
        (ACCURACY, {}, "84.2 % [82.7, 85.2] of 2,487 pictures of 122 drawings against 45.1 %"),
        (ACCURACY, {}, "Against “course” (“a photo of a {}”), accuracy is lower with “bare name” (“{}”) and "
         "“no score” (“No {}, no score.”)."),
        (ACCURACY, {"wordings/ensemble/change": {"mean": 0.01, "low": 0.001, "high": 0.02}},
         "“no score” (“No {}, no score.”) and higher with “ensemble” (7 templates)."),
        (ACCURACY, {f"wordings/{name}/change": {"mean": 0.01, "low": -0.01, "high": 0.02}
                    for name in ("bare name", "no score")},
         "No wording is distinguishable from “course” (“a photo of a {}”)."),
        (ACCURACY, {"wordings/bare name/change": {"mean": 0.0, "low": -0.01, "high": 0.01}},
         "With “bare name” (“{}”), every drawing has the same accuracy as with “course”. The difference on the same "
         "pictures, "
         "clustered by drawing, is −24.0 points"),
        (ACCURACY, {"wordings/ensemble/change": {"mean": 0.009, "low": -0.0004, "high": 0.0184}},
         "+0.90 points [−0.04, 1.84] with “ensemble”."),
        (ACCURACY, {}, "Among the words of all things, held-out artists together, CLIP is more often right than the"),
        (ACCURACY, {"all_things/baseline_1nn/lead": {"mean": 0.0, "low": -0.02, "high": 0.02}},
         "held-out artists together, CLIP is not distinguishable from the 1-nearest neighbour on pixels."),
        (ACCURACY, {}, "The pictures show 830 things, and the words are 844, so that chance is 0.12 %."),
        (ACCURACY, {}, "By artist, the two shares taken as independent: fxemoji 48.9 % against 41.3 %, +7.6 points "
         "[−3.4, 18.6]; twemoji 56.9 % against 49.3 %, +7.6 points [−3.4, 18.6]."),
        (ACCURACY, {}, "Things held out of training are found better than by chance."),
        (ACCURACY, {}, "2 of 181 pictures of 11 things are right, 1.1 % [0.2, 1.7], and 12 within five; chance expects "
         "0.2 and 1.1."),
        (ACCURACY, {"unseen_things/low": 0.0, "unseen_things/acc1": 0.0, "unseen_things/acc5": 0.0},
         "The accuracy on things held out of training is not distinguishable from chance."),
        (ACCURACY, {"unseen_things/low": 0.0, "unseen_things/acc1": 0.0, "unseen_things/acc5": 0.0},
         "0 of 181 pictures of 11 things are right, 0.0 % [0.0, 1.7], and 0 within five;"),
        (ACCURACY, {}, "On held-out pairs, CLIP’s scene accuracy is higher than that of the nearest mean "
         "picture, whether "
         "or not the prompts name the thing."),
        (ACCURACY, {"unseen_pairs/baseline_mean_picture/lead": {"mean": -0.02, "low": -0.03, "high": -0.01}},
         "CLIP’s scene accuracy is lower than that of the nearest mean picture if the prompts name the thing, "
         "and higher "
         "if they do not."),
        (ACCURACY, {"unseen_pairs/without_thing/low": 0.8}, "if the prompts name the thing, and not "
         "distinguishable from "
         "it if they do not."),
        (ACCURACY, {"unseen_pairs/baseline_mean_picture/lead": FLAT, "unseen_pairs/without_thing/acc1": 0.5,
                    "unseen_pairs/without_thing/low": 0.4, "unseen_pairs/without_thing/high": 0.6},
         "is not distinguishable from that of the nearest mean picture if the prompts name the thing, and lower "
         "if they "
         "do not."),
        (ACCURACY, {}, "labelled pictures, twemoji alone"),
        (ROBUSTNESS, {}, "2489 labelled pictures of 122 drawings; 1-nearest neighbour on pixels: 45.2 %"),
    ],
)  # fmt: skip
def test_findings(stage: str, changes: dict[str, Any], said: str, run_folder: Path) -> None:
    put_metrics(run_folder, SCHEMAS[stage], changed(WRITERS[stage].make_metrics(), changes))
    assert said in render(PLAIN, run_folder).replace("\u00a0", " ")  # stands between a number and its %


def test_artists_who_agree_are_not_told_apart(run_folder: Path) -> None:
    metrics = accuracy.make_metrics()
    for white in metrics["on_white"].values():
        for own in white["by_style"].values():
            own.update(acc1=0.9, low=0.85, high=0.95)
    put_metrics(run_folder, AccuracyMetrics, metrics)
    assert "By artist" not in render(PLAIN, run_folder)


@pytest.mark.parametrize(
    ("stage", "path", "value", "message"),
    [
        (PROMPTS, "animals/n", None, "key animals.n is missing; run the stage zeroshot_prompts again"),
        (PROMPTS, f"photograph/descriptions/{prompts.DESCRIPTIONS[0]}", 1.2, "found 1.2, expected a fraction"),
        (PROMPTS, "templates", {}, "templates: is empty"),
        (PROMPTS, "templates/a {}/drawings_changed", None, "key a {}.drawings_changed is missing"),
        (PROMPTS, "by_animal/dog/drawings", {}, "by_animal.dog.drawings: is empty"),
        (ROBUSTNESS, "blur/severity_2/mean", "low", "blur.severity_2.mean: found 'low', expected a number"),
        (ROBUSTNESS, "mce/high", None, "mce: found no interval, expected low and high"),
        (ACCURACY, "low", 0.99, "low: found 0.99, above its high"),
        (ACCURACY, "unseen_pairs/pairs", 0, "unseen_pairs.pairs: found 0, expected a whole number"),
    ],
)
def test_bad_key(stage: str, path: str, value: Any, message: str, run_folder: Path) -> None:
    put_metrics(run_folder, SCHEMAS[stage], changed(WRITERS[stage].make_metrics(), {path: value}))
    with pytest.raises(InputError) as error:
        render(PLAIN, run_folder)
    assert message in str(error.value) and f"{stage}.json" in str(error.value) and "\n" not in str(error.value)

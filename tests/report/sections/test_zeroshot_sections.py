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
LOW = {"accuracy": 0.1, "low": 0.05, "high": 0.15}


@pytest.mark.parametrize(
    ("stage", "changes", "said"),
    [
        (PROMPTS, {}, "The accuracy on animals by 2 held-out artists is higher than chance, and higher than that of "
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
        (PROMPTS, {}, "Every drawing is classified correctly more often than not."),
        (PROMPTS, {}, "that of the cat by fxemoji: 78 % of its pictures are classified correctly."),
        (PROMPTS, {f"by_animal/dog/drawings/twemoji/{key}": value for key, value in LOW.items()},
         "57.9 % of the errors lie with 1 of 10 drawings."),
        (PROMPTS, {f"by_animal/dog/drawings/twemoji/{key}": value for key, value in LOW.items()},
         "the dog by twemoji (10 %). They were picked by their errors. The other 9 drawings are "
         "classified correctly in 92.7 %."),
        (PROMPTS, {"by_animal/cat/drawings/fxemoji/accuracy": 0.5}, "lie with 1 of 10 drawings."),
        (PROMPTS, {"by_animal/cat/drawings/fxemoji/accuracy": 0.5}, "in half of their pictures or fewer: the cat by"),
        (PROMPTS, {}, "The photograph is read as a cat."),
        (PROMPTS, {"photograph/representation/dog": 0.9}, "read as a dog, though it shows a cat."),
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
        (PROMPTS, {"ensemble/change": FLAT}, "That is not distinguishable from the mean of the single templates"),
        (PROMPTS, {},
         "Of the 3 templates, their ensemble is better than 1 and not distinguishable from 2."),
        (PROMPTS, {"templates/a {}/ensemble_less": {"mean": -0.1, "low": -0.2, "high": -0.05}},
         "their ensemble is better than 1, worse than 1 and not distinguishable from 1."),
        (ROBUSTNESS, {}, "At severity 5, accuracy is lower than without corruption under noise, blur and rotation."),
        (ROBUSTNESS, {}, "in 15 of 15 steps (noise 5, blur 5, rotation 5) and rises distinguishably in 0."),
        (ROBUSTNESS, {"difference/steps/noise/severity_2": FLAT},
         "in 14 of 15 steps (noise 4, blur 5, rotation 5) and rises distinguishably in 0."),
        (ROBUSTNESS, {"difference/fall/noise": FLAT},
         "accuracy is lower than without corruption under blur and rotation and not distinguishable from that without "
         "corruption under noise."),
        (ROBUSTNESS, {"difference/fall/noise": ABOVE},
         "lower than without corruption under blur and rotation and higher than without corruption under noise."),
        (ROBUSTNESS, {}, "; without corruption the error is 16.8 %."),
        (ROBUSTNESS, {}, "At these severities, rotation does the most harm."),
        (ROBUSTNESS, {"difference/worst_less/blur": FLAT},
         "At these severities, rotation and blur are not distinguishable in the harm they do."),
        (ROBUSTNESS, {}, "On the one photograph, the probability of the cat falls under noise, blur and rotation."),
        (ROBUSTNESS, {"photograph/noise/severity_5": 0.9},
         "the probability of the cat falls under blur and rotation and does not fall under noise."),
        (ROBUSTNESS, {"photograph_answer/clean": "horse"},
         "The photograph of a cat is read as a horse without corruption."),
        (ROBUSTNESS, {}, "classified correctly under noise at severity 1, 2, 3 and 4; blur at severity 1, 2 and 3, and "
         "under no other."),
        (ROBUSTNESS, {f"photograph_answer/{kind}": {"severity_1": "dog"} for kind in ("noise", "blur", "rotation")},
         "No corrupted version of it is classified correctly."),
        (ACCURACY, {}, "held-out artists together, CLIP is more often right than the 1-nearest neighbour"),
        (ACCURACY, {"baseline_1nn/lead": {"mean": 0.01, "low": -0.02, "high": 0.04}},
         "CLIP is not distinguishable from the 1-nearest neighbour on pixels."),
        (ACCURACY, {"baseline_1nn/lead": {"mean": -0.03, "low": -0.05, "high": -0.01}},
         "CLIP is less often right than the 1-nearest neighbour on pixels."),
        (ACCURACY, {}, "84.2 % [82.7, 85.2] of 2,487 pictures of 122 drawings against 45.1 %"),
        (ACCURACY, {}, "Accuracy is lower with bare name and no score."),
        (ACCURACY, {"wordings/ensemble/change": {"mean": 0.01, "low": 0.001, "high": 0.02}},
         "Accuracy is lower with bare name and no score and higher with ensemble."),
        (ACCURACY, {f"wordings/{name}/change": {"mean": 0.01, "low": -0.01, "high": 0.02}
                    for name in ("bare name", "no score")}, "No wording is distinguishable from “course”."),
        (ACCURACY, {}, "Among the words of all things, CLIP is more often right than the 1-nearest neighbour"),
        (ACCURACY, {"all_things/baseline_1nn/lead": {"mean": 0.0, "low": -0.02, "high": 0.02}},
         "Among the words of all things, CLIP is not distinguishable from the 1-nearest neighbour on pixels."),
        (ACCURACY, {}, "Things held out of training are found better than by chance."),
        (ACCURACY, {"unseen_things/low": 0.0, "unseen_things/acc1": 0.0},
         "The accuracy on things held out of training is not distinguishable from chance."),
        (ACCURACY, {}, "by prompts that name the thing, CLIP is more often right than the nearest mean picture"),
        (ACCURACY, {"unseen_pairs/baseline_mean_picture/lead": {"mean": -0.02, "low": -0.03, "high": -0.01}},
         "by prompts that name the thing, CLIP is less often right than the nearest mean picture"),
        (ACCURACY, {}, "labelled pictures, twemoji alone"),
        (ROBUSTNESS, {}, "2489 labelled pictures of 122 drawings; 1-nearest neighbour on pixels: 45.2 %"),
    ],
)  # fmt: skip
def test_findings(stage: str, changes: dict[str, Any], said: str, run_folder: Path) -> None:
    put_metrics(run_folder, SCHEMAS[stage], changed(WRITERS[stage].make_metrics(), changes))
    assert said in render(PLAIN, run_folder).replace("\u00a0", " ")  # stands between a number and its %


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

"""Study B1 compares samples with their own domain; other noises and another classifier choose the scale."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from rediffuse.data.digits.dataset import SPLITS, Digits, save_digits
from rediffuse.data.digits.tensors import DigitTensors
from rediffuse.evaluation.intervals import clustered_difference
from rediffuse.models.digit_classifier.model import DigitClassifier, JudgeNet, SelectorNet
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import read_yaml
from rediffuse.studies.b1_conditional_ddpm.measures import Reading, frechet_distance
from rediffuse.studies.b1_conditional_ddpm.params import Params
from rediffuse.studies.b1_conditional_ddpm.study import (
    DigitStudy,
    Neighbours,
    RealDigits,
    SweptScale,
    first_and_rest,
    neighbour_metrics,
    sweep_metrics,
    sweep_table,
)
from stages import evaluate_digits

ROOT = Path(__file__).parents[3]
NAMES = ["mnistm", "street"]


def digits(each: int, seed: int) -> DigitTensors:
    """``each`` random images of every digit of both sets."""
    random = torch.Generator().manual_seed(seed)
    count = 2 * 10 * each
    images = torch.randint(0, 256, (count, 3, 28, 28), dtype=torch.uint8, generator=random)
    return DigitTensors(
        images, torch.arange(10).repeat(2 * each), torch.arange(2).repeat_interleave(10 * each), list(NAMES)
    )


class FakeModel:
    """Draws images that hang on the study, and notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, float, int]] = []

    def draw(self, digits: Tensor, sets: Tensor, sampler: Any, scale: float, seed: int, **told: Any) -> Tensor:
        self.asked.append((told["study"], scale, len(digits)))
        random = torch.Generator().manual_seed(len(told["study"]))
        return torch.randint(0, 256, (len(digits), 3, 28, 28), dtype=torch.uint8, generator=random)


@pytest.fixture
def params() -> Params:
    section = read_yaml(ROOT / "params.yaml")["evaluate_digits"]
    small = {"images_per_digit": 4, "sweep": {"guidance_scales": [1.0, 5.0], "images_per_digit": 3}, "device": "cpu"}
    return Params.model_validate({**section, **small})


@pytest.fixture
def study(params: Params) -> DigitStudy:
    torch.manual_seed(0)
    judge = JudgeNet(widths=(8, 16, 16, 16)).eval()
    real = RealDigits(train=digits(20, 1), val=digits(9, 2), test=digits(6, 3))
    return DigitStudy(FakeModel(), judge, real, params)  # type: ignore[arg-type]


def test_the_ceiling_is_of_the_training_domain_and_test_images_are_a_row_beside_it(study: DigitStudy) -> None:
    assert [len(reading.digits) for reading in study.real_reading.values()] == [90, 90]
    assert [len(reading.digits) for reading in study.test_reading.values()] == [60, 60]
    drawn = {name: study.judged(images) for name, images in study.draw(5.0, 4, "").items()}
    found = study.closeness(drawn)
    assert found["kid_real"]["mnistm"]["n"] == found["kid"]["mnistm"]["n"] == 40, "as many real images as generated"
    near = study.neighbours("street", drawn["street"].images)
    assert (len(near.generated), len(near.real), len(near.test)) == (40, 80, 40)
    copied = study.neighbours("street", study.train["street"].images[:5])
    assert copied.generated.tolist() == [0.0] * 5 and neighbour_metrics(copied)["copies"]["generated"]["mean"] == 1


def test_few_real_images_are_halved_and_compared_with_as_many_generated_ones(params: Params) -> None:
    torch.manual_seed(0)
    judge = JudgeNet(widths=(8, 16, 16, 16)).eval()
    real = RealDigits(train=digits(6, 1), val=digits(6, 2), test=digits(1, 3))
    study = DigitStudy(FakeModel(), judge, real, params)  # type: ignore[arg-type]
    drawn = {name: study.judged(images) for name, images in study.draw(5.0, 4, "").items()}
    found = study.closeness(drawn)
    first = [study.judged(part.images.unflatten(0, (10, 4))[:, :3].flatten(0, 1)) for part in drawn.values()]
    for name, part in zip(NAMES, first, strict=True):
        rest = first_and_rest(study.real_reading[name], 3)[1]
        assert found["frechet"][name] == pytest.approx(frechet_distance(rest, part.reading.features))
        for key in ("kid", "kid_real", "diversity", "diversity_real"):
            assert found[key][name]["n"] == 30


def test_too_few_real_images_are_told_before_a_model_is_read(
    params: Params, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("data/digits")
    folder.mkdir(parents=True)
    for name in NAMES:
        for split in SPLITS:
            labels = np.arange(59 if (name, split) == ("street", "val") else 60).astype(np.uint8) % 10
            save_digits(folder, name, split, Digits(np.zeros((len(labels), 28, 28, 3), np.uint8), labels))
    (folder / "sets.json").write_text(json.dumps({"names": NAMES}))
    with pytest.raises(InputError, match=r"^data/digits/street_val\.npz: found 5 images of the digit 9, expected 6"):
        evaluate_digits.main(params)


def test_the_scale_is_chosen_by_other_noises_and_another_reader(
    study: DigitStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    selector = SelectorNet(widths=(4, 8, 8, 8)).eval()
    read_by: list[object] = []
    from rediffuse.studies.b1_conditional_ddpm import study as module

    judge_images = module.judge_images

    def noting(reader: DigitClassifier, images: Tensor, digits: Tensor) -> Reading:
        read_by.append(reader)
        return judge_images(reader, images, digits)

    monkeypatch.setattr(module, "judge_images", noting)
    swept = study.sweep(selector)
    study.draw(5.0, 4, "")
    asked = study.model.asked  # type: ignore[attr-defined]
    assert asked == [("guidance sweep", 1.0, 60), ("guidance sweep", 5.0, 60), ("reported", 5.0, 80)]
    assert set(map(id, read_by)) == {id(selector)}
    assert sorted(swept) == [1.0, 5.0] and swept[1.0].sets.tolist() == [0] * 30 + [1] * 30
    table = sweep_table(swept, NAMES)
    assert table.n.tolist() == [30] * 4 and (table.kid_low <= table.kid).all() and (table.kid <= table.kid_high).all()


def test_scales_are_compared_image_by_image_with_the_reported_one() -> None:

    def swept(shift: float) -> SweptScale:
        hard = np.random.default_rng(1).normal(size=60)
        return SweptScale(hard < shift, hard + shift, 2 * hard - shift, np.repeat([0, 1], 30))

    found = sweep_metrics({1.0: swept(0.1), 4.5: swept(0.6), 7.0: swept(0.5)}, reported=5.0)
    assert list(found) == ["scale_1", "scale_4_5", "scale_7"]
    assert "change" not in found["scale_4_5"], "a scale less itself"
    change = found["scale_1"]["change"]
    assert change["diversity"]["mean"] == pytest.approx(-0.5) and change["kid"]["mean"] == pytest.approx(0.5)
    assert change["diversity"]["high"] - change["diversity"]["low"] < 1e-9, "the noises' own spread cancels"
    by_hand = clustered_difference(swept(0.1).right, swept(0.6).right)
    assert change["accuracy"] == {key: by_hand[key] for key in ("mean", "low", "high")}


def test_a_near_copy_lies_below_the_first_percentile_of_real_images() -> None:
    real = torch.arange(1, 1001).float()
    near = Neighbours(torch.tensor([5.0, 10.0, 11.0, 500.0]), real, torch.tensor([700.0, 900.0]), torch.empty(0))
    found = neighbour_metrics(near)
    assert found["limit"] == pytest.approx(10.99)
    assert found["copies"]["generated"]["mean"] == 0.5 and found["copies"]["test"]["mean"] == 0
    assert found["copies"]["real"]["mean"] == pytest.approx(0.01) and found["copies"]["real"]["n"] == 1000


def test_the_first_of_each_digit_and_the_rest_share_nothing(study: DigitStudy) -> None:
    reading = study.real_reading["mnistm"]
    first, rest = first_and_rest(reading, 4)
    assert len(first) == 40 and len(rest) == 50
    both = torch.cat([first, rest])
    assert torch.equal(both.sort(0).values, reading.features.sort(0).values)

"""The U-Net, the condition, and drawing from the model."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from rediffuse.diffusion.schedules import NoiseSchedule, make_scheduler
from rediffuse.diffusion.shared_params import SamplerSection, ScheduleSection
from rediffuse.models.digit_ddpm.condition import condition, drop, null_like
from rediffuse.models.digit_ddpm.model import DigitModel, each_digit
from rediffuse.models.digit_ddpm.network import DigitUNet
from rediffuse.pipeline.errors import InputError
from rediffuse.studies.b1_conditional_ddpm.export import read_course_form, save_course_form

SCHEDULE = ScheduleSection(
    beta_schedule="squaredcos_cap_v2",
    num_train_timesteps=50,
    beta_start=1e-4,
    beta_end=0.02,
    prediction_type="v_prediction",
    rescale_betas_zero_snr=False,
)


def sampler(**changes: object) -> SamplerSection:
    values = {
        "name": "ddim",
        "num_inference_steps": 4,
        "spacing": "trailing",
        "eta": 0.0,
        "clip_x0": False,
        "guidance_interval": (0.0, 1.0),
    }
    return SamplerSection.model_validate(values | changes)


@pytest.fixture
def unet() -> DigitUNet:
    torch.manual_seed(0)
    unet = DigitUNet(block_out_channels=(16, 32), layers_per_block=(1, 1), embedding_dim=16, num_train_timesteps=50)
    for parameter in unet.parameters():  # zero-initialised layers would hide every effect of the condition
        torch.nn.init.normal_(parameter, std=0.05)
    return unet.eval()


@pytest.fixture
def model(unet: DigitUNet) -> DigitModel:
    return DigitModel(unet, NoiseSchedule.of(make_scheduler(SCHEDULE)))


def test_condition_is_one_hot_digit_joined_to_one_hot_set() -> None:
    rows = condition(torch.tensor([0, 9]), torch.tensor([1, 0]))
    assert rows.tolist() == [[1] + [0] * 10 + [1], [0] * 9 + [1] + [1, 0]]


def test_dropping_takes_digit_and_set_together() -> None:
    digits, sets = torch.arange(10).repeat(400), torch.arange(2).repeat(2000)
    dropped = drop(condition(digits, sets), 0.1, torch.Generator().manual_seed(0))
    parts = dropped[:, :10].sum(1), dropped[:, 10:].sum(1)
    assert torch.equal(*parts)
    assert 0.08 < float((parts[0] == 0).double().mean()) < 0.12
    assert torch.equal(drop(dropped, 0.0, torch.Generator()), dropped)


def test_an_untrained_network_answers_zero() -> None:
    unet = DigitUNet(block_out_channels=(16, 32), layers_per_block=(1, 1))
    assert not unet(torch.randn(2, 3, 28, 28), torch.tensor([1, 400]), torch.zeros(2, 12)).any()


def test_digit_set_and_time_each_change_the_answer(unet: DigitUNet) -> None:
    x = torch.randn(1, 3, 28, 28)
    zero = torch.zeros(1, dtype=torch.long)

    def answer(digit: int, set_: int, t: int) -> torch.Tensor:
        return unet(x, zero + t, condition(zero + digit, zero + set_))

    base = answer(0, 0, 10)
    null = unet(x, zero + 10, null_like(condition(zero, zero)))
    for other in (answer(1, 0, 10), answer(0, 1, 10), answer(0, 0, 11), null):
        assert not torch.allclose(base, other, atol=1e-6)


def test_a_saved_network_answers_the_same(unet: DigitUNet, tmp_path: Path) -> None:
    unet.save_pretrained(tmp_path / "unet")
    make_scheduler(SCHEDULE).save_pretrained(tmp_path / "scheduler")
    loaded = DigitModel.from_pretrained(tmp_path, torch.device("cpu"))
    inputs = torch.randn(2, 3, 28, 28), torch.tensor([3, 40]), condition(torch.tensor([3, 4]), torch.tensor([0, 1]))
    assert torch.equal(loaded.unet(*inputs), unet(*inputs))
    assert loaded.schedule.prediction_type == "v_prediction"
    with pytest.raises(InputError, match="no digit model"):
        DigitModel.from_pretrained(tmp_path / "nowhere", torch.device("cpu"))


@pytest.mark.parametrize("name", ["ddim", "ddpm", "dpmpp"])
def test_an_image_is_the_same_alone_or_among_others(model: DigitModel, name: str) -> None:
    digits, sets = each_digit(1, 2)
    drawn = model.draw(digits, sets, sampler(name=name), 2.0, seed=1, study="test")
    fewer = model.draw(digits[:3], sets[:3], sampler(name=name), 2.0, seed=1, study="test")
    assert drawn.shape == (20, 3, 28, 28) and drawn.dtype == torch.uint8
    assert (drawn[:3].int() - fewer.int()).abs().max() <= 2  # bf16 products may round otherwise in another batch


def test_seed_and_study_change_the_noise(model: DigitModel) -> None:
    digits, sets = each_digit(1, 1)
    first = model.draw(digits, sets, sampler(), 1.0, seed=1, study="a")
    assert torch.equal(first, model.draw(digits, sets, sampler(), 1.0, seed=1, study="a"))
    assert not torch.equal(first, model.draw(digits, sets, sampler(), 1.0, seed=2, study="a"))
    assert not torch.equal(first, model.draw(digits, sets, sampler(), 1.0, seed=1, study="b"))


def test_too_many_steps_are_refused(model: DigitModel) -> None:
    digits, sets = each_digit(1, 1)
    with pytest.raises(InputError, match="num_inference_steps: found 51, at most the model's 50"):
        model.draw(digits, sets, sampler(num_inference_steps=51), 1.0, seed=1, study="a")


def test_course_form_keeps_every_pixel(tmp_path: Path) -> None:
    images = torch.randint(0, 256, (30, 3, 28, 28), dtype=torch.uint8)
    save_course_form(tmp_path / "mnistm", images)
    names = sorted(path.name for path in (tmp_path / "mnistm").iterdir())
    assert names[0] == "0_001.png" and names[-1] == "9_003.png" and len(names) == 30
    assert torch.equal(read_course_form(tmp_path / "mnistm", 3), images)

"""DDIM on the faces: the formula, diffusers, the course's grid, single images, bad noises."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from diffusers import DDIMScheduler
from torch import Tensor

from rediffuse.diffusion.sampling import ddim
from rediffuse.diffusion.schedules import NoiseSchedule
from rediffuse.models.face_ddpm.model import load_face_model
from rediffuse.pipeline.errors import InputError
from rediffuse.studies.b2_ddim.face_sampling import FaceDdim, course_or_usual
from rediffuse.studies.b2_ddim.noises import read_noises, write_noises
from tests.support.faces import faces_section

CPU = torch.device("cpu")


def course_schedule() -> NoiseSchedule:
    betas = torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)
    return NoiseSchedule(torch.cumprod(1 - betas, 0), "epsilon")


def epsilon_of(x: Tensor, t: int) -> Tensor:
    return torch.sin(3 * x) + 0.001 * t


def test_the_course_grid() -> None:
    timesteps, final = course_or_usual(course_schedule(), 50, "course")
    assert timesteps.tolist() == list(range(981, 0, -20))
    assert final == pytest.approx(1 - 1e-4)


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_the_course_grid_against_the_formula(eta: float) -> None:
    schedule = course_schedule()
    timesteps, final = course_or_usual(schedule, 50, "course")
    start = torch.randn(2, 1, 4, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    generators = [torch.Generator().manual_seed(index) for index in (7, 8)]
    for state in ddim(epsilon_of, start, schedule, timesteps, eta, generators, final_alpha_cumprod=final):
        last = state

    again = [torch.Generator().manual_seed(index) for index in (7, 8)]
    betas = torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)
    alphas = torch.cumprod(1 - betas, 0)
    x = start
    for step in range(50):
        t = 981 - 20 * step
        now, prev = alphas[t], alphas[t - 20] if step < 49 else alphas[0]
        noise = epsilon_of(x, t)
        sigma = eta * ((1 - prev) / (1 - now)).sqrt() * (1 - now / prev).sqrt()
        clean = (x - (1 - now).sqrt() * noise) / now.sqrt()
        x = prev.sqrt() * clean + (1 - prev - sigma**2).sqrt() * noise
        if eta:
            x = x + sigma * torch.stack([torch.randn(1, 4, 4, generator=one) for one in again]).double()
    torch.testing.assert_close(last.x_prev, x, rtol=1e-9, atol=1e-9)


def test_the_course_grid_is_diffusers_own_step_by_step() -> None:
    scheduler = DDIMScheduler(
        1000,
        1e-4,
        0.02,
        "linear",
        steps_offset=1,
        set_alpha_to_one=False,
        timestep_spacing="leading",
        clip_sample=False,
    )
    scheduler.set_timesteps(50)
    timesteps, final = course_or_usual(course_schedule(), 50, "course")
    assert timesteps.tolist() == scheduler.timesteps.tolist()
    x = torch.randn(2, 1, 4, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for state in ddim(epsilon_of, x, course_schedule(), timesteps, final_alpha_cumprod=final):
        x = scheduler.step(epsilon_of(x, state.t), state.t, x).prev_sample
        # diffusers' ᾱ is a product in single precision
        torch.testing.assert_close(state.x_prev, x, rtol=1e-4, atol=1e-4)


def test_an_image_is_the_same_alone_and_among_others(small_model: Path) -> None:
    study = FaceDdim(load_face_model(str(small_model), None, CPU), faces_section(), seed=5)
    x_T, generators = study.noise("eta", 6)
    among = study.draw(x_T, torch.arange(6), 1.0, 5, generators)
    x_T, generators = study.noise("eta", 6)
    alone = study.draw(x_T[5:], torch.arange(1), 1.0, 5, generators[5:])
    assert among.shape == (6, 1, 8, 8) and among.dtype == torch.uint8
    assert torch.equal(among[5:], alone)
    assert among.float().std() > 10


def test_the_published_layout_without_folders(small_model: Path, tmp_path: Path) -> None:
    """google/ddpm-celebahq-256 keeps its weights as .bin, and all its files side by side."""
    nested = load_face_model(str(small_model), None, CPU)
    torch.save(nested.unet.state_dict(), tmp_path / "diffusion_pytorch_model.bin")
    shutil.copy(small_model / "unet" / "config.json", tmp_path)
    shutil.copy(small_model / "scheduler" / "scheduler_config.json", tmp_path)
    shutil.copy(small_model / "model_index.json", tmp_path)
    flat = load_face_model(str(tmp_path), None, CPU)
    x = torch.randn(4, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    assert torch.equal(flat.denoiser()(x, 500), nested.denoiser()(x, 500))


def test_weights_that_are_no_tensors_are_refused(small_model: Path, tmp_path: Path) -> None:
    shutil.copytree(small_model, tmp_path / "model")
    (tmp_path / "model" / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    torch.save({"conv_in.weight": Path("a")}, tmp_path / "model" / "unet" / "diffusion_pytorch_model.bin")
    with pytest.raises(InputError, match="no DDPM in diffusers' layout could be loaded"):
        load_face_model(str(tmp_path / "model"), None, CPU)


def test_no_model_ends_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder; a hub id needs its commit"):
        load_face_model("google/ddpm-celebahq-256", None, CPU)
    with pytest.raises(InputError, match="no DDPM in diffusers' layout") as told:
        load_face_model(str(tmp_path), None, CPU)
    assert "\n" not in str(told.value)


def test_too_many_steps(small_model: Path) -> None:
    model = load_face_model(str(small_model), None, CPU)
    eta = {"etas": [0.0, 1.0], "num_inference_steps": 501, "noises": 10, "columns": 4}
    FaceDdim(model, faces_section(eta=eta), seed=0)
    with pytest.raises(InputError, match=r"faces\.eta\.num_inference_steps: found 501, at most 500 .*course"):
        FaceDdim(model, faces_section(eta=eta, grid="course"), seed=0)


def test_own_noises_come_first(small_model: Path, tmp_path: Path) -> None:
    own = torch.randn(3, 1, 8, 8, generator=torch.Generator().manual_seed(9))
    write_noises(tmp_path / "noises", own)
    assert sorted(path.name for path in (tmp_path / "noises").iterdir()) == ["00.pt", "01.pt", "02.pt"]
    model = load_face_model(str(small_model), None, CPU)
    usual = FaceDdim(model, faces_section(), seed=5).noise("eta", 5)[0]
    found = FaceDdim(model, faces_section(noises=str(tmp_path / "noises")), seed=5)
    assert torch.equal(found.noise("eta", 5)[0], torch.cat([own, usual[3:]]))
    assert torch.equal(found.noise("interpolation", 2)[0], own[:2])


def test_noises_are_the_same_bytes_each_time(tmp_path: Path) -> None:
    noises = torch.randn(2, 1, 8, 8, generator=torch.Generator().manual_seed(9))
    for name in ("a", "b"):
        write_noises(tmp_path / name, noises)
    assert (tmp_path / "a" / "01.pt").read_bytes() == (tmp_path / "b" / "01.pt").read_bytes()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (torch.zeros(1, 1, 9, 8), r"shape \[1, 1, 9, 8\], expected \[1, 8, 8\]"),
        ([1, 2], "found list, expected a tensor"),
        (torch.zeros(1, 1, 8, 8, dtype=torch.int64), "expected finite floats"),
        (torch.full((1, 8, 8), torch.nan), "expected finite floats"),
        (Path("x"), "not readable as a tensor"),  # a class: weights_only refuses it
    ],
)
def test_bad_noises(content: object, said: str, tmp_path: Path) -> None:
    write_noises(tmp_path / "noises", torch.zeros(2, 1, 8, 8))
    torch.save(content, tmp_path / "noises" / "01.pt")
    with pytest.raises(InputError, match=said) as told:
        read_noises(tmp_path / "noises", (1, 8, 8))
    assert "01.pt" in str(told.value) and "\n" not in str(told.value)


def test_a_missing_noise(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        read_noises(tmp_path / "none", (1, 8, 8))
    write_noises(tmp_path / "noises", torch.zeros(3, 1, 8, 8))
    (tmp_path / "noises" / "01.pt").unlink()
    with pytest.raises(InputError, match=r"found 00\.pt, 02\.pt; expected noises 00\.pt, 01\.pt"):
        read_noises(tmp_path / "noises", (1, 8, 8))

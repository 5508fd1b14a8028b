"""The DDPM of faces learns, goes on where it was killed, and can be read back by diffusers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import DDPMPipeline
from torch import Tensor

from rediffuse.data.faces.dataset import FaceSet
from rediffuse.data.faces.mirror import mirror_sum, mirrored
from rediffuse.diffusion.objectives import add_noise
from rediffuse.diffusion.schedules import NoiseSchedule, make_scheduler
from rediffuse.models.face_ddpm import training
from rediffuse.models.face_ddpm.augmentation import augmented
from rediffuse.models.face_ddpm.model import load_face_model, unfolded
from rediffuse.models.face_ddpm.params import AugmentationSection
from rediffuse.models.face_ddpm.training import ddpm_loss, fit_ddpm, make_pipeline, make_unet, training_batch
from rediffuse.pipeline.compute import make_accelerator
from rediffuse.training.resume import Checkpoint
from rediffuse.training.run import Plan
from tests.support.faces import SECTIONS, training_params

NOTHING = AugmentationSection(mirror=False, shift=0, zoom=0, turn=0, brightness=0, contrast=0)


class KilledError(Exception):
    """What a kill looks like from within."""


def trained(faces: Tensor, folder: Path, stop: int | None = None) -> tuple[dict[str, Tensor], list[float]]:
    """Weights averaged and losses; ``stop`` kills the run after so many steps."""
    params = training_params()
    plan = Plan("test", params.pace, 2, folder / "curve", Checkpoint(folder), checkpoint_every=2)
    schedule = NoiseSchedule.of(make_scheduler(params.schedule))
    batch, steps = training_batch, []

    def noted(*arguments: Any) -> Any:
        if len(steps) == stop:
            raise KilledError
        steps.append(arguments[-1])
        return batch(*arguments)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(training, "training_batch", noted)
        found = fit_ddpm(make_accelerator("cpu"), faces, schedule, params, plan)
    return found.network.state_dict(), found.losses


def test_a_killed_run_ends_in_the_same_weights(face_set: FaceSet, tmp_path: Path) -> None:
    faces = torch.from_numpy(face_set.faces)
    whole, losses = trained(faces, tmp_path / "whole")
    with pytest.raises(KilledError):
        trained(faces, tmp_path / "killed", stop=3)
    again, resumed = trained(faces, tmp_path / "killed")
    assert resumed == losses and len(losses) == 6
    assert all(torch.equal(whole[key], again[key]) for key in whole)


def test_a_batch_is_a_function_of_its_step(face_set: FaceSet) -> None:
    params, faces = training_params(), torch.from_numpy(face_set.faces)
    schedule = NoiseSchedule.of(make_scheduler(params.schedule))
    first, again, other = (training_batch(faces, schedule, params, step) for step in (3, 3, 4))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])
    assert first[0].shape == (4, 1, 8, 8) and first[0].min() >= -1 and first[0].max() <= 1
    with torch.autocast("cpu", torch.bfloat16):
        inside = training_batch(faces, schedule, params, 3)
    assert torch.equal(inside[0], first[0])


def test_the_network_sees_folded_faces(face_set: FaceSet, tmp_path: Path) -> None:
    """It is a plain UNet2DModel of more channels; the model that a study reads shows no sign of the folding."""
    network = {**SECTIONS["train_face_ddpm"]["network"], "patch_size": 2, "block_out_channels": [16, 16]}
    params = training_params(network=network)
    unet = make_unet(params)
    assert unet.config.in_channels == unet.config.out_channels == 4 and unet.config.sample_size == 4
    make_pipeline(unet, make_scheduler(params.schedule)).save_pretrained(tmp_path)
    model = load_face_model(str(tmp_path), None, torch.device("cpu"))
    assert model.shape == (1, 8, 8) and model.patch_size == 2
    seen: list[tuple[Tensor, ...]] = []
    unet.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    schedule = NoiseSchedule.of(make_scheduler(params.schedule))
    faces = torch.from_numpy(face_set.faces)
    x_0, noise, timesteps = batch = training_batch(faces, schedule, params, 0)
    ddpm_loss(unet, batch, schedule, params, torch.device("cpu"))
    x_t = add_noise(x_0, noise, schedule.alphas_cumprod[timesteps])
    torch.testing.assert_close(seen[0][:, 0], x_t[:, 0, ::2, ::2])
    torch.testing.assert_close(seen[0][:, 3], x_t[:, 0, 1::2, 1::2])


@pytest.mark.parametrize(("channels", "found"), [(1, (1, 1)), (3, (3, 1)), (4, (1, 2)), (12, (3, 2)), (9, (1, 3))])
def test_channels_tell_the_folding(channels: int, found: tuple[int, int]) -> None:
    assert unfolded(channels) == found


@pytest.mark.parametrize("channels", [0, 2, 5, 6])
def test_channels_of_no_image_are_refused(channels: int) -> None:
    with pytest.raises(ValueError, match=f"found {channels} channels"):
        unfolded(channels)


def test_no_augmentation_leaves_the_faces(face_set: FaceSet) -> None:
    faces = torch.from_numpy(face_set.faces[:5])
    found = augmented(faces, NOTHING, 25, torch.Generator().manual_seed(0), mirror_total=21)
    torch.testing.assert_close(found[:, 0], faces.float() / 127.5 - 1, atol=1e-4, rtol=0)


def test_half_of_the_faces_are_mirrored(face_set: FaceSet) -> None:
    faces = torch.from_numpy(face_set.faces)
    section = NOTHING.model_copy(update={"mirror": True})
    axis = mirror_sum(face_set.faces)
    found = augmented(faces, section, 25, torch.Generator().manual_seed(0), axis)[:, 0]
    plain = faces.float() / 127.5 - 1
    same = (found - plain).abs().amax((1, 2)) < 1e-3
    wanted = torch.from_numpy(mirrored(face_set.faces, axis)).float() / 127.5 - 1
    turned = (found - wanted).abs().amax((1, 2)) < 1e-3
    assert bool((same ^ turned).all()) and 35 <= int(turned.sum()) <= 65


@pytest.mark.parametrize("key", ["shift", "zoom", "turn", "brightness", "contrast"])
def test_each_change_changes(key: str, face_set: FaceSet) -> None:
    faces = torch.from_numpy(face_set.faces[:5])
    section = NOTHING.model_copy(update={key: 0.2 if key != "turn" else 15.0})
    found = augmented(faces, section, 25, torch.Generator().manual_seed(0), mirror_total=21)
    difference = (found[:, 0] - (faces.float() / 127.5 - 1)).abs().mean((1, 2))
    assert difference.max() > 0.02
    assert found.min() >= -1 and found.max() <= 1


def test_diffusers_reads_the_folder(small_model: Path) -> None:
    pipeline = DDPMPipeline.from_pretrained(small_model)
    assert pipeline.scheduler.config.num_train_timesteps == 1000
    assert (small_model / "unet" / "diffusion_pytorch_model.safetensors").is_file()
    pipeline.set_progress_bar_config(disable=True)
    drawn = pipeline(1, num_inference_steps=2, output_type="np", generator=torch.Generator().manual_seed(0)).images
    assert drawn.shape == (1, 8, 8, 1)

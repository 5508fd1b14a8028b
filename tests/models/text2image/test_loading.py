"""A text-to-image model is read whole out of a folder, or refused in one line."""

from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import AutoencoderKL, PNDMScheduler, UNet2DConditionModel
from safetensors.torch import load_file, save_file

from rediffuse.diffusion.schedules import NoiseSchedule
from rediffuse.models.text2image.model import load_text2image
from rediffuse.pipeline.errors import InputError
from tests.support.small_text2image import load_small

COMMIT = 40 * "a"
WEIGHTS = "diffusion_pytorch_model.safetensors"


@pytest.fixture
def copy(folders: dict[str, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(folders["v_prediction"], tmp_path / "copy"))


def refused(folder: Path | str, revision: str | None = None) -> str:
    with pytest.raises(InputError) as caught:
        load_text2image(str(folder), revision)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


def test_weights_are_those_of_the_folder(copy: Path) -> None:
    pipeline = load_small(copy).pipeline
    for part, module in (("unet", pipeline.unet), ("vae", pipeline.vae)):
        saved = load_file(copy / part / WEIGHTS)
        assert {name: value.shape for name, value in module.state_dict().items()} == {
            name: value.shape for name, value in saved.items()
        }
        assert all(torch.equal(value, saved[name]) for name, value in module.state_dict().items())
        assert not module.training


def test_weights_in_float16_are_read_as_float32(copy: Path) -> None:
    path = copy / "unet" / WEIGHTS
    half = {name: value.half() for name, value in load_file(path).items()}
    save_file(half, path, {"format": "pt"})
    unet = load_small(copy).pipeline.unet
    assert unet.dtype == torch.float32
    assert all(torch.equal(value, half[name].float()) for name, value in unet.state_dict().items())


def test_another_scheduler_becomes_ddim_over_the_same_betas(copy: Path) -> None:
    """As published: PNDM's file, which has no prediction_type."""
    scheduler = PNDMScheduler(
        beta_schedule="scaled_linear", beta_start=8.5e-4, beta_end=0.012, skip_prk_steps=True, steps_offset=1
    )
    scheduler.save_pretrained(copy / "scheduler")
    path = copy / "scheduler" / "scheduler_config.json"
    told = json.loads(path.read_text())
    del told["prediction_type"]
    path.write_text(json.dumps(told))
    index = json.loads((copy / "model_index.json").read_text())
    index["scheduler"] = ["diffusers", "PNDMScheduler"]
    (copy / "model_index.json").write_text(json.dumps(index))
    text2image = load_small(copy)
    found = text2image.pipeline.scheduler
    assert type(found).__name__ == "DDIMScheduler"
    assert torch.equal(found.betas, scheduler.betas) and found.config.prediction_type == "epsilon"
    assert (found.config.clip_sample, found.config.timestep_spacing) == (False, "trailing")
    found.set_timesteps(4)
    assert found.timesteps.tolist() == [999, 749, 499, 249]
    betas = torch.linspace(8.5e-4**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    torch.testing.assert_close(text2image.schedule.alphas_cumprod, (1 - betas).cumprod(0), rtol=1e-4, atol=0)
    assert text2image.schedule.prediction_type == "epsilon"


def test_the_schedule_is_that_of_the_training(folders: dict[str, Path]) -> None:
    text2image = load_small(folders["v_prediction"])
    assert text2image.schedule.prediction_type == "v_prediction"
    saved = NoiseSchedule.from_pretrained(folders["v_prediction"], "scheduler")
    assert torch.equal(text2image.schedule.alphas_cumprod, saved.alphas_cumprod)


def test_no_such_folder(tmp_path: Path) -> None:
    assert "no such folder; a hub id needs its commit as revision" in refused(tmp_path / "none")
    assert "no such folder" in refused("owner/name")


def test_what_is_no_pipeline_is_told_in_one_line(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "no text-to-image pipeline could be loaded" in refused(tmp_path / "empty")
    assert "no text-to-image pipeline could be loaded" in refused(copy / "unet")


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder", "tokenizer", "scheduler"])
def test_a_part_is_missing(part: str, copy: Path) -> None:
    shutil.rmtree(copy / part)
    told = "tokenizer has 2 words" if part == "tokenizer" else "no text-to-image pipeline could be loaded"
    assert told in refused(copy)


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder"])
def test_weights_are_cut_or_a_pickle(part: str, copy: Path) -> None:
    path = next((copy / part).glob("*.safetensors"))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "no text-to-image pipeline could be loaded" in refused(copy)
    path.unlink()
    torch.save({}, path.with_suffix(".bin"))
    assert "no text-to-image pipeline could be loaded" in refused(copy)  # a pickle is not even opened


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder"])
def test_missing_weights_are_not_made_up(part: str, copy: Path) -> None:
    path = next((copy / part).glob("*.safetensors"))
    weights = load_file(path)
    gone = sorted(weights)[0]
    del weights[gone]
    save_file(weights, path, {"format": "pt"})
    assert gone in refused(copy)


def test_a_tokenizer_of_another_model(copy: Path) -> None:
    path = next((copy / "text_encoder").glob("*.safetensors"))
    weights = load_file(path)
    name = next(name for name in weights if name.endswith("token_embedding.weight"))
    weights[name] = weights[name][:100].clone()
    save_file(weights, path, {"format": "pt"})
    config = json.loads((copy / "text_encoder" / "config.json").read_text())
    (copy / "text_encoder" / "config.json").write_text(json.dumps({**config, "vocab_size": 100}))
    assert "expected 3 to 100, those of its text_encoder" in refused(copy)


def test_names_of_weights_as_they_were_published(copy: Path) -> None:
    """Stable Diffusion 1.5 has an older text tower, whose names begin otherwise, and an older autoencoder."""
    wanted = load_small(copy)
    path = next((copy / "text_encoder").glob("*.safetensors"))
    names = {name.removeprefix("text_model."): value for name, value in load_file(path).items()}
    positions = {"text_model.embeddings.position_ids": torch.arange(48)[None]}
    save_file({f"text_model.{name}": value for name, value in names.items()} | positions, path, {"format": "pt"})
    found = load_small(copy)
    assert torch.equal(found.text_states(["a cat"]), wanted.text_states(["a cat"]))


def test_attention_of_an_autoencoder_as_it_was_published(copy: Path) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        vae = AutoencoderKL(**{**load_small(copy).pipeline.vae.config, "mid_block_add_attention": True})
    vae.save_pretrained(copy / "vae")
    old = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}

    def renamed(name: str) -> str:
        for new, before in old.items():
            name = name.replace(f"attentions.0.{new}.", f"attentions.0.{before}.")
        return name

    weights = {renamed(name): value.clone() for name, value in vae.state_dict().items()}
    assert sum("proj_attn" in name for name in weights) == 4
    save_file(weights, copy / "vae" / WEIGHTS, {"format": "pt"})
    found = load_small(copy).pipeline.vae.state_dict()
    assert all(torch.equal(value, found[name]) for name, value in vae.state_dict().items())


def test_without_a_network_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str, **options: Any) -> None:
        assert (options["revision"], options["use_safetensors"]) == (COMMIT, True)
        assert "local_files_only" not in options
        raise OSError("We couldn't connect\nto load the files. Check your connection.")

    monkeypatch.setattr(UNet2DConditionModel, "from_pretrained", refuse)
    told = refused("owner/name", COMMIT)
    assert told == (
        f"owner/name at {COMMIT}: no text-to-image pipeline could be loaded: We couldn't connect to load the files; "
        "needs the internet, or a folder as model and revision null"
    )


def test_a_hub_id_while_offline(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """By the libraries' own way, to the line that the user sees, with no warning before it."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with warnings.catch_warnings(action="error"):
        told = refused("no-such-owner/no-such-model", COMMIT)
    assert told.startswith(f"no-such-owner/no-such-model at {COMMIT}: no text-to-image pipeline could be loaded: ")
    assert told.endswith("; needs the internet, or a folder as model and revision null")
    assert capfd.readouterr() == ("", "")


def test_a_folder_is_read_without_a_network(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr("socket.socket.connect", refuse)
    assert load_small(folders["epsilon"]).shape == (4, 8, 8)


def test_loading_says_nothing(folders: dict[str, Path], capfd: pytest.CaptureFixture[str]) -> None:
    load_small(folders["v_prediction"])
    assert capfd.readouterr() == ("", "")

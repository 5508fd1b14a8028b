"""A training that is killed, in either half, ends in the same bytes; what it leaves is a pipeline that draws."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate.state import AcceleratorState
from diffusers import StableDiffusionPipeline

from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.models.clip.embedding import Clip
from rediffuse.models.text2image import autoencoder_training, training
from rediffuse.models.text2image.model import load_text2image
from rediffuse.models.text2image.params import Params
from rediffuse.models.text2image.shared_params import DrawingSection
from rediffuse.models.text2image.things import learned_things
from rediffuse.models.text2image.training import train_text2image
from rediffuse.pipeline.errors import InputError
from tests.support.text2image import Changed

NAME = "train_text2image"
FOLDER = "models/text2image"


class KilledError(Exception):
    """What a kill looks like from within."""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to train in; accelerate keeps its state for the whole process, so it is forgotten."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dvc.yaml").write_text(f"stages: {{{NAME}: {{deps: []}}}}\n")
    AcceleratorState._reset_state(reset_partial_state=True)
    yield tmp_path
    AcceleratorState._reset_state(reset_partial_state=True)


class Steps:
    """Which steps of the two halves are done; the one named is never finished."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, kill: tuple[str, int] | None = None) -> None:
        self.done: dict[str, list[int]] = {"autoencoder_batch": [], "unet_batch": []}
        for module, name in ((autoencoder_training, "autoencoder_batch"), (training, "unet_batch")):
            monkeypatch.setattr(module, name, self.noting(name, getattr(module, name), kill))

    def noting(self, name: str, batch: Any, kill: tuple[str, int] | None) -> Any:
        def noted(*arguments: Any) -> Any:
            if (name, arguments[-1]) == kill:
                raise KilledError
            self.done[name].append(arguments[-1])
            return batch(*arguments)

        return noted


def outs(project: Path) -> dict[str, bytes]:
    files = sorted(path for folder in ("models", "plots") for path in (project / folder).rglob("*") if path.is_file())
    return {str(path.relative_to(project)): path.read_bytes() for path in files}


def checkpoints(project: Path) -> list[Path]:
    return list((project / ".rediffuse/checkpoints").rglob("state.pt"))


def test_killed_in_either_half_and_resumed_ends_in_the_same_bytes(
    pictures: PictureSet, clip: Clip, changed: Changed, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    params = changed()

    def run(kill: tuple[str, int] | None = None) -> dict[str, list[int]]:
        with monkeypatch.context() as patched:
            steps = Steps(patched, kill)
            if kill is None:
                train_text2image(NAME, pictures, clip, params, FOLDER)
            else:
                with pytest.raises(KilledError):
                    train_text2image(NAME, pictures, clip, params, FOLDER)
                assert not (project / "models").exists() and not (project / "plots").exists()
        return steps.done

    assert run() == {"autoencoder_batch": list(range(6)), "unet_batch": list(range(8))}
    whole = outs(project)
    assert f"{FOLDER}/unet/diffusion_pytorch_model.safetensors" in whole
    assert json.loads(whole[f"{FOLDER}/things.json"]) == {
        "things": [pictures.things[n] for n in learned_things(pictures, 8)]
    }
    assert {f"plots/{NAME}/{part}/plots/metrics/loss.tsv" for part in ("autoencoder", "unet")} <= set(whole)
    assert not checkpoints(project)

    for path in ("models", "plots"):
        (project / path).rename(project / f"first_{path}")
    run(("autoencoder_batch", 4))
    assert len(checkpoints(project)) == 1
    assert run(("unet_batch", 5)) == {"autoencoder_batch": [3, 4, 5], "unet_batch": [0, 1, 2, 3, 4]}
    assert len(checkpoints(project)) == 2
    assert run(("unet_batch", 7)) == {"autoencoder_batch": [], "unet_batch": [3, 4, 5, 6]}
    assert run() == {"autoencoder_batch": [], "unet_batch": [6, 7]}
    assert outs(project) == whole
    assert not checkpoints(project)


def test_too_many_things_are_told_before_a_step(
    pictures: PictureSet, clip: Clip, changed: Changed, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = Steps(monkeypatch)
    with pytest.raises(InputError, match="things: found 12, allowed at most 11"):
        train_text2image(NAME, pictures, clip, changed(things=12), FOLDER)
    assert steps.done == {"autoencoder_batch": [], "unet_batch": []}


def test_another_seed_gives_another_model(pictures: PictureSet, clip: Clip, changed: Changed, project: Path) -> None:
    found = []
    for seed in (1, 1, 2):
        train_text2image(NAME, pictures, clip, changed(seed=seed), FOLDER)
        found.append(outs(project))
    weights = [each[f"{FOLDER}/unet/diffusion_pytorch_model.safetensors"] for each in found]
    assert found[0] == found[1] and weights[0] != weights[2]


def test_what_is_saved_is_a_pipeline_that_draws(
    pictures: PictureSet, clip: Clip, changed: Changed, project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    params = changed()
    train_text2image(NAME, pictures, clip, params, FOLDER)
    assert "Warning" not in capfd.readouterr().err
    pipeline = StableDiffusionPipeline.from_pretrained(FOLDER, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    images = pipeline("a cat by day", num_inference_steps=2, output_type="pt").images
    assert images.shape == (1, 3, 16, 16) and bool(torch.isfinite(images).all())

    text2image = load_text2image(FOLDER, None, batch_size=2)
    assert text2image.shape == (4, 4, 4)
    told = params.schedule.model_dump()
    assert {key: text2image.pipeline.scheduler.config[key] for key in told} == told
    states = text2image.text_states(["a cat by day", ""])
    drawing = DrawingSection(num_inference_steps=2, guidance_scale=2.0)
    assert text2image.draw(states[:1], states[1:], text2image.noise(0, "x", range(1)), drawing).shape == (1, 3, 16, 16)


def test_it_learns(pictures: PictureSet, clip: Clip, changed: Changed, project: Path) -> None:
    section = changed().autoencoder.model_dump() | {"steps": 150, "batch_size": 8}
    params: Params = changed(autoencoder=section, steps=40, batch_size=16, defects=0.0, log_every=10)
    train_text2image(NAME, pictures, clip, params, FOLDER)
    for part in ("autoencoder", "unet"):
        rows = (project / f"plots/{NAME}/{part}/plots/metrics/loss.tsv").read_text().split("\n")[1:-1]
        losses = [float(row.split("\t")[-1]) for row in rows]
        assert losses[-1] < 0.8 * losses[0], (part, losses)

"""Every model is loaded by the one loader: whole and finite, or refused in one line that names it."""

from __future__ import annotations

import ast
import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from rediffuse.diffusion.schedules import NoiseSchedule, make_scheduler
from rediffuse.models.controlnet.model import DECODER
from rediffuse.models.loading import check_answer, check_weights
from rediffuse.pipeline.errors import InputError
from tests.support.faces import small_model, training_params
from tests.support.model_folders import GONE, LOAD, SPOIL, changed, leaves, load, models, spoil, weights_of
from tests.support.text2image import folders

__all__ = ["folders", "load", "models", "small_model", "spoil"]

SOURCE = Path(__file__).parents[2] / "src"

# (kind, folder of the weights)
WEIGHTS = [
    ("judge", ""),
    ("selector", ""),
    ("picture_judge", ""),
    ("digits", "unet"),
    ("faces", "unet"),
    ("clip", ""),
    ("text2image", "unet"),
    ("text2image", "vae"),
    ("text2image", "text_encoder"),
    ("controlnet", ""),
    ("controlnet_with_unet", "unet"),
]
CONFIGS = [*((kind, f"{part}/config.json".lstrip("/")) for kind, part in WEIGHTS)]
CONFIGS += [(kind, "scheduler/scheduler_config.json") for kind in ("digits", "faces", "text2image")]


def refused(load: LOAD, kind: str, folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        load(kind, folder)
    line = str(caught.value)
    assert len(line.splitlines()) == 1 and line.startswith(str(folder))
    return line


def test_the_small_models_load(models: dict[str, Path], load: LOAD) -> None:
    for kind, folder in models.items():
        assert load(kind, folder) is not None


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize(("kind", "part"), WEIGHTS)
def test_weights_that_are_no_numbers(kind: str, part: str, value: float, load: LOAD, spoil: SPOIL) -> None:
    folder = spoil(kind)
    weights = load_file(weights_of(folder, part))
    name = sorted(name for name, tensor in weights.items() if tensor.is_floating_point())[-1]
    weights[name].view(-1)[-1] = value
    save_file(weights, weights_of(folder, part), {"format": "pt"})
    line = refused(load, kind, folder)
    assert "found 1 weights that are NaN or infinite" in line and name.split(".")[-1] in line


@pytest.mark.parametrize(("kind", "part"), WEIGHTS)
def test_finite_weights_whose_answer_is_not(kind: str, part: str, load: LOAD, spoil: SPOIL) -> None:
    folder = spoil(kind)
    weights = load_file(weights_of(folder, part))
    read = DECODER if kind == "controlnet_with_unet" else ""  # the rest of this U-Net must be the model's
    for name, tensor in weights.items():
        if tensor.is_floating_point() and "running" not in name and name.startswith(read):
            tensor.fill_(3e38)
    save_file(weights, weights_of(folder, part), {"format": "pt"})
    assert "NaN or infinite, though the weights are finite" in refused(load, kind, folder)


@pytest.mark.parametrize(("kind", "part"), WEIGHTS)
def test_one_weight_is_missing(kind: str, part: str, load: LOAD, spoil: SPOIL) -> None:
    folder = spoil(kind)
    weights = load_file(weights_of(folder, part))
    del weights[sorted(weights)[0]]
    save_file(weights, weights_of(folder, part), {"format": "pt"})
    assert "weights are missing" in refused(load, kind, folder)


@pytest.mark.parametrize(("kind", "part"), WEIGHTS)
def test_weights_are_cut_or_gone(kind: str, part: str, load: LOAD, spoil: SPOIL) -> None:
    folder = spoil(kind)
    path = weights_of(folder, part)
    path.write_bytes(path.read_bytes()[:100])
    assert "could be loaded" in refused(load, kind, folder)
    path.unlink()
    assert "could be loaded" in refused(load, kind, folder)


@pytest.mark.parametrize("content", ["", "null", "[]", "3", "{", "{}", "[" * 100_000, '{"a": ' + "9" * 5_000 + "}"])
@pytest.mark.parametrize(("kind", "config"), CONFIGS)
def test_a_configuration_that_is_none(kind: str, config: str, content: str, load: LOAD, spoil: SPOIL) -> None:
    folder = spoil(kind)
    (folder / config).write_text(content)
    assert config in refused(load, kind, folder)


@pytest.mark.parametrize("value", [None, -1, 0, 1_000_000, "many", [], [1_000_000] * 4, GONE], ids=repr)
@pytest.mark.parametrize(("kind", "config"), [case for case in CONFIGS if case[0] in ("judge", "digits", "faces")])
def test_any_key_of_a_configuration_is_right_or_one_line(
    kind: str, config: str, value: Any, load: LOAD, spoil: SPOIL
) -> None:
    folder = spoil(kind)
    told = json.loads((folder / config).read_text())
    for path in leaves(told):
        (folder / config).write_text(json.dumps(changed(told, path, value)))
        try:
            load(kind, folder)
        except InputError as error:
            assert str(error).startswith(str(folder)) and len(str(error).splitlines()) == 1


@pytest.mark.parametrize(
    ("kind", "config", "key", "value"),
    [
        ("judge", "config.json", "widths", [1_000_000] * 4),
        ("judge", "config.json", "widths", [-8] * 4),
        ("judge", "config.json", "widths", ["a"] * 4),
        ("judge", "config.json", "widths", None),
        ("picture_judge", "config.json", "blocks", [1_000_000] * 3),
        ("picture_judge", "config.json", "things", ["cat"]),
        ("digits", "unet/config.json", "condition_dim", -3),
        ("digits", "unet/config.json", "mid_layers", 1_000_000),
        ("digits", "scheduler/scheduler_config.json", "trained_betas", [0.1, 5.0]),
        ("digits", "scheduler/scheduler_config.json", "beta_schedule", "cosine"),
        ("digits", "scheduler/scheduler_config.json", "prediction_type", "noise"),
        ("digits", "scheduler/scheduler_config.json", "num_train_timesteps", 0),
        ("faces", "unet/config.json", "in_channels", 2),
        ("faces", "unet/config.json", "layers_per_block", 1_000_000),
        ("faces", "scheduler/scheduler_config.json", "num_train_timesteps", -5),
        ("clip", "config.json", "projection_dim", 7),
        ("text2image", "unet/config.json", "cross_attention_dim", 16),
        ("text2image", "unet/config.json", "sample_size", None),
        ("text2image", "vae/config.json", "latent_channels", 3),
        ("text2image", "text_encoder/config.json", "num_hidden_layers", 1_000_000),
        ("controlnet", "config.json", "block_out_channels", [1_000_000, 1_000_000]),
    ],
)
def test_absurd_configurations(kind: str, config: str, key: str, value: Any, load: LOAD, spoil: SPOIL) -> None:
    folder = spoil(kind)
    told = json.loads((folder / config).read_text())
    assert key in told
    (folder / config).write_text(json.dumps({**told, key: value}))
    refused(load, kind, folder)


@pytest.mark.parametrize(("kind", "part"), WEIGHTS)
def test_a_pipe_is_not_waited_for(kind: str, part: str, load: LOAD, spoil: SPOIL) -> None:
    folder = spoil(kind)
    for path in (folder / part / "config.json", weights_of(folder, part)):
        content = path.read_bytes()
        path.unlink()
        os.mkfifo(path)
        assert f"{path}: found a pipe, socket or device" in refused(load, kind, folder)
        path.unlink()
        path.write_bytes(content)
    load(kind, folder)


def test_a_checked_network_may_hold_integers_and_nothing_else_that_is_odd() -> None:
    network = torch.nn.BatchNorm1d(3)
    check_weights(network)
    network.running_var[1] = torch.nan  # a buffer
    with pytest.raises(InputError, match=r"^part: running_var: found 1 weights"):
        check_weights(network, "part: ")
    with pytest.raises(InputError, match="weights are missing, weight among them"):
        check_weights(torch.nn.Linear(2, 2, device="meta"))


def test_answers_are_of_their_shape_and_finite() -> None:
    check_answer(torch.ones(1, 2), (1, 2), "its answer")
    with pytest.raises(InputError, match=r"^its answer has the shape \[1, 2\], expected \[2, 1\]$"):
        check_answer(torch.ones(1, 2), (2, 1), "its answer")
    with pytest.raises(InputError, match=r"^its answer is NaN or infinite"):
        check_answer(torch.tensor([[1.0, torch.inf]]), (1, 2), "its answer")


def test_betas_of_no_schedule() -> None:
    scheduler = make_scheduler(training_params().schedule)
    for betas in (torch.tensor([]), torch.tensor([0.1, 1.5]), torch.tensor([-0.1]), torch.tensor([torch.nan])):
        scheduler.betas = betas
        with pytest.raises(ValueError, match="expected one or more, all from 0 to 1"):
            NoiseSchedule.of(scheduler)


def test_no_model_is_loaded_past_the_loader() -> None:
    """Each function that calls ``from_pretrained`` does it within ``loading``, or is called there."""
    inside = {"read_network", "read_pipeline", "NoiseSchedule.from_pretrained"}
    for path in sorted((SOURCE / "rediffuse").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
            loads = any(isinstance(call, ast.Attribute) and call.attr == "from_pretrained" for call in calls)
            wrapped = any(isinstance(call, ast.Name) and call.id == "loading" for call in calls)
            allowed = function.name in inside or (path.name == "schedules.py" and function.name == "from_pretrained")
            assert not loads or wrapped or allowed, f"{path}: {function.name}"

"""Run the studies on models of full size and random weights: whether they run, in what time and memory.

    python -m tests.support.random_clip /tmp/clip
    python -m tests.support.random_stable_diffusion /tmp/stable_diffusion
    python -m tests.support.rehearse /tmp/stable_diffusion /tmp/clip [--side 128] [--batch-size 1] [STAGE ...]

Each stage runs in a copy of stages, src and params.yaml, with data and models of this tree linked beside it. Its
section is that of params.yaml with the profile hub, batch sizes included, laid over with the folders, two steps of
denoising and the smallest counts that its schema allows. STAGE names some of the stages; without it all run that are
given a text-to-image model or a CLIP. What they measure means nothing. One line is printed for each: seconds, peak
memory of the process, peak memory of the GPU, and how it ended. Without a GPU its peak is estimated
(``tests.support.gpu_memory``). For a machine without a GPU, ``--side`` generates smaller pictures with the same weights
and ``--batch-size`` smaller batches: at 512 pixels one picture takes a minute on two cores, and a study generates
dozens. This is no test: it takes minutes and half a dozen gigabytes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from ruamel.yaml import YAML

from rediffuse.models.clip.shared_params import ClipModelSection
from rediffuse.models.text2image.shared_params import TextToImageSection
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import read_yaml, validate
from tests.support.gpu_memory import estimates
from tools.apply_profile import overlay
from tools.check_params import schemas

ROOT = Path(__file__).parents[2]
STEPS = 2
KEPT = ("seed", "batch_size", "num_inference_steps", "guidance_scale")  # no counts of what is measured
SHORTEST = 2  # of a list that is cut; one alone may be no curve
PASSES = 3  # over the section: one number may hold up another


def rehearsed(section: dict[str, Any], name: str, model: Path, clip: Path) -> dict[str, Any]:
    """The section of a stage, laid over with the folders and made as small as its schema allows.

    Batch sizes stay: they decide how much memory is needed. A ControlNet is looked for beside the model.
    """
    drawn = issubclass(schemas()[name], TextToImageSection)
    section = {**section, "model": str(model if drawn else clip), "revision": None}
    section = with_folder_of_clip(section, clip) if drawn else section
    if "controlnet" in section:
        section = {**section, "controlnet": str(model / "controlnet"), "controlnet_revision": None}
    section = with_steps(section)
    for _ in range(PASSES):
        for path in list(numbers(section)):
            section = smallest(section, path, name)
    return section


def hub_section(name: str) -> dict[str, Any]:
    """The section of a stage with the profile ``hub`` laid over it."""
    section: dict[str, Any] = read_yaml(ROOT / "params.yaml")[name]
    overlay(section, read_yaml(ROOT / "profiles/hub.yaml").get(name, {}), f"{name}.")
    return section


def with_batch_size(value: Any, batch_size: int) -> Any:
    """Every ``batch_size`` within is at most this one."""
    if not isinstance(value, dict):
        return value
    smaller = {key: with_batch_size(inner, batch_size) for key, inner in value.items()}
    return {key: min(inner, batch_size) if key == "batch_size" else inner for key, inner in smaller.items()}


def studies() -> list[str]:
    """The stages that are given a text-to-image model or a CLIP."""
    return [name for name, schema in schemas().items() if issubclass(schema, (TextToImageSection, ClipModelSection))]


def with_side(model: Path, side: int, folder: Path) -> Path:
    """The model at another size of picture, in ``folder``: weights linked, two lines of the configuration changed."""
    for part in model.iterdir():
        (folder / part.name).mkdir() if part.is_dir() else (folder / part.name).symlink_to(part)
        for file in part.iterdir() if part.is_dir() else ():
            (folder / part.name / file.name).symlink_to(file)
    factor = 2 ** (len(json.loads((model / "vae/config.json").read_text())["block_out_channels"]) - 1)
    for name, size in (("unet", side // factor), ("vae", side)):
        path = folder / name / "config.json"
        config = {**json.loads(path.read_text()), "sample_size": size}
        path.unlink()
        path.write_text(json.dumps(config))
    return folder


def with_folder_of_clip(section: dict[str, Any], clip: Path) -> dict[str, Any]:
    """Wherever a section of a text-to-image study names a CLIP: this folder, without a revision."""
    told = {"model": str(clip), "revision": None}
    return {
        key: {**value, **told} if isinstance(value, dict) and set(told) <= set(value) else value
        for key, value in section.items()
    }


def with_steps(value: Any) -> Any:
    """Every ``num_inference_steps`` within is ``STEPS``, and a film shows the last of them."""
    told = {"num_inference_steps": STEPS, "film_steps": [STEPS]}
    if isinstance(value, dict):
        return {key: told[key] if key in told else with_steps(inner) for key, inner in value.items()}
    return value


def numbers(section: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where whole numbers and lists of the section stand that may say how much is done."""
    for key, value in section.items():
        if isinstance(value, dict):
            if key != "words":  # what is asked, and of how many things
                yield from numbers(value, (*path, key))
        elif key not in KEPT and ((isinstance(value, int) and not isinstance(value, bool)) or isinstance(value, list)):
            yield (*path, key)


def smallest(section: dict[str, Any], path: tuple[str, ...], name: str) -> dict[str, Any]:
    """The section with the least value at ``path`` that the schema takes together with all others."""
    value = at(section, path)
    tries: list[Any] = []
    if isinstance(value, list) and len(value) > SHORTEST:  # the first and another one, else the first few
        tries = [[value[0], other] for other in value[1:]] + [value[:count] for count in range(3, len(value))]
    if isinstance(value, int):
        tries = [count for count in (1, 2, 3, 4, 5, 8, 10, 20) if count < value]
    for found in tries:
        changed = replaced(section, path, found)
        try:
            validate(schemas()[name], changed, name)
        except InputError:
            continue
        return changed
    return section


def at(section: dict[str, Any], path: tuple[str, ...]) -> Any:
    """What stands at ``path``."""
    found: Any = section
    for key in path:
        found = found[key]
    return found


def replaced(section: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """A copy with ``value`` at ``path``."""
    key, *rest = path
    return {**section, key: replaced(section[key], tuple(rest), value) if rest else value}


def gpu_memory(name: str, measured: Path, estimated: dict[str, float]) -> str:
    """The peak of a stage's GPU memory in words: measured, else estimated, else unknown."""
    if measured.exists():
        return f"{int(measured.read_text()) / 1e9:.1f} GB of GPU memory"
    return f"{estimated[name]:.1f} GB of GPU memory (estimate)" if name in estimated else "GPU memory unknown"


def run(root: Path, name: str, estimated: dict[str, float]) -> str:
    """Run a stage in ``root``; how it went, in one line."""
    measured = root / f"{name}.peak"
    environment = {**os.environ, "PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}"}
    start = time.perf_counter()
    command = [sys.executable, "-m", "tests.support.with_peak", str(measured), f"stages.{name}"]
    process = subprocess.Popen(command, cwd=root, env=environment, stderr=sys.stderr)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    memory = f"{usage.ru_maxrss / 1e6:.1f} GB, {gpu_memory(name, measured, estimated)}"
    return f"{name}: {seconds:.0f} s, {memory}, exit code {process.returncode}"


def main() -> None:
    """Rehearse the stages that the command line names, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("clip", type=Path)
    parser.add_argument("stages", nargs="*")
    parser.add_argument("--side", type=int, help="pixels of a picture's side, a multiple of 64; else the model's own")
    parser.add_argument("--batch-size", type=int, help="largest batch; else the profile's own")
    told = parser.parse_intermixed_args()  # stages behind an option, too
    estimated = {} if torch.cuda.is_available() else estimates()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for part in ("src", "stages", "tests", "data", "dvc.yaml"):
            (root / part).symlink_to(ROOT / part)
        (root / "models").mkdir()
        model = told.model.resolve()
        if told.side:
            (root / "smaller").mkdir()
            model = with_side(model, told.side, root / "smaller")
        chosen = told.stages or studies()
        stages = read_yaml(ROOT / "dvc.yaml")["stages"]
        outs = [out for name in chosen for out in stages[name]["outs"]]
        made_here = {out if isinstance(out, str) else next(iter(out)) for out in outs}
        for made in (ROOT / "models").iterdir():
            if f"models/{made.name}" not in made_here:
                (root / "models" / made.name).symlink_to(made.resolve())
        for name in chosen:
            section = rehearsed(hub_section(name), name, model, told.clip.resolve())
            section = with_batch_size(section, told.batch_size) if told.batch_size else section
            with (root / "params.yaml").open("w") as file:
                YAML().dump({name: section}, file)
            print(run(root, name, estimated), flush=True)


if __name__ == "__main__":
    main()

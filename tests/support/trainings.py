"""Every training on tiny parameters, on any device, as a study of how it runs: read, killed, resumed, captured."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate.state import AcceleratorState

from rediffuse.data.digits.tensors import DigitTensors
from rediffuse.data.faces.dataset import packaged_faces
from rediffuse.diffusion.schedules import NoiseSchedule, make_scheduler
from rediffuse.models.clip import training as clip
from rediffuse.models.clip.params import Params as ClipParams
from rediffuse.models.controlnet import training as controlnet
from rediffuse.models.controlnet.params import Params as ControlNetParams
from rediffuse.models.digit_classifier import training as digit_classifier
from rediffuse.models.digit_classifier.judge_params import Params as DigitJudgeParams
from rediffuse.models.digit_classifier.model import JudgeNet
from rediffuse.models.digit_ddpm import training as digit_ddpm
from rediffuse.models.digit_ddpm.params import Params as DigitParams
from rediffuse.models.face_ddpm import training as face_ddpm
from rediffuse.models.picture_judge import training as picture_judge
from rediffuse.models.picture_judge.params import Params as JudgeParams
from rediffuse.models.text2image import autoencoder_training
from rediffuse.models.text2image import training as text2image
from rediffuse.models.text2image.latents import make_latents
from rediffuse.models.text2image.text_states import TextStates
from rediffuse.models.text2image.things import learned_things
from rediffuse.pipeline.compute import make_accelerator
from rediffuse.pipeline.params import read_yaml
from rediffuse.training.fit import Trained, fit, plan_training
from tests.support.faces import training_params
from tests.support.small_clip import TOWER
from tests.support.small_pictures import small_pictures
from tests.support.small_text2image import load_small, save_small_pipeline
from tests.support.text2image import small_params

SECTIONS = read_yaml(Path(__file__).parents[2] / "params.yaml")
STEPS = 12
SHORT: dict[str, Any] = {"steps": STEPS, "warmup": 2, "batch_size": 8, "log_every": 4, "checkpoint_every": 4}


class KilledError(Exception):
    """What a kill looks like from within."""


@dataclass
class Run:
    """How the trainings run.

    Attributes:
        device: as in params.yaml.
        stop: the step before whose batch the training is killed.
        making: entered while a batch is made.
        running: entered while ``fit`` runs.
        trained: what each ``fit`` gave, in order.
    """

    device: str = "cpu"
    stop: int | None = None
    making: Callable[[], AbstractContextManager[Any]] = nullcontext
    running: Callable[[], AbstractContextManager[Any]] = nullcontext
    trained: list[Trained[Any]] = field(default_factory=list)

    def fit(self, accelerator: Any, network: Any, optimizers: Any, batch_at: Any, *rest: Any, **options: Any) -> Any:
        """``fit``, watched."""

        def made(step: int) -> Any:
            if step == self.stop:
                raise KilledError
            with self.making():
                return batch_at(step)

        with self.running():
            found = fit(accelerator, network, optimizers, made, *rest, **options)
        self.trained.append(found)
        return found

    def section(self, schema: Any, stage: str, **changes: Any) -> Any:
        return schema.model_validate({**SECTIONS[stage], **SHORT, "device": self.device, **changes})


def tiny_digits(count: int = 40) -> DigitTensors:
    images = torch.randint(0, 256, (count, 3, 28, 28), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    rows = torch.arange(count)
    return DigitTensors(images, rows % 10, rows // 2 % 2, ["mnistm", "street"])


def _digit_ddpm(run: Run) -> None:
    network = {"block_out_channels": [16, 32], "layers_per_block": [1, 1], "embedding_dim": 32, "attention_heads": 2}
    network = {**SECTIONS["train_digit_ddpm"]["network"], **network}
    params, accelerator = run.section(DigitParams, "train_digit_ddpm", network=network), make_accelerator(run.device)
    schedule = NoiseSchedule.of(make_scheduler(params.schedule))
    plan = plan_training(accelerator, "train_digit_ddpm", params, "digits")
    digit_ddpm.fit_ddpm(accelerator, tiny_digits(), schedule, params, plan)


def _face_ddpm(run: Run) -> None:
    params, accelerator = training_params(**SHORT, device=run.device), make_accelerator(run.device)
    schedule = NoiseSchedule.of(make_scheduler(params.schedule))
    plan = plan_training(accelerator, "train_face_ddpm", params, "faces")
    face_ddpm.fit_ddpm(accelerator, torch.from_numpy(packaged_faces().faces), schedule, params, plan)


def _digit_judge(run: Run) -> None:
    params = run.section(DigitJudgeParams, "train_digit_judge", widths=[8, 8, 16, 16])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(digit_classifier, "load_split", lambda *_: tiny_digits())
        digit_classifier.train_on_half("train_digit_judge", JudgeNet, 0, params, "models/digit_judge")


def _picture_judge(run: Run) -> None:
    small = {"image_size": 16, "widths": [8, 16, 16], "blocks": [1, 1, 1]}
    params = run.section(JudgeParams, "train_picture_judge", **small)
    picture_judge.train_judge("train_picture_judge", small_pictures(), params, "models/picture_judge")


def _clip(run: Run) -> None:
    small = {
        "vision": {**TOWER, "image_size": 16, "patch_size": 8},
        "text": {**TOWER, "vocab_size": 800, "max_position_embeddings": 48},
        "projection_dim": 24,
        "captions": 8,
        "masking": {"ratio": 0.5, "unmasked": 0.5},
    }
    params = run.section(ClipParams, "train_clip", **small)
    clip.train_clip("train_clip", small_pictures(), params, "models/clip")


def _text2image(run: Run) -> None:
    section = small_params().autoencoder.model_dump() | {"steps": STEPS, "warmup": 2}
    params = small_params(**SHORT, device=run.device, autoencoder=section)
    accelerator, pictures = make_accelerator(run.device), small_pictures()
    plan = plan_training(accelerator, "train_text2image", params, "a", part="autoencoder", length=params.autoencoder)
    autoencoder = autoencoder_training.fit_autoencoder(accelerator, pictures, params, plan).network.autoencoder
    learned = make_latents(autoencoder.eval().requires_grad_(False), pictures, params)
    pipeline = _pipeline(run).pipeline
    text2image.fit_unet(
        accelerator,
        learned,
        TextStates(pipeline.tokenizer, pipeline.text_encoder),
        params,
        plan_training(accelerator, "train_text2image", params, "u", part="unet"),
    )


def _controlnet(run: Run) -> None:
    small = {"conditioning_channels": [4, 8, 16], "pictures": 20}
    params, accelerator = run.section(ControlNetParams, "train_controlnet", **small), make_accelerator(run.device)
    model = _pipeline(run)
    sketched = controlnet.make_sketched(model, small_pictures(), learned_things(small_pictures(), 8), params)
    plan = plan_training(accelerator, "train_controlnet", params, "controlnet")
    controlnet.fit_controlnet(accelerator, model, sketched, params, plan)


def _pipeline(run: Run) -> Any:
    folder = Path("pipeline")
    if not folder.exists():
        save_small_pipeline(folder, small_pictures())
    model = load_small(folder)
    model.pipeline.to("cpu" if run.device == "cpu" else "cuda")
    return model


TRAININGS: dict[str, Callable[[Run], None]] = {
    "digit_ddpm": _digit_ddpm,
    "face_ddpm": _face_ddpm,
    "digit_judge": _digit_judge,
    "picture_judge": _picture_judge,
    "clip": _clip,
    "text2image": _text2image,
    "controlnet": _controlnet,
}
MODULES = (digit_ddpm, face_ddpm, digit_classifier, picture_judge, clip, autoencoder_training, text2image, controlnet)


def train_tiny(name: str, run: Run, folder: Path) -> list[Trained[Any]]:
    """Run a training in ``folder``, which may hold the checkpoint of an earlier run; what each ``fit`` gave."""
    folder.mkdir(parents=True, exist_ok=True)
    AcceleratorState._reset_state(reset_partial_state=True)
    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.chdir(folder)
            stages = "\n".join(f"  {stage}: {{deps: []}}" for stage in SECTIONS)
            Path("dvc.yaml").write_text(f"stages:\n{stages}\n", encoding="utf-8")
            for module in MODULES:
                patched.setattr(module, "fit", run.fit)
            TRAININGS[name](run)
    finally:
        AcceleratorState._reset_state(reset_partial_state=True)
    return run.trained

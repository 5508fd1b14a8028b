"""One step of every training that processes can share, and the refusals of the others; run alone or by torchrun.

Its argument is the file that the main process writes: the gradients of each training, and the messages.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from rediffuse.data.digits.tensors import DigitTensors
from rediffuse.data.faces.dataset import packaged_faces
from rediffuse.diffusion.schedules import NoiseSchedule, make_scheduler
from rediffuse.models.clip.params import Params as ClipParams
from rediffuse.models.clip.training import train_clip
from rediffuse.models.controlnet import training as controlnet
from rediffuse.models.controlnet.params import Params as ControlNetParams
from rediffuse.models.digit_classifier.judge_params import Params as DigitJudgeParams
from rediffuse.models.digit_classifier.model import JudgeNet
from rediffuse.models.digit_classifier.training import train_on_half
from rediffuse.models.digit_ddpm import training as digit_ddpm
from rediffuse.models.digit_ddpm.params import Params as DigitParams
from rediffuse.models.face_ddpm import training as face_ddpm
from rediffuse.models.picture_judge.params import Params as JudgeParams
from rediffuse.models.picture_judge.training import train_judge
from rediffuse.models.text2image import autoencoder_training
from rediffuse.models.text2image import training as text2image
from rediffuse.models.text2image.latents import make_latents
from rediffuse.models.text2image.text_states import TextStates
from rediffuse.models.text2image.things import learned_things
from rediffuse.pipeline import compute
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import read_yaml
from rediffuse.studies.b3b_personalization.params import Params as PersonalizeParams
from rediffuse.training.fit import plan_training, save_trained
from stages import personalize
from tests.support.faces import training_params
from tests.support.small_pictures import small_pictures
from tests.support.small_text2image import load_small, save_small_pipeline
from tests.support.text2image import small_params

SECTIONS = read_yaml(Path(__file__).parents[2] / "params.yaml")
ONE_STEP: dict[str, Any] = {"steps": 1, "warmup": 0, "batch_size": 4, "max_grad_norm": 1e9, "device": "cpu"}
DIGITS = {"block_out_channels": [16, 32], "layers_per_block": [1, 1], "embedding_dim": 32, "attention_heads": 2}


class Recorder(torch.optim.SGD):
    """An optimizer that keeps the gradients and moves nothing."""

    def __init__(self, network: nn.Module, *_: object) -> None:
        random = torch.Generator().manual_seed(1)
        with torch.no_grad():  # the layers that start at zero would hide the gradients of those before them
            for parameter in network.parameters():
                parameter.add_(0.05 * torch.randn(parameter.shape, generator=random))
        super().__init__(network.parameters(), lr=0.0)
        self.seen: list[Tensor] = []

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        self.seen = [weight.grad.clone() for weight in self.param_groups[0]["params"]]


class Recorders(dict[str, Recorder]):
    """The recorder of each training, put in the place of its optimizers."""

    def watch(self, name: str, module: Any) -> None:
        def make(network: nn.Module, *_: object) -> list[Recorder]:
            self[name] = Recorder(network)
            return [self[name]]

        module.make_optimizers = make


def small(schema: Any, stage: str, **changes: Any) -> Any:
    return schema.model_validate({**SECTIONS[stage], **ONE_STEP, **changes})


def shared(accelerator: Any) -> dict[str, list[Tensor]]:
    """The gradients of the five trainings whose processes share the batch."""
    recorders = Recorders()
    for name, module in (
        ("digit_ddpm", digit_ddpm),
        ("face_ddpm", face_ddpm),
        ("autoencoder", autoencoder_training),
        ("unet", text2image),
        ("controlnet", controlnet),
    ):
        recorders.watch(name, module)

    network = {**SECTIONS["train_digit_ddpm"]["network"], **DIGITS, "dropout": 0.0}
    digits = small(DigitParams, "train_digit_ddpm", network=network)
    random = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (20, 3, 28, 28), generator=random, dtype=torch.uint8)
    data = DigitTensors(images, torch.arange(20) % 10, torch.arange(20) // 10, ["mnistm", "street"])
    plan = plan_training(accelerator, "train_digit_ddpm", digits, "digits")
    digit_ddpm.fit_ddpm(accelerator, data, NoiseSchedule.of(make_scheduler(digits.schedule)), digits, plan)

    params = training_params(**ONE_STEP)
    plan = plan_training(accelerator, "train_face_ddpm", params, "faces")
    faces = torch.from_numpy(packaged_faces().faces)
    trained = face_ddpm.fit_ddpm(accelerator, faces, NoiseSchedule.of(make_scheduler(params.schedule)), params, plan)
    rank = accelerator.process_index
    save_trained(accelerator, "train_face_ddpm", "model", lambda path: (path / f"by_{rank}").touch(), trained)

    pictures, length = small_pictures(), {"steps": 1, "warmup": 0}
    section = small_params().autoencoder.model_dump() | length
    text = small_params(**ONE_STEP, autoencoder=section)
    plan = plan_training(accelerator, "train_text2image", text, "a", part="autoencoder", length=text.autoencoder)
    autoencoder = autoencoder_training.fit_autoencoder(accelerator, pictures, text, plan).network.autoencoder
    learned = make_latents(autoencoder.eval().requires_grad_(False), pictures, text)
    folder = Path("pipeline")
    if accelerator.is_main_process:
        save_small_pipeline(folder, pictures)
    accelerator.wait_for_everyone()
    model = load_small(folder)
    states = TextStates(model.pipeline.tokenizer, model.pipeline.text_encoder)
    text2image.fit_unet(
        accelerator, learned, states, text, plan_training(accelerator, "train_text2image", text, "u", part="unet")
    )

    few = {"conditioning_channels": [4, 8, 16], "pictures": 20}
    control = small(ControlNetParams, "train_controlnet", **few)
    plan = plan_training(accelerator, "train_controlnet", control, "controlnet")
    sketched = controlnet.make_sketched(model, pictures, learned_things(pictures, 8), control)
    controlnet.fit_controlnet(accelerator, model, sketched, control, plan)
    return {name: recorder.seen for name, recorder in recorders.items()}


def refused(accelerator: Any) -> dict[str, str]:
    """What the other trainings say; empty where they say nothing."""
    sections = SECTIONS
    pictures = small_pictures()

    def odd() -> None:
        plan_training(accelerator, "train_face_ddpm", training_params(**ONE_STEP | {"batch_size": 3}), "faces")

    attempts: dict[str, Callable[[], None]] = {
        "train_digit_judge": lambda: train_on_half(
            "train_digit_judge", JudgeNet, 0, DigitJudgeParams.model_validate(sections["train_digit_judge"]), "m"
        ),
        "train_picture_judge": lambda: train_judge(
            "train_picture_judge", pictures, JudgeParams.model_validate(sections["train_picture_judge"]), "m"
        ),
        "train_clip": lambda: train_clip(
            "train_clip", pictures, ClipParams.model_validate(sections["train_clip"]), "m"
        ),
        "personalize": lambda: personalize.main(PersonalizeParams.model_validate(sections["personalize"])),
        "train_face_ddpm": odd,
    }
    found = {}
    for name, attempt in attempts.items():
        try:
            attempt()
        except InputError as error:
            found[name] = str(error)
    return found


def main() -> None:
    compute.fast_dtype = lambda device: torch.float32  # so that two sums can be compared
    accelerator = compute.make_accelerator("cpu")
    stages = "\n".join(f"  {name}: {{deps: []}}" for name in SECTIONS)
    if accelerator.is_main_process:
        Path("dvc.yaml").write_text(f"stages:\n{stages}\n", encoding="utf-8")
    accelerator.wait_for_everyone()
    gradients = shared(accelerator)
    messages = refused(accelerator) if accelerator.num_processes > 1 else {}
    if accelerator.is_main_process:
        torch.save({"gradients": gradients, "messages": messages}, sys.argv[1])
    accelerator.wait_for_everyone()


if __name__ == "__main__":
    main()

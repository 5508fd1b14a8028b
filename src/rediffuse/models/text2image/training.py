"""Training of the text-to-image model: the autoencoder, then the denoiser of its latents."""

from __future__ import annotations

import torch
from accelerate import Accelerator
from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPModel, CLIPTextConfig, CLIPTextModel

from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.diffusion.schedules import NoiseSchedule, make_scheduler
from rediffuse.models.clip.embedding import Clip
from rediffuse.models.text2image import autoencoder as vae
from rediffuse.models.text2image.latents import LatentSet, make_latents
from rediffuse.models.text2image.model import assemble, ddim
from rediffuse.models.text2image.params import Params
from rediffuse.models.text2image.text_states import KnownStates, TextStates
from rediffuse.models.text2image.unet import is_edge, make_unet, unet_batch, unet_steps
from rediffuse.pipeline import stage
from rediffuse.pipeline.compute import make_accelerator
from rediffuse.pipeline.resume import Checkpoint
from rediffuse.training.optimizers import make_optimizers
from rediffuse.training.run import TrainingRun, averaged, make_ema, write_curve


def train_text2image(name: str, pictures: PictureSet, clip: Clip, params: Params, folder: str) -> None:
    """Train the model on the pictures that it may see, and save it in ``folder`` as a ``StableDiffusionPipeline``.

    Args:
        name: the stage, and so the folder of its curves.
        clip: whose text tower reads the prompts; it is not trained further.
    """
    accelerator = make_accelerator(params.device)
    first, second = (Checkpoint.of_stage(name, params, part) for part in ("autoencoder", "unet"))
    autoencoder, restored = train_autoencoder(accelerator, pictures, params, first)
    learned = make_latents(autoencoder, pictures, params)
    text = TextStates(clip.tokenizer, text_encoder(clip.model).to(accelerator.device))
    unet, losses = train_unet(accelerator, learned, text, params, second)
    pipeline = make_pipeline(autoencoder, unet, text, params)
    with stage.new_folder(folder) as model_folder, stage.new_folder(f"plots/{name}") as plots:
        pipeline.save_pretrained(model_folder)
        write_curve(plots / "autoencoder", restored, params.log_every)
        write_curve(plots / "unet", losses, params.log_every)
    first.remove()
    second.remove()


def train_autoencoder(
    accelerator: Accelerator, pictures: PictureSet, params: Params, checkpoint: Checkpoint
) -> tuple[AutoencoderKL, list[float]]:
    """The trained autoencoder, and the loss of each step."""
    section = params.autoencoder
    # Channels-last convolutions of few channels take three quarters of the time on a CPU.
    model = vae.Reconstruction(vae.make_autoencoder(params))
    model = model.to(accelerator.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    prepared, *optimizers = accelerator.prepare(model, *make_optimizers(model, section.optimizer, vae.is_edge))
    run = TrainingRun(accelerator, prepared, optimizers, checkpoint)
    done = run.resume()
    steps = vae.autoencoder_steps(accelerator, prepared, optimizers, pictures, params, done)
    for _ in run.follow(steps, section.steps, params.checkpoint_every, "autoencoder"):
        pass
    if done < section.steps:
        run.save()  # the denoiser's run needs it whole, however often it is taken up
    return model.autoencoder.eval().requires_grad_(False), run.losses


def train_unet(
    accelerator: Accelerator,
    learned: LatentSet,
    text: TextStates,
    params: Params,
    checkpoint: Checkpoint,
) -> tuple[UNet2DConditionModel, list[float]]:
    """The trained denoiser, its weights averaged, and the loss of each step."""
    unet = make_unet(params, text.encoder.config.hidden_size).to(accelerator.device)
    ema = make_ema(unet, params.ema_decay)
    prepared, *optimizers = accelerator.prepare(unet, *make_optimizers(unet, params.optimizer, is_edge))
    schedule = NoiseSchedule.of(make_scheduler(params.schedule))
    run = TrainingRun(accelerator, prepared, optimizers, checkpoint, ema)
    done = run.resume()
    known = KnownStates(text, learned.captions)
    steps = unet_steps(
        accelerator,
        prepared,
        optimizers,
        schedule,
        lambda step: unet_batch(learned, schedule, params, step),
        known,
        params,
        done,
    )
    for _ in run.follow(steps, params.steps, params.checkpoint_every, "denoiser"):
        pass
    return averaged(unet, ema), run.losses


def text_encoder(clip: CLIPModel) -> CLIPTextModel:
    """A CLIP's text tower as the pipeline wants it."""
    assert isinstance(clip.config.text_config, CLIPTextConfig)
    encoder = CLIPTextModel(clip.config.text_config)
    encoder.load_state_dict(clip.text_model.state_dict())
    return encoder.eval().requires_grad_(False)


def make_pipeline(
    autoencoder: AutoencoderKL, unet: UNet2DConditionModel, text: TextStates, params: Params
) -> StableDiffusionPipeline:
    """All parts, on the CPU, sampled by DDIM over the schedule of their training."""
    parts = autoencoder.cpu(), unet.cpu(), (text.tokenizer, text.encoder.cpu())
    return assemble(*parts, ddim(make_scheduler(params.schedule)))

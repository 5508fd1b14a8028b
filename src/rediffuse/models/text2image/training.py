"""Training of the text-to-image model: the autoencoder, then the denoiser of its latents."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from accelerate import Accelerator
from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPModel, CLIPTextConfig, CLIPTextModel

from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.diffusion.schedules import NoiseSchedule, make_scheduler
from rediffuse.models.attention import set_attention
from rediffuse.models.clip.embedding import Clip
from rediffuse.models.convolution import set_convolutions
from rediffuse.models.text2image.autoencoder_training import fit_autoencoder
from rediffuse.models.text2image.latents import LatentSet, make_latents
from rediffuse.models.text2image.model import assemble, ddim
from rediffuse.models.text2image.params import Params
from rediffuse.models.text2image.text_states import KnownStates, TextStates
from rediffuse.models.text2image.things import learned_things, save_things
from rediffuse.models.text2image.unet import INPUT_OR_OUTPUT, make_unet, unet_batch, unet_loss
from rediffuse.pipeline.compute import make_accelerator
from rediffuse.training.fit import Trained, fit, plan_training, save_trained
from rediffuse.training.optimizers import make_optimizers
from rediffuse.training.run import Plan


def train_text2image(name: str, pictures: PictureSet, clip: Clip, params: Params, folder: str) -> None:
    """Train the model on the pictures that it may see, and save it in ``folder`` as a ``StableDiffusionPipeline``,
    with the list of its things.

    Args:
        name: the stage, and so the folder of its curves.
        clip: whose text tower reads the prompts; it is not trained further.

    Raises:
        InputError: there are fewer things to learn than ``params.things``.
    """
    things = learned_things(pictures, params.things)  # raises where there are fewer, so before any training
    accelerator = make_accelerator(params.device)
    first = plan_training(accelerator, name, params, "autoencoder", part="autoencoder", length=params.autoencoder)
    first = replace(first, keep_last=True)  # the denoiser's run needs it whole, however often it is resumed
    second = plan_training(accelerator, name, params, "denoiser", part="unet")
    restored = fit_autoencoder(accelerator, pictures, params, first)
    autoencoder = restored.network.autoencoder.eval().requires_grad_(False)
    learned = make_latents(autoencoder, pictures, params)
    text = TextStates(clip.tokenizer, text_encoder(clip.model).to(accelerator.device))
    denoiser = fit_unet(accelerator, learned, text, params, second)
    pipeline = make_pipeline(autoencoder, denoiser.network, text, params)

    def save(model_folder: Path) -> None:
        pipeline.save_pretrained(model_folder)
        save_things(model_folder, pictures, things)

    save_trained(accelerator, name, folder, save, restored, denoiser)


def fit_unet(
    accelerator: Accelerator, learned: LatentSet, text: TextStates, params: Params, plan: Plan
) -> Trained[UNet2DConditionModel]:
    """Train the denoiser; its weights are averaged."""
    unet = make_unet(params, text.encoder.config.hidden_size).to(accelerator.device)
    set_attention(unet, accelerator.device)
    set_convolutions(unet, accelerator.device)
    schedule, known = NoiseSchedule.of(make_scheduler(params.schedule)), KnownStates(text, learned.captions)
    return fit(
        accelerator,
        unet,
        make_optimizers(unet, params.optimizer, INPUT_OR_OUTPUT),
        lambda step: known.located(unet_batch(learned, schedule, params, step)),
        lambda model, batch: unet_loss(model, batch, schedule, known.at, params, accelerator.device),
        plan,
        ema_decay=params.ema_decay,
    )


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

"""Any Stable Diffusion in diffusers' layout, our own or a published one, and how pictures are drawn with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from torch import Tensor
from tqdm import tqdm
from transformers import CLIPTextModel, CLIPTokenizer

from rediffuse.data.pixels import to_bytes
from rediffuse.diffusion.batches import padded_batches
from rediffuse.diffusion.guidance import Denoiser
from rediffuse.diffusion.schedules import NoiseSchedule
from rediffuse.models.clip.embedding import checked_tokens
from rediffuse.models.half_precision import GradientScale, cast_inputs
from rediffuse.models.loading import check_numbers, loading
from rediffuse.models.memory import save_memory
from rediffuse.models.text2image.loading import read_pipeline
from rediffuse.models.text2image.shared_params import DrawingSection
from rediffuse.pipeline.compute import fast_dtype, initial_noise

OnStep = Callable[[int, int, Tensor], None]  # (step, t, latents after it)


@dataclass(frozen=True, eq=False)
class TextToImage:
    """A pipeline, and how many pictures it draws at once.

    Every batch has ``batch_size`` rows, so that a picture is the same bit for bit, alone or among others.
    """

    pipeline: StableDiffusionPipeline
    batch_size: int

    @property
    def device(self) -> torch.device:
        """Where the networks lie."""
        return self.pipeline.unet.device

    @property
    def shape(self) -> tuple[int, int, int]:
        """[C, h, w] of a latent."""
        config = self.pipeline.unet.config
        return config.in_channels, config.sample_size, config.sample_size

    @property
    def picture_size(self) -> int:
        """Side of a picture, pixels."""
        return int(self.shape[-1] * self.pipeline.vae_scale_factor)

    @cached_property  # one object, so that schedule_on finds what it copied before
    def schedule(self) -> NoiseSchedule:
        """What the model was trained with."""
        return NoiseSchedule.of(self.pipeline.scheduler)

    def precision(self) -> AbstractContextManager[Any]:
        """On a CPU that multiplies in bfloat16, float32 weights are so multiplied; elsewhere nothing changes."""
        fast = self.device.type == "cpu" and fast_dtype(self.device) == torch.bfloat16
        fast = fast and self.pipeline.unet.dtype == torch.float32
        return torch.autocast("cpu", torch.bfloat16, enabled=fast)

    def noise(self, seed: int, study: str, indices: range) -> Tensor:
        """x_T of the pictures ``indices`` of a study, float32 [N, C, h, w], each from its own generator."""
        return initial_noise(self.shape, seed, study, indices)[0]

    def check_texts(self, texts: Sequence[str]) -> None:
        """Check texts that are encoded later.

        Raises:
            InputError: as ``text_states`` does.
        """
        checked_tokens(self.pipeline.tokenizer, texts, self.pipeline.tokenizer.model_max_length)

    @torch.no_grad()  # no inference mode, whose tensors no gradient can pass
    def text_states(self, texts: Sequence[str]) -> Tensor:
        """What the denoiser is told of each text, [N, L, D]; texts are padded to the longest allowed.

        Raises:
            InputError: a text has more tokens than the model takes, or letters that its tokenizer does not know.
        """
        tokenizer, encoder = self.pipeline.tokenizer, self.pipeline.text_encoder
        longest = tokenizer.model_max_length
        checked_tokens(tokenizer, texts, longest)
        distinct = list(dict.fromkeys(texts))
        place = {text: index for index, text in enumerate(distinct)}
        tokens = tokenizer(distinct, padding="max_length", max_length=longest, return_tensors="pt").input_ids
        parts = [encoder(part.to(encoder.device)).last_hidden_state for part in tokens.split(self.batch_size)]
        return torch.cat(parts)[[place[text] for text in texts]]

    @torch.inference_mode()
    def draw(
        self,
        states: Tensor,  # [N, L, D], of the prompts
        negative: Tensor,  # [N, L, D], of the negative prompts, those of "" for none
        x_T: Tensor,  # [N, C, h, w]
        drawing: DrawingSection,
        label: str | None = None,  # what a progress bar says; None: no bar
        on_step: OnStep | None = None,  # called after each step of each batch
    ) -> Tensor:
        """Pictures as a PNG holds them, uint8 [N, 3, H, W]; picture i depends on row i alone."""
        drawn = []
        with tqdm(total=len(x_T), desc=label, unit="picture", disable=None if label else True) as bar:
            for rows, count in padded_batches(len(x_T), self.batch_size):
                latents = self._denoised(states[rows], negative[rows], x_T[rows], drawing, on_step)
                drawn.append(self.decode(latents)[:count])
                bar.update(count)
        return torch.cat(drawn)

    def _denoised(
        self, states: Tensor, negative: Tensor, x_T: Tensor, drawing: DrawingSection, on_step: OnStep | None
    ) -> Tensor:
        def after(_: Any, step: int, t: Any, kept: dict[str, Any]) -> dict[str, Any]:
            if on_step is not None:
                on_step(step, int(t), kept["latents"])
            return kept

        dtype = self.pipeline.unet.dtype
        with self.precision():
            return self.pipeline(
                prompt_embeds=states.to(self.device, dtype),
                negative_prompt_embeds=negative.to(self.device, dtype),
                latents=x_T.to(self.device, dtype),
                num_inference_steps=drawing.num_inference_steps,
                guidance_scale=drawing.guidance_scale,
                output_type="latent",
                callback_on_step_end=after,
            ).images

    @torch.inference_mode()
    def decode(self, latents: Tensor) -> Tensor:
        """Pictures of latents, uint8 [N, 3, H, W] on the CPU; picture i depends on row i alone."""
        vae = self.pipeline.vae
        drawn = []
        with self.precision():
            for rows, count in padded_batches(len(latents), self.batch_size):
                part = latents[rows].to(self.device, vae.dtype)
                pictures = vae.decode(part / vae.config.scaling_factor).sample
                check_numbers(pictures, vae)
                drawn.append(to_bytes(pictures)[:count].cpu())
        return torch.cat(drawn)

    def denoiser(self, states: Tensor) -> Denoiser:
        """The U-Net's answer to x_t [B, C, h, w] at t under ``states`` [B, L, D], for loops of our own.

        The answer is of x_t's type and on its device, whatever the network's are. It can be differentiated by x_t.
        """
        unet = self.pipeline.unet
        states = states.to(self.device, unet.dtype)

        def denoise(x_t: Tensor, t: int) -> Tensor:
            scale = GradientScale(unet.dtype)
            with self.precision():
                output = unet(scale.enter(x_t).to(self.device, unet.dtype), t, encoder_hidden_states=states).sample
            return scale.leave(output.to(x_t))

        return denoise


def assemble(
    autoencoder: AutoencoderKL, unet: UNet2DConditionModel, text: tuple[CLIPTokenizer, CLIPTextModel], scheduler: Any
) -> StableDiffusionPipeline:
    """The parts as a pipeline of diffusers."""
    tokenizer, encoder = text
    return StableDiffusionPipeline(
        vae=autoencoder,
        text_encoder=encoder,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def load_text2image(
    folder_or_id: str, revision: str | None, device: torch.device | str = "cpu", batch_size: int = 50
) -> TextToImage:
    """A text-to-image model out of a folder, or off the hub at a pinned commit; safetensors only.

    It is sampled by DDIM over its own schedule. The safety checker of published ones is left out: it is no part
    of what is studied.

    Args:
        folder_or_id: a folder that ``StableDiffusionPipeline`` was saved in, or a hub id ``owner/name``.
        revision: None for a folder, a commit for a hub id.
        device: float32 on the CPU, float16 on CUDA.

    Raises:
        InputError: no such folder, no network, or no complete pipeline there.
    """
    dtype = dtype_of_weights(torch.device(device))
    with loading(folder_or_id, revision, "text-to-image pipeline", "model") as where:
        pipeline = read_pipeline(folder_or_id, dtype, where)
        pipeline.scheduler = ddim(pipeline.scheduler)
        NoiseSchedule.of(pipeline.scheduler)  # refuses impossible ones
    pipeline.set_progress_bar_config(disable=True)
    prepare_networks(pipeline)
    return TextToImage(pipeline.to(device), batch_size)


def prepare_networks(pipeline: StableDiffusionPipeline) -> None:
    """Make the networks take float32 inputs whatever their weights are, and large ones save memory."""
    unet, vae = pipeline.unet, pipeline.vae
    unet.register_forward_hook(_in_float32)
    for network in (unet, vae.encoder, vae.post_quant_conv, vae.decoder):
        if network is not None:
            cast_inputs(network)
    for network in (unet, vae):
        save_memory(network)


def dtype_of_weights(device: torch.device) -> torch.dtype:
    """The type in which published weights are read: float16 on CUDA, float32 elsewhere."""
    return torch.float16 if device.type == "cuda" else torch.float32


def ddim(scheduler: Any) -> DDIMScheduler:
    """DDIM over another scheduler's β, starting from its last timestep (Lin et al. 2023, arXiv 2305.08891)."""
    return DDIMScheduler.from_config(
        scheduler.config,
        timestep_spacing="trailing",
        clip_sample=False,
        set_alpha_to_one=True,
        steps_offset=1,  # not read where the spacing is trailing; the pipeline asks for it all the same
    )


def _in_float32(_: Any, __: Any, output: Any) -> Any:
    # Under autocast a U-Net answers in bfloat16, whose eight bits guidance would magnify.
    if isinstance(output, tuple):
        return tuple(part.float() if part.dtype == torch.bfloat16 else part for part in output)
    if output.sample.dtype == torch.bfloat16:
        output.sample = output.sample.float()
    return output

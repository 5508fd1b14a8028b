"""Any Stable Diffusion in diffusers' layout, our own or a published one, and how pictures are drawn with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from torch import Tensor
from tqdm import tqdm
from transformers import CLIPTextModel, CLIPTokenizer

from rediffuse.diffusion.guidance import Denoiser
from rediffuse.diffusion.schedules import NoiseSchedule
from rediffuse.models.clip.embedding import checked_tokens
from rediffuse.models.text2image.autoencoder import to_bytes
from rediffuse.models.text2image.loading import read_pipeline
from rediffuse.models.text2image.shared_params import DrawingSection
from rediffuse.pipeline.compute import fast_dtype, initial_noise
from rediffuse.pipeline.errors import InputError

OnStep = Callable[[int, int, Tensor], None]  # (step, t, latents after it)


@dataclass(frozen=True, eq=False)
class TextToImage:
    """A pipeline, and how many pictures it draws at once.

    Every batch has ``batch_size`` rows, the last one filled up, for a processor may add up the numbers of a
    row in another order in a batch of another size: so a picture is the same bit for bit, alone or among others.
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
    def schedule(self) -> NoiseSchedule:
        """What the model was trained with."""
        return NoiseSchedule.of(self.pipeline.scheduler)

    def precision(self) -> AbstractContextManager[Any]:
        """On a CPU that multiplies in bfloat16, float32 weights are so multiplied; elsewhere nothing changes."""
        fast = self.device.type == "cpu" and fast_dtype(self.device) == torch.bfloat16
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
            for start in range(0, len(x_T), self.batch_size):
                rows = slice(start, start + self.batch_size)
                count = len(x_T[rows])
                latents = self._denoised(
                    self._filled(states[rows]), self._filled(negative[rows]), self._filled(x_T[rows]), drawing, on_step
                )
                drawn.append(self.decode(latents)[:count])
                bar.update(count)
        return torch.cat(drawn)

    def _filled(self, rows: Tensor) -> Tensor:
        return torch.cat([rows, rows[-1:].expand(self.batch_size - len(rows), *rows.shape[1:])])

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
            for part in latents.split(self.batch_size):
                rows = self._filled(part).to(self.device, vae.dtype)
                drawn.append(to_bytes(vae.decode(rows / vae.config.scaling_factor).sample)[: len(part)].cpu())
        return torch.cat(drawn)

    def denoiser(self, states: Tensor) -> Denoiser:
        """The U-Net's answer to x_t [B, C, h, w] at t under ``states`` [B, L, D], for loops of our own.

        The answer is of x_t's type and on its device, whatever the network's are.
        """
        unet = self.pipeline.unet
        states = states.to(self.device, unet.dtype)

        def denoise(x_t: Tensor, t: int) -> Tensor:
            with self.precision():
                return unet(x_t.to(self.device, unet.dtype), t, encoder_hidden_states=states).sample.to(x_t)

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
    if revision is None and not Path(folder_or_id).is_dir():
        raise InputError(f"model: found {folder_or_id!r}, no such folder; a hub id needs its commit as revision")
    where: dict[str, Any] = {"local_files_only": True} if revision is None else {"revision": revision}
    name = folder_or_id if revision is None else f"{folder_or_id} at {revision}"
    dtype = torch.float16 if torch.device(device).type == "cuda" else torch.float32
    try:
        pipeline = read_pipeline(folder_or_id, dtype, where)
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    except Exception as error:  # diffusers raises whatever its readers, or its network, met
        hint = "" if revision is None else "; needs the internet, or a folder as model and revision null"
        told = " ".join(str(error).split()).partition(". ")[0][:200].removesuffix(".")
        raise InputError(f"{name}: no text-to-image pipeline could be loaded: {told}{hint}") from None
    pipeline.scheduler = ddim(pipeline.scheduler)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.unet.register_forward_hook(_in_float32)
    return TextToImage(pipeline.to(device), batch_size)


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

"""Pictures drawn after a sketch: ControlNet (Zhang et al. 2023, arXiv 2302.05543) on a text-to-image model."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import ControlNetModel, StableDiffusionControlNetPipeline, UNet2DConditionModel
from torch import Tensor, nn
from tqdm import tqdm

from rediffuse.diffusion.batches import padded_batches
from rediffuse.models.half_precision import cast_inputs
from rediffuse.models.loading import check_answer, first_input, loading, read_network
from rediffuse.models.text2image.model import TextToImage
from rediffuse.models.text2image.shared_params import DrawingSection
from rediffuse.pipeline.errors import InputError

UNET = "unet"  # folder beside a ControlNet's weights: the U-Net whose decoder was trained with it
DECODER = ("up_blocks.", "conv_norm_out.", "conv_out.")  # starts of the names of the decoder's weights
EQUAL_KEYS = ("in_channels", "cross_attention_dim", "block_out_channels")  # of both configurations


def fresh_controlnet(unet: UNet2DConditionModel, channels: tuple[int, ...], seed: int) -> ControlNetModel:
    """A copy of the U-Net's first half whose last layers are zero, so that it changes nothing yet.

    In the paper the last layer of what reads the sketch is zero as well, so that at first it learns through the
    product of two zeros. Here only the outer ones are: nothing changes either, and it learns sooner.

    Args:
        channels: of what reads the sketch, one for each resolution of the autoencoder.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        copied = ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=channels)
        if unet.config.addition_embed_type != "text":
            return _awake(copied, seed)
        # ``from_unet`` forgets into how many heads the pooled words are split, and what it lists as left at its
        # default would be set back to it.
        config = {key: value for key, value in copied.config.items() if key != "_use_default_values"}
        config["addition_embed_type_num_heads"] = unet.config.addition_embed_type_num_heads
        whole: ControlNetModel = ControlNetModel.from_config(config)
    whole.load_state_dict(copied.state_dict())
    return _awake(whole, seed)


def _awake(controlnet: ControlNetModel, seed: int) -> ControlNetModel:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        nn.init.kaiming_normal_(controlnet.controlnet_cond_embedding.conv_out.weight, nonlinearity="linear")
    return controlnet


def load_controlled(folder_or_id: str, revision: str | None, model: TextToImage) -> Controlled:
    """``model`` with a ControlNet out of a folder, or off the hub at a pinned commit; safetensors only.

    If a folder has a U-Net, too, pictures under control are drawn with its decoder. On the hub it is not looked for.

    Raises:
        InputError: no such folder, no network, weights are missing or not finite, or it does not fit the model.
    """
    unet = own = model.pipeline.unet
    if revision is None and (Path(folder_or_id) / UNET).exists():
        unet = _load_unet(Path(folder_or_id) / UNET, own)
    with loading(folder_or_id, revision, "ControlNet", "controlnet") as where:
        controlnet = read_network(ControlNetModel, folder_or_id, use_safetensors=True, torch_dtype=own.dtype, **where)
        _check_config(controlnet, own)
        controlnet = controlnet.to(model.device).requires_grad_(False)
        _check_fit(controlnet, unet, model)
    return Controlled.of(model, controlnet, unet)


def _load_unet(folder: Path, own: UNet2DConditionModel) -> UNet2DConditionModel:
    """A copy of the model's U-Net, with all that is set on it, and the decoder of the folder.

    Raises:
        InputError: the folder has no such U-Net, or the rest of it is not the model's.
    """
    with loading(folder, None, "U-Net", "controlnet") as where:
        found = read_network(UNet2DConditionModel, folder, use_safetensors=True, torch_dtype=own.dtype, **where)
        _check_config(found, own)
        weights, decoder = own.state_dict(), {}
        for name, weight in found.state_dict().items():
            if name.startswith(DECODER):
                decoder[name] = weight
            elif not torch.allclose(weight.float(), weights[name].cpu().float(), rtol=1e-3, atol=1e-5):
                raise InputError(f"{name}: differs from the model's, expected the U-Net that was trained with it")
        unet = copy.deepcopy(own)
        unet.load_state_dict({**weights, **decoder})
    return unet


def _check_config(found: Any, own: UNet2DConditionModel) -> None:
    for key in EQUAL_KEYS:
        ours, theirs = own.config[key], found.config[key]
        if list(_listed(ours)) != list(_listed(theirs)):
            raise InputError(f"{key}: found {theirs}, expected the model's {ours}")


@torch.inference_mode()
def _check_fit(controlnet: ControlNetModel, unet: UNet2DConditionModel, model: TextToImage) -> None:
    """Let it change one answer of the U-Net, so that both are known to fit together."""
    pipeline: Any = model.pipeline
    side = model.picture_size
    latents, sketch, states = (
        first_input(*shape).to(model.device, unet.dtype)
        for shape in ((1, *model.shape), (1, 3, side, side), (1, 2, pipeline.text_encoder.config.hidden_size))
    )
    added, middle = controlnet(latents, 1, states, sketch, return_dict=False)
    changed = unet(
        latents, 1, states, down_block_additional_residuals=added, mid_block_additional_residual=middle
    ).sample
    check_answer(changed.float(), tuple(latents.shape), "the unet's answer with it")


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


@dataclass(frozen=True, eq=False)
class Controlled:
    """A text-to-image model with a ControlNet, drawn with diffusers' own pipeline."""

    model: TextToImage
    pipeline: StableDiffusionControlNetPipeline

    @classmethod
    def of(
        cls, model: TextToImage, controlnet: ControlNetModel, unet: UNet2DConditionModel | None = None
    ) -> Controlled:
        """The model's own parts with the ControlNet beside them, and ``unet`` in place of its own if one is given."""
        own = model.pipeline
        cast_inputs(controlnet)
        pipeline = StableDiffusionControlNetPipeline(
            vae=own.vae,
            text_encoder=own.text_encoder,
            tokenizer=own.tokenizer,
            unet=own.unet if unet is None else unet,
            controlnet=controlnet,
            scheduler=own.scheduler,
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
        pipeline.set_progress_bar_config(disable=True)
        return cls(model, pipeline)

    @property
    def has_own_unet(self) -> bool:
        """Whether the U-Net used under control is not the model's, but one whose decoder was trained, too."""
        return self.pipeline.unet is not self.model.pipeline.unet

    @torch.inference_mode()
    def draw(
        self,
        states: Tensor,  # [N, L, D], of the prompts
        negative: Tensor,  # [N, L, D], of the negative prompts
        x_T: Tensor,  # [N, C, h, w]
        conditions: Tensor,  # [N, 3, H, W] in [0, 1], H and W those of the pictures
        strength: float,  # factor of what the ControlNet adds; 0 adds nothing
        drawing: DrawingSection,
        label: str | None = None,  # what a progress bar says; None: no bar
    ) -> Tensor:
        """Pictures as a PNG holds them, uint8 [N, 3, H, W]; picture i depends on row i alone."""
        dtype, drawn = self.model.pipeline.unet.dtype, []
        with tqdm(total=len(x_T), desc=label, unit="picture", disable=None if label else True) as bar:
            for rows, count in padded_batches(len(x_T), self.model.batch_size):
                told, asked_not, noise = (part[rows].to(self.model.device, dtype) for part in (states, negative, x_T))
                with self.model.precision():
                    latents = self.pipeline(
                        image=conditions[rows],
                        prompt_embeds=told,
                        negative_prompt_embeds=asked_not,
                        latents=noise,
                        num_inference_steps=drawing.num_inference_steps,
                        guidance_scale=drawing.guidance_scale,
                        controlnet_conditioning_scale=strength,
                        output_type="latent",
                    ).images
                drawn.append(self.model.decode(latents)[:count])
                bar.update(count)
        return torch.cat(drawn)

"""Estimate the peak GPU memory of what the studies compute at the size of Stable Diffusion 1.5, without a GPU.

    python -m tests.support.gpu_memory

The networks are on the meta device, which has shapes and no numbers. Every tensor is counted from its creation until it
is freed, in the forward and in the backward pass, with the batch sizes of profiles/hub.yaml. Not counted: the CUDA
context, cuDNN's workspaces and the allocator's gaps, together some 1 to 2 GB, and the float32 copies that mixed
precision keeps of the inputs of norms, in trainings up to as much as the activations themselves.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from diffusers import ControlNetModel, PNDMScheduler
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map_only
from transformers import CLIPConfig, CLIPModel

from rediffuse.models.clip.embedding import Clip
from rediffuse.models.clip.network import make_image_processor
from rediffuse.models.controlnet.training import controlled_output
from rediffuse.models.half_precision import cast_inputs
from rediffuse.models.text2image.autoencoder import encoded_at_once
from rediffuse.models.text2image.model import TextToImage, assemble, ddim, prepare_networks
from rediffuse.models.text2image.shared_params import DrawingSection
from rediffuse.pipeline.params import read_yaml
from rediffuse.studies.a9_refinement.refinement import PromptTargets, decoded, sampled, similarity
from rediffuse.studies.b3b_personalization.inversion import Batch, Word, embeddings_of, with_words, word_loss
from tests.support.random_clip import FULL_LENGTH, FULL_SIZE, FULL_VOCABULARY, byte_tokenizer
from tests.support.random_stable_diffusion import random_autoencoder, random_text_encoder, random_unet

ROOT = Path(__file__).parents[2]
META = torch.device("meta")
BRANCHES = 2  # of classifier-free guidance
DRAWN = ("generate_ranked", "sweep_guidance", "noise_schedules", "interpolate_prompts")


class PeakBytes(TorchDispatchMode):
    """Counts the bytes of all tensors on a device that live at one time.

    Attributes:
        live: of the tensors that live now, the networks' weights included.
        peak: the most so far.
    """

    def __init__(self, device: torch.device, *networks: nn.Module) -> None:
        super().__init__()
        self.device, self.known, self.live = device, set[int](), 0
        for network in networks:
            for tensor in (*network.parameters(), *network.buffers()):
                self._watch(tensor.detach())
        self.peak = self.live

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        tree_map_only(Tensor, self._watch, found)
        self.peak = max(self.peak, self.live)
        return found

    def _watch(self, tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        key, size = storage._cdata, storage.nbytes()
        if tensor.device.type == self.device.type and key not in self.known:
            self.known.add(key)
            self.live += size
            weakref.finalize(storage, self._free, key, size)
        return tensor

    def _free(self, key: int, size: int) -> None:
        self.known.discard(key)
        self.live -= size


@contextmanager
def flash_attention() -> Iterator[None]:
    """Attention without a mask as CUDA's fused kernel computes it; the meta device would write out every product."""
    whole = F.scaled_dot_product_attention

    def fused(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, **named: Any) -> Tensor:
        if attn_mask is not None:
            return whole(query, key, value, attn_mask, **named)
        attended: Tensor = torch.ops.aten._scaled_dot_product_flash_attention(query, key, value)[0]
        return attended

    F.scaled_dot_product_attention = fused
    try:
        yield
    finally:
        F.scaled_dot_product_attention = whole


def meta_stable_diffusion(batch_size: int) -> TextToImage:
    """Stable Diffusion 1.5 on the meta device, float16 and prepared as a loaded one is."""
    tokenizer = byte_tokenizer(FULL_VOCABULARY, FULL_LENGTH)
    with META:
        parts = random_autoencoder().half(), random_unet().half(), random_text_encoder(tokenizer).half()
    scheduler = PNDMScheduler(beta_schedule="scaled_linear", beta_start=8.5e-4, beta_end=0.012, steps_offset=1)
    autoencoder, unet, encoder = (part.eval().requires_grad_(False) for part in parts)
    pipeline = assemble(autoencoder, unet, (tokenizer, encoder), ddim(scheduler))
    prepare_networks(pipeline)
    return TextToImage(pipeline, batch_size)


def meta_clip() -> Clip:
    """ViT-B/32 on the meta device, float32."""
    with META:
        model = CLIPModel(CLIPConfig()).eval().requires_grad_(False)
    return Clip(model, byte_tokenizer(FULL_VOCABULARY, FULL_LENGTH), make_image_processor(FULL_SIZE))


def networks_of(model: TextToImage) -> tuple[nn.Module, ...]:
    """All networks of a model."""
    return model.pipeline.unet, model.pipeline.vae, model.pipeline.text_encoder


def texts_of(model: TextToImage, rows: int) -> Tensor:
    """Text states [rows, 77, D] of no text."""
    width = model.pipeline.text_encoder.config.hidden_size
    return torch.empty(rows, FULL_LENGTH, width, dtype=model.pipeline.unet.dtype, device=META)


def latents_of(model: TextToImage, rows: int) -> Tensor:
    """Latents [rows, C, h, w], float32."""
    return torch.empty(rows, *model.shape, device=META)


def measured(task: Callable[[], object], *networks: nn.Module) -> float:
    """Peak of a task on the meta device, GB."""
    with flash_attention(), PeakBytes(META, *networks) as counted:
        task()
    return counted.peak / 1e9


@torch.inference_mode()
def draw(model: TextToImage, branches: int = BRANCHES) -> None:
    """One step of the sampler and decoding, of one batch."""
    rows, vae = model.batch_size, model.pipeline.vae
    x_t = latents_of(model, rows)
    model.denoiser(texts_of(model, branches * rows))(x_t.repeat(branches, 1, 1, 1), 500)
    vae.decode(x_t.to(vae.dtype))


@torch.inference_mode()
def encode(model: TextToImage) -> None:
    """Encode as many pictures as are encoded at once."""
    side = model.picture_size
    model.pipeline.vae.encode(torch.empty(encoded_at_once(side**2), 3, side, side, device=META))


@torch.inference_mode()
def draw_controlled(model: TextToImage, controlnet: ControlNetModel) -> None:
    """One step of the sampler with a ControlNet, of one batch."""
    rows = BRANCHES * model.batch_size
    side = model.picture_size
    told, steps = texts_of(model, rows), torch.full((rows,), 500, device=META)
    condition = torch.empty(rows, 3, side, side, device=META)
    controlled_output(controlnet, model.pipeline.unet, latents_of(model, rows), steps, told, condition)


def refine_step(model: TextToImage, clip: Clip, steps: int, *, recompute: bool) -> None:
    """The gradient of CLIP's similarity through a short chain; a longer one keeps little more where it recomputes."""
    rows = model.batch_size
    embeds = torch.empty(rows, clip.model.config.projection_dim or 0, device=META)
    targets = PromptTargets(texts_of(model, rows), texts_of(model, 1), embeds)
    x_T = latents_of(model, rows).requires_grad_()
    drawing = DrawingSection(num_inference_steps=steps, guidance_scale=7.5)
    sample = decoded(model, sampled(model, targets, x_T, drawing, recompute=recompute))
    torch.autograd.grad(similarity(clip, sample, targets.embeds).sum(), x_T)


def word_step(model: TextToImage, rows: int) -> None:
    """One step of textual inversion."""
    known = with_words(model, {"<new1>": embeddings_of(model)[0]})
    word = Word(embeddings_of(model)[0])
    x_0, noise = torch.zeros(rows, *model.shape), torch.zeros(rows, *model.shape)
    batch = Batch(x_0, noise, torch.full((rows,), 500), torch.ones(rows, 1, *model.shape[1:]), ["a <new1>"] * rows)
    word_loss(word, known, "<new1>", batch).backward()


def estimates() -> dict[str, float]:
    """Peak GB of every study that is given a text-to-image model, at the batch sizes of the profile ``hub``."""
    hub = read_yaml(ROOT / "profiles/hub.yaml")
    found, clip = {}, meta_clip()
    for name in (*DRAWN, "edit_attribute"):
        model = meta_stable_diffusion(hub[name]["batch_size"])
        branches = 3 if name == "edit_attribute" else BRANCHES
        found[name] = measured(lambda m=model, b=branches: draw(m, b), *networks_of(model), clip.model)
    model = meta_stable_diffusion(hub["sketch_to_image"]["batch_size"])
    with META:
        controlnet = ControlNetModel.from_unet(random_unet()).half().eval().requires_grad_(False)
    cast_inputs(controlnet)
    tasks = (lambda: draw_controlled(model, controlnet), lambda: draw(model), lambda: encode(model))
    found["sketch_to_image"] = max(measured(task, *networks_of(model), controlnet) for task in tasks)
    section = hub["refine_with_clip"]
    model = meta_stable_diffusion(section["batch_size"])
    found["refine_with_clip"] = measured(
        lambda: refine_step(model, clip, 2, recompute=section["ascent"]["recompute"]), *networks_of(model), clip.model
    )
    section = hub["personalize"]
    model = meta_stable_diffusion(section["batch_size"])
    tasks = (
        lambda: word_step(model, section["inversion"]["batch_size"]),
        lambda: draw(model, 3),
        lambda: encode(model),
    )
    found["personalize"] = max(measured(task, *networks_of(model), clip.model) for task in tasks)
    return found


if __name__ == "__main__":
    for name, peak in estimates().items():
        print(f"{name}: {peak:.1f} GB of GPU memory (estimate)", flush=True)

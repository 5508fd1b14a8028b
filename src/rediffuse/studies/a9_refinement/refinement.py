"""x_T moved by the gradient of CLIP's similarity through every step of the sampler (study A9).

As in DOODL (Wallace et al. 2023, arXiv 2303.13703) the loss is that of the picture which the whole chain gives, and
x_T keeps its length; the gradient is the plain one, through a chain that is short.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.checkpoint import checkpoint
from tqdm import tqdm

from rediffuse.data.pixels import to_bytes
from rediffuse.diffusion.batches import padded_batches
from rediffuse.diffusion.guidance import guide
from rediffuse.models.clip.embedding import Clip
from rediffuse.models.half_precision import GradientScale
from rediffuse.models.loading import check_numbers
from rediffuse.models.text2image.model import TextToImage
from rediffuse.models.text2image.shared_params import DrawingSection
from rediffuse.studies.a9_refinement.params import AscentSection


@dataclass(frozen=True, eq=False)
class PromptTargets:
    """What N pictures are to show.

    Attributes:
        states: of the prompts, [N, L, D].
        empty: the state of no prompt, [1, L, D].
        embeds: CLIP's of the prompts, of unit length, [N, E].
    """

    states: Tensor
    empty: Tensor
    embeds: Tensor

    def rows(self, rows: Tensor) -> PromptTargets:
        """Those of some pictures."""
        return PromptTargets(self.states[rows], self.empty, self.embeds[rows])


def refine(
    model: TextToImage,
    clip: Clip,
    targets: PromptTargets,
    x_T: Tensor,
    drawing: DrawingSection,
    ascent: AscentSection,
    learning_rate: float,
    label: str | None = None,
) -> Tensor:
    """Pictures before, between and after the steps of the ascent.

    Args:
        x_T: [N, C, h, w].
        label: what a progress bar says; None: no bar.

    Returns:
        uint8 [iterations + 1, N, 3, H, W]; picture i depends on row i alone, before the ascent bit for bit, after it
        up to rounding, for on the way back a processor may add up in an order that depends on the row's place.
    """
    batches, found = list(padded_batches(len(x_T), model.batch_size)), []
    total = len(batches) * (ascent.iterations + 1)
    with tqdm(total=total, desc=label, unit="iteration", disable=None if label else True) as bar:
        for rows, count in batches:
            states = []
            for images in optimize_noise(model, clip, targets.rows(rows), x_T[rows], drawing, ascent, learning_rate):
                states.append(images[:count])
                bar.update()
            found.append(torch.stack(states))
    return torch.cat(found, dim=1)


def optimize_noise(
    model: TextToImage,
    clip: Clip,
    targets: PromptTargets,
    x_T: Tensor,
    drawing: DrawingSection,
    ascent: AscentSection,
    learning_rate: float,
) -> Iterator[Tensor]:
    """The pictures of one batch, uint8 [B, 3, H, W], before the first step and after each."""
    clip.model.requires_grad_(False)
    x_T = x_T.to(model.device, torch.float32)
    length = norms(x_T)
    velocity = torch.zeros_like(x_T)
    for iteration in range(ascent.iterations + 1):
        last = iteration == ascent.iterations
        with torch.set_grad_enabled(not last):
            x_T = x_T.detach().requires_grad_(not last)
            sample = decoded(model, sampled(model, targets, x_T, drawing, recompute=ascent.recompute))
            check_numbers(sample.detach(), model.pipeline.unet)
            yield to_bytes(sample.detach()).cpu()
            if last:
                return
            (gradient,) = torch.autograd.grad(similarity(clip, sample, targets.embeds).sum(), x_T)
        velocity = ascent.momentum * velocity + gradient / norms(gradient).clamp_min(1e-12)
        x_T = x_T.detach() + learning_rate * length * velocity
        if ascent.norm == "keep":
            x_T = x_T * (length / norms(x_T))


def sampled(
    model: TextToImage, targets: PromptTargets, x_T: Tensor, drawing: DrawingSection, *, recompute: bool = False
) -> Tensor:
    """Latents x_0 [B, C, h, w] by the model's DDIM with guidance, as a differentiable function of x_T."""
    scheduler = model.pipeline.scheduler
    scheduler.set_timesteps(drawing.num_inference_steps)
    denoise = model.denoiser(torch.cat([targets.empty.expand_as(targets.states), targets.states]))
    x_t = x_T
    for t in scheduler.timesteps.tolist():
        both = x_t.repeat(2, 1, 1, 1)
        output = checkpoint(denoise, both, t, use_reentrant=False) if recompute else denoise(both, t)
        nothing, asked = output.chunk(2)
        x_t = scheduler.step(guide(nothing, asked, drawing.guidance_scale), t, x_t).prev_sample
    return x_t


def decoded(model: TextToImage, latents: Tensor) -> Tensor:
    """Pictures float32 [B, 3, H, W], about −1 to 1, of latents; differentiable."""
    vae = model.pipeline.vae
    scale = GradientScale(vae.dtype)
    with model.precision():
        sample = vae.decode(scale.enter(latents).to(vae.dtype) / vae.config.scaling_factor).sample
        return scale.leave(sample.float())


def similarity(clip: Clip, sample: Tensor, embeds: Tensor) -> Tensor:
    """Cosine of each picture [B, 3, H, W], −1 to 1, with its text [B, E], float32 [B]; differentiable."""
    pixels = clip_input(clip, (sample / 2 + 0.5).clamp(0, 1))
    features = clip.model.get_image_features(pixel_values=pixels.to(clip.model.device)).pooler_output
    return (F.normalize(features, dim=-1) * embeds.to(features)).sum(dim=-1)


def clip_input(clip: Clip, pictures: Tensor) -> Tensor:
    """What ``CLIPImageProcessor`` makes of pictures [B, 3, H, W], 0 to 1, without its rounding to bytes.

    The shorter side is resized with bicubic interpolation, the middle cut out, the channels normalised.
    """
    processor = clip.image_processor
    edge = processor.size["shortest_edge"]
    height, width = pictures.shape[-2:]
    if min(height, width) != edge:
        down, across = (_resizing(side, round(side * edge / min(height, width))) for side in (height, width))
        pictures = (down.to(pictures) @ pictures @ across.to(pictures).T).clamp(0, 1)
    top, left = (
        (side - processor.crop_size[name]) // 2
        for side, name in zip(pictures.shape[-2:], ("height", "width"), strict=True)
    )
    pictures = pictures[..., top : top + processor.crop_size["height"], left : left + processor.crop_size["width"]]
    mean, std = (torch.tensor(part).view(3, 1, 1).to(pictures) for part in (processor.image_mean, processor.image_std))
    return (pictures - mean) / std


def _resizing(old: int, new: int) -> Tensor:
    """Bicubic interpolation with antialiasing along one side as a matrix [new, old].

    torch's own has a way back on CUDA that does not repeat.
    """
    return F.interpolate(torch.eye(old)[None, None], size=(new, old), mode="bicubic", antialias=True)[0, 0]


def norms(x: Tensor) -> Tensor:
    """‖x‖ of each row of [B, C, h, w], [B, 1, 1, 1]."""
    return x.flatten(1).norm(dim=1).view(-1, 1, 1, 1)

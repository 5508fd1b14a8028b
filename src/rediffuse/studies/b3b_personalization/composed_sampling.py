"""Two concepts in one picture, each with a branch and a scale (after Concept Conductor, arXiv 2408.03632)."""

from __future__ import annotations

import torch
from torch import Tensor
from tqdm import tqdm

from rediffuse.diffusion.batches import padded_batches
from rediffuse.diffusion.guidance import guide
from rediffuse.models.text2image.model import TextToImage


def composed(outputs: Tensor, thing_scale: float, style_scale: float) -> Tensor:
    """ε_u + w_1 (ε_thing − ε_u) + w_2 (ε_both − ε_thing), a sum of directions (Liu et al. 2022, arXiv 2206.01714).

    The thing has a branch without the style's word, which cannot leak into it there. What the style adds to it is a
    direction of its own, with a scale of its own; where the scales are equal this is the one prompt with both words. v
    and x_0 are linear in ε at a given x_t, so a model that predicts them is composed alike.

    Args:
        outputs: of nothing, the thing and both, one after the other, [3 B, C, h, w].
    """
    nothing, thing, both = outputs.chunk(3)
    return guide(nothing, thing, thing_scale) + style_scale * (both - thing)


@torch.inference_mode()
def draw_composed(
    model: TextToImage,
    branches: tuple[Tensor, Tensor, Tensor],  # states of nothing, the thing and both, [N, L, D] each
    x_T: Tensor,  # [N, C, h, w]
    scales: tuple[float, float],
    num_inference_steps: int,
    label: str | None = None,
) -> Tensor:
    """Pictures uint8 [N, 3, H, W]; picture i depends on row i alone."""
    scheduler, drawn = model.pipeline.scheduler, []
    scheduler.set_timesteps(num_inference_steps)
    with tqdm(total=len(x_T), desc=label, unit="picture", disable=None if label else True) as bar:
        for rows, count in padded_batches(len(x_T), model.batch_size):
            denoise = model.denoiser(torch.cat([part[rows] for part in branches]))
            x_t = x_T[rows].to(model.device, model.pipeline.unet.dtype)
            for t in scheduler.timesteps.tolist():
                x_t = scheduler.step(composed(denoise(x_t.repeat(3, 1, 1, 1), t), *scales), t, x_t).prev_sample
            drawn.append(model.decode(x_t)[:count])
            bar.update(count)
    return torch.cat(drawn)

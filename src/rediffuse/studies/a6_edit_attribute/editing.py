"""One attribute of a picture changed by steering its latents (after SEGA, Brack et al. 2023, arXiv 2301.12247)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from diffusers import DDIMScheduler
from torch import Tensor
from tqdm import tqdm

from rediffuse.diffusion.batches import padded_batches
from rediffuse.diffusion.guidance import guide
from rediffuse.models.text2image.model import TextToImage
from rediffuse.models.text2image.shared_params import DrawingSection


@dataclass(frozen=True, eq=False)
class Edit:
    """What N pictures are, and what they are to become.

    Attributes:
        source, target: the prompts' states, [N, L, D].
        empty: the state of no prompt, [1, L, D].
    """

    source: Tensor
    target: Tensor
    empty: Tensor

    def rows(self, rows: Tensor) -> Edit:
        """Those of some pictures, by their places."""
        return Edit(self.source[rows], self.target[rows], self.empty)

    def states(self, *, both: bool) -> Tensor:
        """As one batch: nothing, the source, and with ``both`` the target, [2 N or 3 N, L, D]."""
        empty = self.empty.expand_as(self.source)
        return torch.cat([empty, self.source, self.target] if both else [empty, self.source])


def encode_edit(model: TextToImage, source: Sequence[str], target: Sequence[str]) -> Edit:
    """The states of N pairs of prompts.

    Raises:
        InputError: a prompt is too long for the model, or has letters that it does not know.
    """
    states = model.text_states([*source, *target, ""])
    count = len(source)
    return Edit(states[:count], states[count:-1], states[-1:])


def steered(outputs: Tensor, guidance_scale: float, scales: Tensor) -> Tensor:
    """The combined prediction of a three-way batch.

        ε_u + w (ε_src − ε_u) + s (ε_tgt − ε_src)

    v and x_0 are linear in ε at a given x_t, so that a model which predicts them is steered alike.

    Args:
        outputs: of nothing, the source and the target in this order, [3 N, C, h, w].
        guidance_scale: w; s = 0 is the guided source, s = w the guided target.
        scales: s of each picture, [N].
    """
    nothing, source, target = outputs.chunk(3)
    return guide(nothing, source, guidance_scale) + scales.view(-1, 1, 1, 1).to(outputs) * (target - source)


@torch.inference_mode()
def edit_latents(
    model: TextToImage,
    edit: Edit,  # of N pictures
    x_T: Tensor,  # [N, C, h, w]
    scales: Sequence[float],  # s, S of them
    drawing: DrawingSection,
    warmup_steps: int,  # first steps in which the source alone guides
    label: str | None = None,  # what a progress bar says; None: no bar
) -> Tensor:
    """Latents of each picture under each scale, float [S, N, C, h, w]; [s, i] depends on row i and its scale alone.

    All scales share the first steps, and so the layout that these decide. s = 0 is the picture of the source, as
    ``StableDiffusionPipeline`` draws it from the same x_T.
    """
    scheduler = DDIMScheduler.from_config(model.pipeline.scheduler.config)
    scheduler.set_timesteps(drawing.num_inference_steps)
    timesteps = scheduler.timesteps.tolist()
    first, second = timesteps[:warmup_steps], timesteps[warmup_steps:]
    place = torch.arange(len(x_T)).repeat(len(scales))
    each = torch.tensor(scales, dtype=torch.float32).repeat_interleave(len(x_T))
    x_t = x_T.to(model.device, model.pipeline.unet.dtype)

    total = len(x_T) * len(first) + len(place) * len(second)
    with tqdm(total=total, desc=label, unit="step", disable=None if label else True) as bar:
        warm = torch.empty_like(x_t)
        for rows, count in padded_batches(len(x_T), model.batch_size):
            part = edit.rows(rows)
            warm[rows[:count]] = _guided(model, scheduler, part, x_t[rows], first, drawing.guidance_scale)[:count]
            bar.update(count * len(first))
        edited = torch.empty_like(warm[place])
        for rows, count in padded_batches(len(place), model.batch_size):
            part, start = edit.rows(place[rows]), warm[place[rows]]
            found = _steered(model, scheduler, part, start, second, drawing.guidance_scale, each[rows])
            edited[rows[:count]] = found[:count]
            bar.update(count * len(second))
    return edited.unflatten(0, (len(scales), len(x_T)))


def _guided(
    model: TextToImage, scheduler: DDIMScheduler, edit: Edit, x_t: Tensor, timesteps: list[int], scale: float
) -> Tensor:
    denoise = model.denoiser(edit.states(both=False))
    for t in timesteps:
        nothing, source = denoise(x_t.repeat(2, 1, 1, 1), t).chunk(2)
        x_t = scheduler.step(guide(nothing, source, scale), t, x_t).prev_sample
    return x_t


def _steered(
    model: TextToImage,
    scheduler: DDIMScheduler,
    edit: Edit,
    x_t: Tensor,
    timesteps: list[int],
    guidance_scale: float,
    scales: Tensor,
) -> Tensor:
    denoise = model.denoiser(edit.states(both=True))
    for t in timesteps:
        output = steered(denoise(x_t.repeat(3, 1, 1, 1), t), guidance_scale, scales)
        x_t = scheduler.step(output, t, x_t).prev_sample
    return x_t

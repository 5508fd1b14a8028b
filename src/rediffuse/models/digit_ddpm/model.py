"""Drawing digits from a trained model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from rediffuse.data.digits.dataset import NUM_DIGITS
from rediffuse.data.pixels import to_bytes
from rediffuse.diffusion.guidance import Denoiser, guided
from rediffuse.diffusion.sampling import State, sample
from rediffuse.diffusion.schedules import NoiseSchedule
from rediffuse.diffusion.shared_params import SamplerSection
from rediffuse.models.digit_ddpm.condition import condition, null_like
from rediffuse.models.digit_ddpm.network import DigitUNet
from rediffuse.models.loading import check_answer, check_numbers, first_input, loading, read_network
from rediffuse.pipeline.compute import fast_dtype, initial_noise

SHAPE = (3, 28, 28)
BATCH = 250  # images sampled at once


class DigitModel:
    """A U-Net of digits and the schedule it was trained with."""

    def __init__(self, unet: DigitUNet, schedule: NoiseSchedule) -> None:
        self.unet = unet.eval()
        self.schedule = schedule
        self.num_sets = unet.config.condition_dim - NUM_DIGITS

    @classmethod
    def from_pretrained(cls, folder: str | Path, device: torch.device) -> DigitModel:
        """Read ``unet/`` and ``scheduler/`` of the folder that train_digit_ddpm wrote.

        Raises:
            InputError: the folder holds no such model.
        """
        with loading(folder, None, "digit model in diffusers' layout") as where:
            unet: DigitUNet = read_network(DigitUNet, folder, subfolder="unet", **where)
            schedule = NoiseSchedule.from_pretrained(folder, subfolder="scheduler")
            first = first_input(1, *SHAPE)
            with torch.inference_mode():
                answer = unet(first, torch.zeros(1), torch.zeros(1, unet.config.condition_dim))
            check_answer(answer, tuple(first.shape), "its answer")
        return cls(unet.to(device, memory_format=torch.channels_last), schedule)

    def denoiser(
        self, digits: Tensor, sets: Tensor, guidance_scale: float, interval: tuple[float, float] = (0.0, 1.0)
    ) -> Denoiser:
        """A guided denoiser of images of ``digits`` in ``sets``, both int64 [B]."""
        device, dtype = self.unet.device, fast_dtype(self.unet.device)
        wanted = condition(digits, sets, self.num_sets).to(device)

        def model(x_t: Tensor, timesteps: Tensor, rows: Tensor) -> Tensor:
            with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
                return self.unet(x_t, timesteps, rows).float()

        return guided(
            model,
            condition=wanted,
            null=null_like(wanted),
            guidance_scale=guidance_scale,
            interval=interval,
            num_train_timesteps=self.schedule.num_train_timesteps,
        )

    def states(
        self,
        digits: Tensor,
        sets: Tensor,
        sampler: SamplerSection,
        guidance_scale: float,
        x_T: Tensor,
        generators: list[torch.Generator] | None = None,
    ) -> Iterator[State]:
        """Every state of one batch on the way from ``x_T`` [B, 3, 28, 28] to images."""
        denoise = self.denoiser(digits, sets, guidance_scale, sampler.guidance_interval)
        return sample(sampler, denoise, x_T.to(self.unet.device), self.schedule, generators)

    @torch.inference_mode()
    def draw(
        self,
        digits: Tensor,  # int64 [N]
        sets: Tensor,  # int64 [N]
        sampler: SamplerSection,
        guidance_scale: float,
        seed: int,
        study: str,  # with the seed and the image's place, the key of its noise
        progress: str | None = None,  # what a progress bar says; None: no bar
    ) -> Tensor:
        """Images as a PNG holds them, uint8 [N, 3, 28, 28]; image i starts from noise i of the study."""
        drawn = []
        with tqdm(total=len(digits), desc=progress, unit="image", disable=None if progress else True) as bar:
            for start in range(0, len(digits), BATCH):
                rows = slice(start, min(start + BATCH, len(digits)))
                x_T, generators = initial_noise(SHAPE, seed, study, range(rows.start, rows.stop))
                for state in self.states(digits[rows], sets[rows], sampler, guidance_scale, x_T, generators):
                    last = state
                check_numbers(last.x_prev, self.unet)
                drawn.append(to_bytes(last.x_prev).cpu())
                bar.update(len(x_T))
        return torch.cat(drawn)


def each_digit(count: int, num_sets: int) -> tuple[Tensor, Tensor]:
    """``count`` of each digit of each set: (digits, sets), int64 [num_sets · 10 · count], sets outermost."""
    digits = torch.arange(NUM_DIGITS).repeat_interleave(count).repeat(num_sets)
    return digits, torch.arange(num_sets).repeat_interleave(NUM_DIGITS * count)

"""Study B2 on the faces: drawing with DDIM from the noises 00, 01, ….

The course's grid of timesteps is an option: its images answer to the course's own noises and weights.
"""

from __future__ import annotations

import torch
from torch import Tensor

from rediffuse.data.pixels import to_bytes
from rediffuse.diffusion.batches import padded_batches
from rediffuse.diffusion.sampling import ddim
from rediffuse.diffusion.schedules import NoiseSchedule
from rediffuse.models.face_ddpm.model import FaceModel
from rediffuse.models.loading import check_numbers
from rediffuse.pipeline.compute import initial_noise
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import user_path
from rediffuse.studies.b2_ddim.noises import read_noises
from rediffuse.studies.b2_ddim.params import FacesSection, Grid


class FaceDdim:
    """Draws faces from given noises with DDIM.

    Attributes:
        given: the user's noises, float32 [N, C, H, W], or None.
    """

    def __init__(self, model: FaceModel, params: FacesSection, seed: int) -> None:
        most = model.schedule.num_train_timesteps // (2 if params.grid == "course" else 1)
        for key in ("eta", "interpolation"):
            steps = getattr(params, key).num_inference_steps
            if steps > most:
                raise InputError(
                    f"ddim_grids.faces.{key}.num_inference_steps: found {steps}, at most {most} "
                    f"with this model and the grid {params.grid}"
                )
        self.model, self.params, self.seed = model, params, seed
        noises = None if params.noises is None else user_path(params.noises, "ddim_grids.faces.noises")
        self.given = None if noises is None else read_noises(noises, model.shape)

    def draw(self, x_T: Tensor, columns: Tensor, eta: float, steps: int, generators: list[torch.Generator]) -> Tensor:
        """Images uint8 [B, C, H, W] from ``x_T``; see ``study.Draw``. The model knows no columns."""
        timesteps, final = course_or_usual(self.model.schedule, steps, self.params.grid)
        drawn = []
        with torch.inference_mode():
            for rows, count in padded_batches(len(x_T), self.params.batch_size):
                own = generators[rows[0] : rows[0] + count]  # none at all where nothing is drawn on the way
                states = ddim(
                    self.model.denoiser(),
                    x_T[rows].to(self.model.unet.device),
                    self.model.schedule,
                    timesteps,
                    eta=eta,
                    generators=[*own, *(torch.Generator() for _ in rows[count:])],
                    clip_x0=self.params.clip_x0,
                    final_alpha_cumprod=final,
                )
                for state in states:
                    last = state
                check_numbers(last.x_prev, self.model.unet)
                drawn.append(to_bytes(last.x_prev[:count]).cpu())
        return torch.cat(drawn)

    def noise(self, study: str, count: int) -> tuple[Tensor, list[torch.Generator]]:
        """x_T and fresh generators of ``count`` images: the same whatever the study, the user's noises first."""
        x_T, generators = initial_noise(self.model.shape, self.seed, "ddim_grids/faces", range(count))
        if self.given is not None:
            x_T[: len(self.given)] = self.given[:count]
        return x_T, generators


def course_or_usual(schedule: NoiseSchedule, steps: int, grid: Grid) -> tuple[Tensor, float]:
    """Falling timesteps, int64 [steps], and ᾱ behind the last of them.

    The course goes from T + 1 − T/steps (981 for 50 steps of 1000) down to 1, and takes ᾱ_0 behind it.
    """
    if grid == "course":
        return schedule.timesteps(steps, "leading") + 1, float(schedule.alphas_cumprod[0])
    return schedule.timesteps(steps, grid), 1.0

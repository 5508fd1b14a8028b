"""Study B2 on the digits: drawing with DDIM, measures, figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rediffuse.data.digits.dataset import NUM_DIGITS
from rediffuse.data.pixels import to_bytes
from rediffuse.diffusion.shared_params import SamplerSection
from rediffuse.models.digit_classifier.model import DigitClassifier, read
from rediffuse.models.digit_ddpm.model import BATCH, SHAPE, DigitModel
from rediffuse.models.loading import check_numbers
from rediffuse.pipeline.compute import initial_noise
from rediffuse.pipeline.errors import InputError
from rediffuse.studies.b2_ddim.measures import eta_metrics, path_metrics
from rediffuse.studies.b2_ddim.params import Params
from rediffuse.studies.b2_ddim.plots import plot_eta, plot_paths
from rediffuse.studies.b2_ddim.study import draw_etas, interpolate


class DigitDdim:
    """Draws digits from given noises with DDIM; the columns go through the sets, then the digits."""

    def __init__(self, model: DigitModel, names: list[str], params: Params) -> None:
        total = model.schedule.num_train_timesteps
        for key in ("eta", "interpolation"):
            steps = getattr(params, key).num_inference_steps
            if steps > total:
                raise InputError(f"ddim_grids.{key}.num_inference_steps: found {steps}, at most the model's {total}")
        self.model, self.names, self.params = model, names, params

    def draw(self, x_T: Tensor, columns: Tensor, eta: float, steps: int, generators: list[torch.Generator]) -> Tensor:
        """Images uint8 [B, 3, 28, 28] from ``x_T``; see ``study.Draw``."""
        sampler = SamplerSection(
            name="ddim",
            num_inference_steps=steps,
            spacing=self.params.spacing,
            eta=eta,
            clip_x0=self.params.clip_x0,
            guidance_interval=self.params.guidance_interval,
        )
        digits, sets = columns // len(self.names) % NUM_DIGITS, columns % len(self.names)
        drawn = []
        with torch.inference_mode():
            for start in range(0, len(x_T), BATCH):
                rows = slice(start, start + BATCH)
                states = self.model.states(
                    digits[rows], sets[rows], sampler, self.params.guidance_scale, x_T[rows], generators[rows] or None
                )
                for state in states:
                    last = state
                check_numbers(last.x_prev, self.model.unet)
                drawn.append(to_bytes(last.x_prev).cpu())
        return torch.cat(drawn)

    def noise(self, study: str, count: int) -> tuple[Tensor, list[torch.Generator]]:
        """x_T and fresh generators of ``count`` images of a study."""
        return initial_noise(SHAPE, self.params.seed, f"ddim_grids/{study}", range(count))

    def label(self, column: int) -> str:
        """What a column shows."""
        return f"{column // len(self.names) % NUM_DIGITS} {self.names[column % len(self.names)]}"


def study_digits(ddim: DigitDdim, judge: DigitClassifier, folder: Path) -> dict[str, Any]:
    """Draw, measure, and write the figures into ``folder``; the metrics."""
    eta, path = ddim.params.eta, ddim.params.interpolation
    images = draw_etas(ddim.draw, ddim.noise, eta.etas, eta.num_inference_steps, eta.noises)
    repeat = draw_etas(ddim.draw, ddim.noise, (0.0,), eta.num_inference_steps, eta.noises)[0]
    paths = interpolate(ddim.draw, ddim.noise, path.num_alphas, path.num_inference_steps, path.pairs)
    eta_found, eta_curve = eta_metrics(images, repeat, eta.etas)
    path_found, path_curve = path_metrics(lambda images: read(judge, images)[0].max(dim=1).values.numpy(), paths)

    plot_eta(folder, "digits", images, eta_curve, [ddim.label(column) for column in range(eta.columns)])
    shown = range(min(len(ddim.names), path.pairs))
    plot_paths(folder, "digits", paths, path_curve, {ddim.label(pair): pair for pair in shown})
    return {**eta_found, **path_found}

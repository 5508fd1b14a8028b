"""Study B2 on any model: what η does, and what lies between two noises.

The model is given as a ``Draw``, so that digits and faces are measured by the same lines.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rediffuse.diffusion.interpolation import PATHS

# (x_T [B, C, H, W], which column each image belongs to int64 [B], η, steps, generators) -> uint8 [B, C, H, W]
Draw = Callable[[Tensor, Tensor, float, int, list[torch.Generator]], Tensor]
Noise = Callable[[str, int], tuple[Tensor, list[torch.Generator]]]  # (study, count) -> x_T and fresh generators


def draw_etas(draw: Draw, noise: Noise, etas: tuple[float, ...], steps: int, count: int) -> Tensor:
    """Images uint8 [len(etas), count, C, H, W]; within a column x_T and the stream of noise are the same.

    The generators are made anew for each η, so step k of a column draws the same z_k whatever η is.
    """
    rows = []
    for eta in etas:
        x_T, generators = noise("eta", count)
        rows.append(draw(x_T, torch.arange(count), eta, steps, generators))
    return torch.stack(rows)


def distances(images: Tensor) -> np.ndarray:
    """Root mean square pixel difference, 0 to 255, of each image from its column's first row.

    Args:
        images: uint8 [R, N, C, H, W].

    Returns:
        float64 [R, N].
    """
    difference = images.double() - images[:1].double()
    return difference.square().flatten(2).mean(2).sqrt().numpy()


@dataclass(frozen=True)
class Interpolation:
    """Images along the paths between pairs of noises.

    Attributes:
        alphas: float64 [A], 0 to 1.
        images: by path, uint8 [A, P, C, H, W].
        norms: by path, ‖x_T‖/√d, float64 [A, P].
    """

    alphas: np.ndarray
    images: dict[str, Tensor]
    norms: dict[str, np.ndarray]


def interpolate(draw: Draw, noise: Noise, num_alphas: int, steps: int, pairs: int) -> Interpolation:
    """Draw every path between noise 2p and noise 2p + 1 of each pair p; the ends are drawn once."""
    x_T, _ = noise("interpolation", 2 * pairs)
    start, end = x_T[0::2], x_T[1::2]
    columns = torch.arange(pairs)
    ends = {alpha: draw(x, columns, 0.0, steps, []) for alpha, x in ((0.0, start), (1.0, end))}
    alphas = np.linspace(0, 1, num_alphas)
    images, norms = {}, {}
    for name, path in PATHS.items():
        noises = [path(start, end, float(alpha)) for alpha in alphas]
        inner = draw(torch.cat(noises[1:-1]), columns.repeat(num_alphas - 2), 0.0, steps, [])
        images[name] = torch.stack([ends[0.0], *inner.chunk(num_alphas - 2), ends[1.0]])
        norms[name] = np.stack([x.flatten(1).double().square().mean(1).sqrt().numpy() for x in noises])
    return Interpolation(alphas, images, norms)


def sharpness(images: Tensor) -> np.ndarray:
    """Mean length of the brightness gradient of each image, in grey levels a pixel.

    Args:
        images: uint8 [..., C, H, W].

    Returns:
        float64 [...].
    """
    grey = images.double().mean(-3)
    down = (grey[..., 1:, :-1] - grey[..., :-1, :-1]).square()
    across = (grey[..., :-1, 1:] - grey[..., :-1, :-1]).square()
    return (down + across).sqrt().mean((-2, -1)).numpy()

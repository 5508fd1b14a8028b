"""Paths between two noises.

Standard normal noise of d dimensions lies close to a sphere of radius √d. Slerp (Shoemake 1985)
stays on it; lerp cuts through and has 1/√2 of the radius at the middle of two orthogonal noises;
corrected lerp is lerp drawn out again to the radius that slerp would have.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

NEARLY_PARALLEL = 1e-4  # radians, below which slerp's sines cancel and lerp is the same


def lerp(start: Tensor, end: Tensor, alpha: float) -> Tensor:
    """(1 − α) · start + α · end; any shape, 0 ≤ α ≤ 1."""
    return (1 - alpha) * start + alpha * end


def slerp(start: Tensor, end: Tensor, alpha: float) -> Tensor:
    """sin((1 − α)θ)/sin θ · start + sin(αθ)/sin θ · end, θ the angle between the two, of each image.

    Args:
        start, end: [B, …]; each image is taken as one flat vector.
        alpha: 0 to 1.
    """
    first, second = start.flatten(1).double(), end.flatten(1).double()
    cosine = torch.nn.functional.cosine_similarity(first, second, dim=1).clamp(-1, 1)
    angle = torch.arccos(cosine)[:, None]
    weights = torch.sin((1 - alpha) * angle) / torch.sin(angle), torch.sin(alpha * angle) / torch.sin(angle)
    turned = weights[0] * first + weights[1] * second
    path = torch.where(angle < NEARLY_PARALLEL, lerp(first, second, alpha), turned)
    return path.to(start.dtype).view_as(start)


def corrected_lerp(start: Tensor, end: Tensor, alpha: float) -> Tensor:
    """Lerp, each image scaled to the norm that lies between those of its ends, [B, …]."""
    path = lerp(start, end, alpha).flatten(1).double()
    norms = [noise.flatten(1).double().norm(dim=1) for noise in (start, end)]
    wanted = lerp(norms[0], norms[1], alpha)
    scaled = path * (wanted / path.norm(dim=1))[:, None]
    return scaled.to(start.dtype).view_as(start)


PATHS: dict[str, Callable[[Tensor, Tensor, float], Tensor]] = {
    "slerp": slerp,
    "lerp": lerp,
    "corrected_lerp": corrected_lerp,
}

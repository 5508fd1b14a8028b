"""What is measured of generated pictures beside what the judge and CLIP read."""

from __future__ import annotations

import torch
from torch import Tensor

from rediffuse.evaluation import intervals


def saturation(images: Tensor) -> Tensor:
    """Mean saturation of each picture, float32 [N], 0 to 1.

    A pixel's is (max − min) / max of its three channels, 0 for black (the S of HSV; Smith 1978).

    Args:
        images: uint8 [N, 3, H, W].
    """
    highest, lowest = images.amax(1).float(), images.amin(1).float()  # [N, H, W]
    return ((highest - lowest) / highest.clamp(min=1)).mean((1, 2))


def clipped(images: Tensor) -> Tensor:
    """Share of each picture's values that lie at an end of their range, 0 or 255; float32 [N]."""
    return ((images == 0) | (images == 255)).float().mean((1, 2, 3))


def diversity(features: Tensor) -> Tensor:
    """Mean Euclidean distance between the pictures of a prompt, float32 [P].

    Args:
        features: float32 [P, S, D], S ≥ 2 pictures of each of P prompts.
    """
    return torch.stack([torch.pdist(part).mean() for part in features])


def over_prompts(values: Tensor, limits: tuple[float, float] = (-float("inf"), float("inf"))) -> dict[str, float]:
    """The mean of all pictures with its 95 % interval over prompts: pictures of one prompt stand or fall together.

    Args:
        values: [P, S], S pictures of each of P prompts, or [P].
        limits: what the measure cannot leave; Student's interval may.

    Returns:
        ``mean``, ``low``, ``high``, and ``n``, the number of prompts.
    """
    found = intervals.mean(values.double().reshape(len(values), -1).mean(1).numpy())
    return {**found, "low": max(limits[0], found["low"]), "high": min(limits[1], found["high"])}


def share_of(right: Tensor) -> dict[str, float]:
    """A share with its interval over prompts: Wilson's where each prompt has one picture, else clustered by prompt.

    Args:
        right: booleans [P, S], S pictures of each of P prompts, or [P].

    Returns:
        ``mean``, ``low``, ``high``, and ``n``, the number of prompts.
    """
    rows = right.reshape(len(right), -1)
    prompt = torch.arange(len(rows)).repeat_interleave(rows.shape[1])
    found = intervals.clustered_proportion(rows.flatten().numpy(), prompt.numpy())
    return intervals.without_counts(found) | {"n": len(rows)}

"""How much of a picture is fine detail, and how much is slow change."""

from __future__ import annotations

import torch
from torch import Tensor

from rediffuse.data.luma import LUMA


def band_contrasts(images: Tensor, cutoff: float) -> tuple[Tensor, Tensor]:
    """Root mean square of the luma's low and of its high frequencies, in grey levels, float64 [N] each.

    The luma is split in its Fourier transform by the distance from frequency 0, the low part below ``cutoff`` and
    the high part from there on; the mean belongs to neither. By Parseval's theorem the squares of both add up to the
    luma's variance.

    Args:
        images: uint8 [N, 3, H, W].
        cutoff: share of the Nyquist frequency of the side, above 0; the corners of the transform go up to √2.
    """
    weights = torch.tensor(LUMA, dtype=torch.float64)
    luma = (images.double() * weights[:, None, None]).sum(1)  # [N, H, W]
    power = torch.fft.fft2(luma, norm="ortho").abs().square() / luma[0].numel()
    down, across = (2 * torch.fft.fftfreq(side, dtype=torch.float64) for side in luma.shape[1:])
    radius = torch.hypot(down[:, None], across[None, :])
    high = radius >= cutoff
    low = ~high & (radius > 0)
    return (power * low).sum((1, 2)).sqrt(), (power * high).sum((1, 2)).sqrt()

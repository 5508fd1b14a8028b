"""How much of a picture's drawing is found again in another: their edges compared."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from rediffuse.data.luma import LUMA

SIZE = 32  # pixels at which edges are compared, whatever the pictures' size
SHARE = 0.2  # of the pixels are edges, so that a dark picture has as many as a bright one
LEAST = 1.0  # squared gradient below which nothing is an edge, grey levels of 0 to 255


def edges(images: Tensor) -> Tensor:
    """Where the brightness changes most, after Sobel.

    Args:
        images: uint8 [N, 3, H, W].

    Returns:
        bool [N, SIZE, SIZE]: the share ``SHARE`` of the pixels with the largest gradient; fewer where most is flat.
    """
    grey = (images.float() * torch.tensor(LUMA).view(3, 1, 1)).sum(1, keepdim=True)
    if images.shape[-2:] != (SIZE, SIZE):
        grey = F.interpolate(grey, (SIZE, SIZE), mode="bilinear", antialias=True, align_corners=False)
    across = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
    kernels = torch.stack([across, across.T])[:, None]
    slope = F.conv2d(F.pad(grey, (1, 1, 1, 1), mode="replicate"), kernels).square().sum(1)  # [N, SIZE, SIZE]
    count = round(SHARE * SIZE * SIZE)
    least = slope.flatten(1).topk(count).values[:, -1]
    return (slope >= least[:, None, None]) & (slope >= LEAST)


def edge_f1(found: Tensor, truth: Tensor, reach: int = 1) -> Tensor:
    """F1 of edges bool [N, H, W] against others, float32 [N].

    Precision is the share of ``found`` that has an edge of ``truth`` at most ``reach`` pixels away, recall the share
    of ``truth`` that has one of ``found`` (after Martin et al. 2004, doi 10.1109/TPAMI.2004.1273918).
    """
    precision, recall = _covered(found, truth, reach), _covered(truth, found, reach)
    return 2 * precision * recall / (precision + recall).clamp_min(1e-12)


def _covered(edges: Tensor, by: Tensor, reach: int) -> Tensor:
    near = F.max_pool2d(by.float()[:, None], 2 * reach + 1, stride=1, padding=reach)[:, 0]
    return (edges * near).flatten(1).sum(1) / edges.flatten(1).sum(1).clamp_min(1)

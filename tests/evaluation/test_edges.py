"""Edges and their F1, against scipy and by cases that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from rediffuse.evaluation.edges import SHARE, SIZE, edge_f1, edges


def noise(seed: int, size: int = SIZE) -> torch.Tensor:
    return torch.randint(0, 256, (1, 3, size, size), generator=torch.Generator().manual_seed(seed), dtype=torch.uint8)


def test_edges_are_the_steepest_pixels_as_scipy_finds_them() -> None:
    picture = noise(0)
    grey = np.tensordot(np.array([0.299, 0.587, 0.114]), picture[0].double().numpy(), 1)
    slope = np.hypot(ndimage.sobel(grey, 0, mode="nearest"), ndimage.sobel(grey, 1, mode="nearest"))
    wanted = slope >= np.sort(slope, axis=None)[-round(SHARE * SIZE**2)]
    assert (edges(picture)[0].numpy() == wanted).mean() > 0.999


def test_darkening_moves_no_edge_and_a_flat_picture_has_none() -> None:
    picture = noise(1) // 4 * 4
    assert (edges(picture) == edges(picture // 4)).float().mean() > 0.99
    assert not edges(torch.full((1, 3, SIZE, SIZE), 90, dtype=torch.uint8)).any()
    assert edges(noise(2, 64)).shape == (1, SIZE, SIZE)


def test_f1_counts_a_neighbour_as_found() -> None:
    truth = torch.zeros(1, 9, 9, dtype=torch.bool)
    truth[0, 4, 2:6] = True
    assert edge_f1(truth.roll(1, 1), truth).item() == 1
    assert edge_f1(truth.roll(2, 1), truth).item() == 0
    # Two more found far away: precision 4 of 6, recall 4 of 4.
    found = truth.clone()
    found[0, 0, :2] = True
    assert edge_f1(found, truth).item() == pytest.approx(2 * (4 / 6) / (4 / 6 + 1))
    assert edge_f1(torch.zeros_like(truth), truth).item() == 0

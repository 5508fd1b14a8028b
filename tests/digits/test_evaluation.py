"""Measures of generated digits against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import linalg

from rediffuse.digits.classifier import JudgeNet, SelectorNet, read
from rediffuse.digits.dataset import to_bytes, to_unit
from rediffuse.digits.evaluation import Reading, diversity, frechet_distance, judge_images, nearest


def random_images(count: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(0, 256, (count, 3, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))


def test_frechet_is_the_formula_in_float64() -> None:
    random = np.random.default_rng(0)
    real, generated = random.normal(size=(400, 6)), random.normal(1, 2, size=(300, 6)) @ random.normal(size=(6, 6))
    covariances = np.cov(real, rowvar=False), np.cov(generated, rowvar=False)
    root = linalg.sqrtm(covariances[0] @ covariances[1]).real
    expected = np.square(real.mean(0) - generated.mean(0)).sum() + np.trace(covariances[0] + covariances[1] - 2 * root)
    found = frechet_distance(torch.from_numpy(real), torch.from_numpy(generated))
    assert found == pytest.approx(expected, rel=1e-6)


def test_frechet_of_a_shift_is_its_square() -> None:
    features = torch.randn(500, 4, generator=torch.Generator().manual_seed(0)).double()
    assert frechet_distance(features, features + torch.tensor([3.0, 0, 0, 4.0])) == pytest.approx(25, rel=1e-6)


def test_diversity_is_the_mean_distance_within_a_digit() -> None:
    digits = torch.arange(10).repeat_interleave(3)
    features = torch.zeros(30, 2)
    features[digits == 4] = torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 0.0]])  # pairs: 5, 0, 5
    features += digits[:, None] * 100.0  # distances between digits must not count
    reading = Reading(torch.ones(30, dtype=torch.bool), digits, torch.ones(30), features, digits)
    assert diversity(reading, 3) == pytest.approx(10 / 3 / 10)
    assert diversity(reading, 2) == pytest.approx(5 / 10)


def test_nearest_finds_what_brute_force_finds() -> None:
    images, training = random_images(7), random_images(40, seed=1)
    training[11] = images[3]
    distances, rows = nearest(images, training)
    difference = images[:, None].double() - training[None].double()
    brute = difference.square().flatten(2).mean(2).sqrt()
    assert rows.tolist() == brute.argmin(1).tolist()
    assert torch.allclose(distances.double(), brute.min(1).values, atol=1e-3)
    assert rows[3] == 11 and distances[3] == 0


@pytest.mark.parametrize("network", [JudgeNet, SelectorNet])
def test_a_reading_does_not_depend_on_the_batch(network: type) -> None:
    torch.manual_seed(0)
    reader = network(widths=(8, 16, 16, 16)).eval()
    images = random_images(6)
    together, features = read(reader, images)
    alone = torch.cat([read(reader, image[None])[0] for image in images])
    assert together.shape == (6, 10) and features.shape == (6, 16)
    assert torch.allclose(together.sum(1), torch.ones(6), atol=1e-5)
    assert torch.allclose(together, alone, atol=1e-5)


def test_judge_counts_only_the_digit_that_was_asked_for() -> None:
    torch.manual_seed(0)
    judge = JudgeNet(widths=(8, 16, 16, 16)).eval()
    images = random_images(20)
    answers = read(judge, images)[0].argmax(1)
    assert judge_images(judge, images, answers).right.all()
    assert not judge_images(judge, images, (answers + 1) % 10).right.any()


def test_bytes_and_unit_are_inverse_and_clamped() -> None:
    every = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    assert torch.equal(to_bytes(to_unit(every)), every)
    assert to_bytes(torch.tensor([-7.0, 7.0])).tolist() == [0, 255]

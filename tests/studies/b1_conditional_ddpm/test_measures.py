"""Measures of generated digits against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import linalg

from rediffuse.models.digit_classifier.model import JudgeNet, SelectorNet, read
from rediffuse.studies.b1_conditional_ddpm.measures import (
    Reading,
    diversity_values,
    frechet_distance,
    judge_images,
    kernel_distance_values,
    nearest,
    nearest_digits,
)


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
    digits = torch.arange(10).repeat_interleave(4)
    features = torch.zeros(40, 2)
    features[digits == 4] = torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 0.0], [6.0, 8.0]])
    features += digits[:, None] * 100.0  # distances between digits must not count
    reading = Reading(torch.ones(40, dtype=torch.bool), digits, torch.ones(40), features, digits)
    assert diversity_values(reading, 3).mean() == pytest.approx(10 / 3 / 10)
    assert diversity_values(reading, 4).mean() == pytest.approx((5 + 0 + 10 + 5 + 5 + 10) / 6 / 10)


def test_kernel_distance_is_its_formula_and_its_values_are_the_jackknifes() -> None:
    random = torch.Generator().manual_seed(2)
    real, made = torch.randn(30, 5, generator=random), 0.7 + torch.randn(12, 5, generator=random)

    def by_hand(generated: torch.Tensor) -> float:
        def kernel(one: torch.Tensor, other: torch.Tensor) -> float:
            return (float(one.double() @ other.double()) / 5 + 1) ** 3

        def among(rows: torch.Tensor) -> float:
            pairs = [kernel(a, b) for i, a in enumerate(rows) for j, b in enumerate(rows) if i != j]
            return sum(pairs) / len(pairs)

        across = [kernel(a, b) for a in generated for b in real]
        return among(real) + among(generated) - 2 * sum(across) / len(across)

    values = kernel_distance_values(real, made)
    assert values.mean() == pytest.approx(by_hand(made))
    without = by_hand(torch.cat([made[:4], made[5:]]))
    assert values[4] == pytest.approx(12 * by_hand(made) - 11 * without)


def test_kernel_distance_is_unbiased_where_frechet_is_not() -> None:
    random = torch.Generator().manual_seed(5)
    real = torch.randn(2000, 16, generator=random)
    few = [torch.randn(24, 16, generator=random) for _ in range(40)]
    kid = np.array([kernel_distance_values(real, part).mean() for part in few])
    assert abs(kid.mean()) < 3 * kid.std(ddof=1) / np.sqrt(len(kid)), "nothing differs but the number of images"
    assert min(frechet_distance(real, part) for part in few) > 1


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


def test_the_nearest_training_image_names_the_digit() -> None:
    random = torch.Generator().manual_seed(3)
    known = torch.randint(0, 256, (40, 3, 28, 28), generator=random, dtype=torch.uint8)
    digits = torch.arange(40) % 10
    shown = torch.tensor([31, 4, 17])
    noisy = (known[shown].int() + torch.randint(-9, 10, (3, 3, 28, 28), generator=random)).clamp(0, 255)
    assert nearest_digits(noisy.to(torch.uint8), known, digits).tolist() == [1, 4, 7]
    # Against the distance by its definition, on images that resemble none.
    others = torch.randint(0, 256, (600, 3, 28, 28), generator=random, dtype=torch.uint8)
    small, bank = (part.float().reshape(-1, 3, 14, 2, 14, 2).mean((3, 5)).flatten(1) for part in (others, known))
    expected = digits[torch.cdist(small.double(), bank.double()).argmin(1)]
    assert torch.equal(nearest_digits(others, known, digits), expected)

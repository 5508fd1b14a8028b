"""Measures of generated digits against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import linalg, stats

from rediffuse import intervals
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


@pytest.mark.parametrize(("right", "n"), [(0, 10), (10, 10), (495, 500), (1, 3)])
def test_proportion_is_wilsons(right: int, n: int) -> None:
    found = intervals.proportion(np.arange(n) < right)
    z, share = stats.norm.ppf(0.975), right / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    assert found["mean"] == share and found["n"] == n
    assert (found["low"], found["high"]) == pytest.approx((middle - half, middle + half), abs=1e-9)


def test_mean_is_students() -> None:
    found = intervals.mean([1.0, 2.0, 3.0, 6.0])
    half = stats.t.ppf(0.975, 3) * np.std([1, 2, 3, 6], ddof=1) / 2
    assert (found["mean"], found["low"], found["high"]) == pytest.approx((3, 3 - half, 3 + half))


def test_clustered_mean_is_students_over_clusters() -> None:
    shares = np.array([0.25, 0.5, 1.0, 0.75])
    found = intervals.clustered_mean(np.repeat(shares, 3), np.repeat([7, 1, 4, 9], 3))
    half = stats.t.ppf(0.975, 3) * np.std(shares, ddof=1) / 2
    assert (found["mean"], found["low"], found["high"]) == pytest.approx((0.625, 0.625 - half, min(1, 0.625 + half)))
    assert (found["n"], found["clusters"]) == (12, 4)


def test_clustered_interval_narrows_with_clusters_and_not_with_items_of_each() -> None:
    def width(clusters: int, each: int) -> float:
        shares = np.resize([0.5, 0.75], clusters)
        right = (np.arange(each) < each * shares[:, None]).ravel()
        found = intervals.clustered_mean(right, np.arange(clusters).repeat(each))
        assert found["low"] > 0 and found["high"] < 1, "clipping would hide the width"
        return found["high"] - found["low"]

    assert width(6, 4) == pytest.approx(width(6, 20)) == pytest.approx(width(6, 400))
    assert width(6, 20) > 1.5 * width(24, 20) > 1.5 * 1.5 * width(96, 20)
    right = np.resize([True, True, False], 300)
    wilson = intervals.proportion(right)
    assert width(6, 50) > 1.5 * (wilson["high"] - wilson["low"]), "as many pictures, wrongly taken as independent"


@pytest.mark.parametrize(("share", "clusters"), [(1.0, 1), (1.0, 2), (0.0, 5), (1.0, 15)])
def test_clusters_that_agree_count_as_one_item_each(share: float, clusters: int) -> None:
    found = intervals.clustered_mean(np.full(20 * clusters, share), np.arange(20 * clusters) % clusters)
    wilson = intervals.proportion(np.full(clusters, share == 1))
    assert (found["mean"], found["low"], found["high"]) == pytest.approx((share, wilson["low"], wilson["high"]))


def test_a_clustered_interval_holds_its_mean_and_stays_within_0_and_1() -> None:
    for means in ([1.0, 1.0, 0.5], [0.0, 0.1], [0.3], [0.5, 0.5]):
        found = intervals.clustered_mean(means, range(len(means)))
        assert 0 <= found["low"] < found["mean"] < found["high"] <= 1


def test_rounded_cuts_floats_all_the_way_down() -> None:
    assert intervals.rounded({"a": 0.123456, "b": {"c": 2.00001, "n": 7}}) == {"a": 0.1235, "b": {"c": 2.0, "n": 7}}

"""Intervals against their formulas, and their width against the number of what is independent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rediffuse.evaluation import intervals


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


def test_clustered_proportion_is_korn_and_graubards() -> None:
    right = np.array([1, 1, 1, 0, 1, 1, 0, 0, 0, 1, 1, 1], dtype=bool)
    cluster = np.repeat([7, 1, 4, 9], 3)
    share = 8 / 12
    residuals = np.array([3, 2, 0, 3]) - 3 * share
    variance = 4 / 3 * np.square(residuals).sum() / 144
    effective = share * (1 - share) / variance * (stats.norm.ppf(0.975) / stats.t.ppf(0.975, 3)) ** 2
    z = stats.norm.ppf(0.975)
    middle = (share + z**2 / (2 * effective)) / (1 + z**2 / effective)
    half = z / (1 + z**2 / effective) * np.sqrt(share * (1 - share) / effective + z**2 / (4 * effective**2))
    found = intervals.clustered_proportion(right, cluster)
    assert (found["mean"], found["low"], found["high"]) == pytest.approx((share, middle - half, middle + half))
    assert (found["n"], found["clusters"]) == (12, 4)


@pytest.mark.parametrize(
    "measure", [intervals.clustered_proportion, lambda a, c: intervals.clustered_difference(a, 0 * a, c)]
)
def test_width_depends_on_the_drawings_and_not_on_the_pictures_of_each(measure: Any) -> None:
    def width(drawings: int, each: int) -> float:
        shares = np.resize([0.3, 0.9], drawings)
        right = 1.0 * (np.arange(each) + 0.5 < each * shares[:, None]).ravel()
        found = measure(right, np.arange(drawings).repeat(each))
        assert found["n"] == drawings * each and found["clusters"] == drawings
        return found["high"] - found["low"]

    assert width(24, 10) == pytest.approx(width(24, 40)) == pytest.approx(width(24, 400))
    assert width(6, 40) > 1.8 * width(24, 40) > 1.8 * 1.8 * width(96, 40)
    alike = np.repeat([True, False, True], 30)  # each drawing's pictures stand or fall together
    single = intervals.proportion([True, False, True])
    found = intervals.clustered_proportion(alike, np.arange(3).repeat(30))
    assert found["low"] <= single["low"] and found["high"] >= single["high"], "90 pictures are three drawings here"


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=60))
def test_a_clustered_proportion_holds_its_mean_whatever_the_names(rows: list[tuple[bool, int]]) -> None:
    right, cluster = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    found = intervals.clustered_proportion(right, cluster)
    assert 0 <= found["low"] <= found["mean"] <= found["high"] <= 1
    wrong = intervals.clustered_proportion(~right, cluster)
    assert (1 - wrong["high"], 1 - wrong["low"]) == pytest.approx((found["low"], found["high"]), abs=1e-9)
    order = np.random.default_rng(0).permutation(len(rows))
    assert intervals.clustered_proportion(right[order], 10 - cluster[order]) == pytest.approx(found)


def test_a_paired_difference_is_students_and_narrower_than_two_intervals() -> None:
    before = np.resize([True, True, False, True, False], 200)
    after = before.copy()
    after[2:20:5] = True  # four that were wrong are right now
    found = intervals.clustered_difference(after, before)
    own = intervals.mean(after.astype(float) - before)
    assert (found["mean"], found["low"], found["high"]) == pytest.approx((0.02, own["low"], own["high"]))
    assert found["low"] > 0, "every change is a gain"
    apart = [intervals.proportion(part) for part in (after, before)]
    assert found["high"] - found["low"] < 0.5 * (apart[0]["high"] - apart[1]["low"])
    same = intervals.clustered_difference(before, before)
    assert same["low"] == -same["high"] == pytest.approx(-intervals.proportion([False] * 200)["high"])


@pytest.mark.parametrize(("share", "clusters"), [(1.0, 1), (1.0, 2), (0.0, 5), (1.0, 15)])
def test_clusters_that_agree_count_as_one_item_each(share: float, clusters: int) -> None:
    found = intervals.clustered_proportion(np.full(20 * clusters, share), np.arange(20 * clusters) % clusters)
    wilson = intervals.proportion(np.full(clusters, share == 1))
    assert (found["mean"], found["low"], found["high"]) == pytest.approx((share, wilson["low"], wilson["high"]))


def test_a_clustered_interval_holds_its_mean_and_stays_within_0_and_1() -> None:
    for means in ([1.0, 1.0, 0.5], [0.0, 0.1], [0.3], [0.5, 0.5]):
        found = intervals.clustered_proportion(means, range(len(means)))
        assert 0 <= found["low"] < found["mean"] < found["high"] <= 1


def test_rounded_cuts_floats_all_the_way_down() -> None:
    tree = {"a": 0.12345678, "b": {"c": 2.0000001, "n": 7}}
    assert intervals.rounded(tree) == {"a": 0.123457, "b": {"c": 2.0, "n": 7}}


def test_a_rounded_share_prints_as_the_share_itself() -> None:
    shares = [count / n for n in (69, 96, 300, 800) for count in range(n + 1)]
    kept = [intervals.rounded({"a": share})["a"] for share in shares]
    assert [f"{value:.1%}" for value in kept] == [f"{share:.1%}" for share in shares]


def test_counts_are_left_out() -> None:
    found = intervals.clustered_proportion([True, False, True], [0, 0, 1])
    assert intervals.without_counts(found) == {key: found[key] for key in ("mean", "low", "high")}
    assert {"n", "clusters"} <= set(found)


def test_unpaired_difference_is_welchs() -> None:
    one, other = [0.2, 0.5, 0.9, 0.4, 0.55], [0.7, 0.75, 0.72]
    wanted = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    found = intervals.unpaired_difference(one, other)
    assert found["mean"] == pytest.approx(np.mean(one) - np.mean(other))
    assert (found["low"], found["high"]) == pytest.approx((wanted.low, wanted.high))
    back = intervals.unpaired_difference(other, one)
    assert (back["low"], back["high"]) == pytest.approx((-found["high"], -found["low"]))
    assert intervals.unpaired_difference(one, other, limit=0.1)["low"] == -0.1


def test_unpaired_difference_of_groups_that_do_not_vary_is_unknown() -> None:
    assert intervals.unpaired_difference([1, 1], [0.5, 0.5], limit=1.0) == {"mean": 0.5, "low": -1.0, "high": 1.0}

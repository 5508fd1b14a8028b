"""Metrics: headline numbers apart from the others, read back whole, and one line for what is wrong."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from rediffuse.evaluation.metrics import (
    Count,
    Estimate,
    Filled,
    Fraction,
    Measured,
    Number,
    Part,
    Share,
    StageMetrics,
    keys,
    new_results,
    paths,
    read_metrics,
    split,
    write_metrics,
)
from rediffuse.pipeline.errors import InputError

ROOT = Path(__file__).parents[2]
SCHEMAS: list[type[StageMetrics]] = [
    import_module(".".join(path.relative_to(ROOT / "src").with_suffix("").parts)).Metrics
    for path in sorted((ROOT / "src/rediffuse").rglob("metrics.py"))
    if path.parent.name != "evaluation"
]
MOST = 60  # headline numbers of the whole pipeline: a review must fit a screen


class Inner(Part):
    """An object in the metrics."""

    share: Share
    start: Number = Field(alias="from")


class Tiny(StageMetrics):
    """Metrics of no stage."""

    STAGE = "tiny"
    HEADLINES: ClassVar[tuple[str, ...]] = ("best.share.mean", "by_set")

    best: Inner
    change: Measured
    by_set: Annotated[dict[str, Fraction], Filled]
    levels: Annotated[dict[str, Number], keys("low", "high")]
    n: Count
    extra: Estimate | None = None


def content() -> dict[str, Any]:
    return {
        "best": {"share": {"mean": 0.5, "low": 0.4, "high": 0.6, "n": 20}, "from": 1.0},
        "change": {"mean": -0.1, "low": -0.2, "high": 0.1},
        "by_set": {"b": 0.25, "a": 1.0},
        "levels": {"low": -3.0, "high": 4.0},
        "n": 20,
    }


def scalars(part: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(part, dict):
        for key, value in part.items():
            yield from scalars(value, f"{where}.{key}".strip("."))
    else:
        yield where, part


def test_both_files_together_are_what_was_written(tmp_path: Path) -> None:
    write_metrics(Tiny, content(), tmp_path)
    headlines, details = (json.loads(path.read_text()) for path in paths("tiny", tmp_path))
    assert headlines == {"best": {"share": {"mean": 0.5}}, "by_set": {"b": 0.25, "a": 1.0}}
    assert sorted([*scalars(headlines), *scalars(details)]) == sorted(scalars(content()))
    found = read_metrics(Tiny, tmp_path)
    assert found == Tiny.model_validate(content())
    assert found.best.start == 1.0 and list(found.by_set) == ["b", "a"] and found["n"] == 20
    assert (found.best.share.value, found.best.share.low, found.best.share.n) == (0.5, 0.4, 20)


def test_wrong_content_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        write_metrics(Tiny, content() | {"n": 0}, tmp_path)
    message = r"metrics/details/tiny\.json: change\.mean: found nan, expected a finite number \(and 1 more\); the stage"
    with pytest.raises(InputError, match=message):
        write_metrics(Tiny, content() | {"n": 0, "change": {"mean": float("nan"), "low": 0.0, "high": 1.0}}, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("key", ["best.share.mean", "best.from", "change.high", "by_set.a", "levels.low"])
def test_a_metric_that_is_no_number_is_named_and_the_old_results_stay(
    key: str, value: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with new_results(Tiny, content()) as folder:
        (folder / "curve.png").write_bytes(b"old")
    before = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()}
    damaged = content()
    *parents, last = key.split(".")
    place = damaged
    for parent in parents:
        place = place[parent]
    place[last] = value
    named = rf"metrics/(details/)?tiny\.json: {re.escape(key)}: found {value}, expected a finite number"
    with pytest.raises(InputError, match=named):
        write_metrics(Tiny, damaged)
    with pytest.raises(InputError, match=named), new_results(Tiny, damaged):
        raise AssertionError("figures were drawn")
    assert {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()} == before


def test_pictures_and_metrics_appear_together_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValidationError), new_results(Tiny, content() | {"n": 0}) as folder:
        raise AssertionError(f"{folder}: drawn before the metrics were checked")
    with contextlib.suppress(RuntimeError), new_results(Tiny, content()) as folder:
        raise RuntimeError
    assert not (tmp_path / "metrics").exists() and not list((tmp_path / "plots").iterdir())
    with new_results(Tiny, content()) as folder:
        (folder / "curve.png").write_bytes(b"")
    assert (tmp_path / "plots/tiny/curve.png").exists() and read_metrics(Tiny).n == 20


TREES = st.recursive(
    st.integers(),
    lambda part: st.dictionaries(st.sampled_from("abc"), part, min_size=1, max_size=3),
    max_leaves=12,
)


@given(tree=st.dictionaries(st.sampled_from("abc"), TREES, max_size=3), chosen=st.lists(st.text("abc", min_size=1)))
def test_each_number_is_in_one_file(tree: dict[str, Any], chosen: list[str]) -> None:
    class Some(Tiny):
        HEADLINES: ClassVar[tuple[str, ...]] = tuple(".".join(path) for path in chosen)

    before = json.dumps(tree)
    parts = [dict(scalars(part)) for part in split(Some, tree)]
    assert parts[0].keys() & parts[1].keys() == set()
    assert {**parts[0], **parts[1]} == dict(scalars(tree)) and json.dumps(tree) == before
    headline = {path for path, _ in scalars(tree) if any(f"{path}.".startswith(f"{one}.") for one in Some.HEADLINES)}
    assert set(parts[0]) == headline


@pytest.mark.parametrize(
    ("place", "key", "value", "message"),
    [
        ("tiny", "by_set", {}, "by_set: is empty, expected one entry or more"),
        ("tiny", "by_set", {"a": 1.5}, "by_set.a: found 1.5, expected a fraction from 0 to 1"),
        ("tiny", "by_set", {"a": True}, "by_set.a: found True, expected a number"),
        ("tiny", "best", {"share": {"mean": "x"}}, "best.share.mean: found 'x', expected a number"),
        ("tiny", "best", {"share": {"mean": 2.0}}, "best.share.mean: found 2, expected a fraction from 0 to 1"),
        ("tiny", "best", {}, "key best.share.mean is missing; run the stage tiny again"),
        ("details/tiny", "n", 2.5, "n: found 2.5, expected a whole number"),
        ("details/tiny", "n", 0, "n: found 0, expected a whole number from 1"),
        ("details/tiny", "change", 3, "change: found 3, expected an object"),
        ("details/tiny", "change", {"mean": 0.0}, "change: found no interval, expected low and high"),
        (
            "details/tiny",
            "change",
            {"mean": 0.0, "low": 1.0, "high": 0.5},
            "change.low: found 1, above its high 0.5",
        ),
        ("details/tiny", "levels", {"low": 1.0}, "levels: key high is missing"),
        ("details/tiny", "more", 1, "more: unknown key (value 1); run the stage tiny again"),
        ("details/tiny", "by_set", {"a": 0.1}, None),
    ],
)
def test_a_wrong_file_is_told_in_one_line(
    place: str, key: str, value: Any, message: str | None, tmp_path: Path
) -> None:
    write_metrics(Tiny, content(), tmp_path)
    path = tmp_path / "metrics" / f"{place}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))
    with pytest.raises(InputError) as error:
        read_metrics(Tiny, tmp_path)
    if message is None:  # which of the two is right cannot be known
        path, message = paths("tiny", tmp_path)[0], f"by_set.a: stands in {path} too"
    assert str(error.value).startswith(f"{path}: {message}") and "\n" not in str(error.value)


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "no such file; run the stage tiny first"),
        ('{"n": 2', "not readable as JSON"),
        ("[1]", "found list, expected an object of metrics"),
    ],
)
def test_an_unreadable_file_is_told_in_one_line(place: int, text: str | None, message: str, tmp_path: Path) -> None:
    write_metrics(Tiny, content(), tmp_path)
    path = paths("tiny", tmp_path)[place]
    path.unlink()
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError) as error:
        read_metrics(Tiny, tmp_path)
    assert str(error.value).startswith(f"{path}: {message}") and "\n" not in str(error.value)


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.STAGE)
def test_the_metrics_in_git_are_as_their_schema_splits_them(schema: type[StageMetrics]) -> None:
    """Every headline path leads to a number, and a stage's files hold what it would write."""
    found = read_metrics(schema, ROOT).model_dump(by_alias=True, exclude_none=True)
    headlines, details = split(schema, found)
    assert [json.loads(path.read_text()) for path in paths(schema.STAGE, ROOT)] == [headlines, details]
    here = [path for path, _ in scalars(headlines)]
    assert all(any(f"{path}.".startswith(f"{one}.") for path in here) for one in schema.HEADLINES)


def test_a_review_of_the_metrics_fits_a_screen() -> None:
    files = sorted((ROOT / "metrics").glob("*.json"))
    assert [path.stem for path in files] == sorted(schema.STAGE for schema in SCHEMAS)
    assert sum(len(list(scalars(json.loads(path.read_text())))) for path in files) <= MOST

"""Profiles are laid over params.yaml with its comments kept, or refused in one line."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import read_yaml
from tools import apply_profile as profile
from tools.check_params import check

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.stem for path in (ROOT / "profiles").glob("*.yaml"))


@pytest.fixture
def params(tmp_path: Path) -> Path:
    return Path(shutil.copy(ROOT / "params.yaml", tmp_path / "params.yaml"))


def leaves(content: dict[str, Any], where: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in content.items():
        found |= leaves(value, f"{where}{key}.") if isinstance(value, dict) else {f"{where}{key}": value}
    return found


def test_smoke_is_among_the_profiles() -> None:
    assert "smoke" in NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_profile_gives_right_params_and_changes_nothing_else(name: str, params: Path) -> None:
    before = leaves(read_yaml(params))
    profile.apply(name, params, ROOT / "profiles")
    after = read_yaml(params)
    check(after, str(params))
    assert leaves(after) == before | leaves(read_yaml(ROOT / "profiles" / f"{name}.yaml"))
    assert leaves(after) != before, "the profile changes nothing, so this test shows nothing"


@pytest.mark.parametrize("name", NAMES)
def test_comments_and_order_are_kept(name: str, params: Path) -> None:
    before, keys = params.read_text(encoding="utf-8"), list(leaves(read_yaml(params)))
    profile.apply(name, params, ROOT / "profiles")
    after = params.read_text(encoding="utf-8")
    comments = re.compile(r"(?:^|\s)(#.*)$", re.MULTILINE)
    assert len(comments.findall(before)) > 50
    assert comments.findall(after) == comments.findall(before)
    assert list(leaves(read_yaml(params))) == keys


def test_laying_a_profile_twice_changes_nothing_more(params: Path) -> None:
    profile.apply("smoke", params, ROOT / "profiles")
    once = params.read_bytes()
    profile.apply("smoke", params, ROOT / "profiles")
    assert params.read_bytes() == once


WRONG = [
    ("report: {titel: a}\n", "report.titel: unknown key; allowed here: title, author, note"),
    ("train_digit_ddpm: {network: {width: 3}}\n", "train_digit_ddpm.network.width: unknown key"),
    ("train_clap: {steps: 3}\n", "train_clap: unknown key; allowed here: fetch_digits"),
    ("train_digit_ddpm: {steps: 0}\n", "train_digit_ddpm.steps: found 0"),
    ("train_digit_ddpm: {steps: 50}\n", "must be below steps 50"),
    ("train_digit_ddpm: {network: 3}\n", "train_digit_ddpm.network: found 3"),
    ("- report\n", "profiles/mine.yaml: found list"),
    ("report: {title: a\n", "profiles/mine.yaml: not readable as YAML"),
    ("", "profiles/mine.yaml: found NoneType"),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_wrong_profile_leaves_params_untouched(text: str, said: str, params: Path) -> None:
    before = params.read_bytes()
    folder = params.parent / "profiles"
    folder.mkdir()
    (folder / "mine.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        profile.apply("mine", params, folder)
    assert said in str(caught.value) and "\n" not in str(caught.value)
    assert params.read_bytes() == before
    assert sorted(path.name for path in params.parent.iterdir()) == ["params.yaml", "profiles"]


@pytest.mark.parametrize("name", ["somke", "", "../params", "smoke.yaml"])
def test_an_unknown_profile_names_those_there_are(name: str, params: Path) -> None:
    before = params.read_bytes()
    with pytest.raises(InputError, match=f"found '{re.escape(name)}', allowed: {', '.join(NAMES)}$"):
        profile.apply(name, params, ROOT / "profiles")
    assert params.read_bytes() == before


@pytest.mark.parametrize("text", ["report: {title: a\n", "", "- report\n", None])
def test_params_that_are_broken_already(text: str | None, params: Path) -> None:
    params.unlink()
    if text is not None:
        params.write_text(text)
    with pytest.raises(InputError, match=r"params\.yaml: "):
        profile.apply("smoke", params, ROOT / "profiles")
    assert (params.read_text() if params.exists() else None) == text


def test_the_help_offers_profiles_that_there_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["profile", "--help"])
    with pytest.raises(SystemExit):
        profile.main()
    (line,) = re.findall(r"^ +name +(.*) …$", capsys.readouterr().out, re.MULTILINE)
    offered = line.split(", ")
    assert set(offered) <= set(NAMES)

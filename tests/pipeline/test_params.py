"""Wrong parameters end in one line that names the key and says what is allowed; right ones pass."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import read_yaml
from tests.support.wrong_values import GONE, WRONG
from tools.check_params import check, schemas

ROOT = Path(__file__).parents[2]
REAL = read_yaml(ROOT / "params.yaml")
BROKEN = [
    ("", "expected sections"),
    ("- fetch_digits\n- report\n", "expected sections"),
    ("just words\n", "expected sections"),
    ("fetch_digits: {seed: 0\n", "not readable as YAML"),
    ("fetch_digits:\n\tseed: 0\n", "not readable as YAML"),
    ("report: {title: a}\nreport: {title: b}\n", "not readable as YAML"),
    ("report: !!python/object:os.system {}\n", "not readable as YAML"),
]


def changed(changes: dict[str, Any]) -> dict[str, Any]:
    content = copy.deepcopy(REAL)
    for dotted, value in changes.items():
        *path, last = dotted.split(".")
        place = content
        for part in path:
            place = place[part]
        if value is GONE:
            del place[last]
        else:
            place[last] = value
    return content


def written(content: dict[str, Any], folder: Path) -> Path:
    path = folder / "params.yaml"
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump(content, file)
    return path


def test_the_real_file_is_right() -> None:
    check(REAL, "params.yaml")


def paths(section: dict[str, Any], start: str) -> list[str]:
    """Every key of a section that has a value of its own, its parts joined by dots."""
    found = []
    for key, value in section.items():
        place = f"{start}.{key}"
        found += paths(value, place) if isinstance(value, dict) and value else [place]
    return found


@pytest.mark.parametrize("name", schemas())
def test_each_key_of_each_section_must_be_of_its_type_and_no_other_may_be_there(name: str) -> None:
    with pytest.raises(InputError, match=rf"^{name}\.sead: .*unknown key"):
        check(changed({f"{name}.sead": 3}), "params.yaml")
    for key in paths(REAL[name], name):
        with pytest.raises(InputError) as caught:
            check(changed({key: object}), "params.yaml")
        assert str(caught.value).startswith((f"{name}:", f"{name}.")) and "\n" not in str(caught.value)


def test_every_stage_has_a_section() -> None:
    assert set(schemas()) == set(REAL) and len(WRONG) + len(BROKEN) >= 50


@pytest.mark.parametrize(("changes", "key", "allowed"), WRONG, ids=[" ".join(changes) for changes, _, _ in WRONG])
def test_wrong_value(changes: dict[str, Any], key: str, allowed: str, tmp_path: Path) -> None:
    path = written(changed(changes), tmp_path)
    with pytest.raises(InputError) as caught:
        check(read_yaml(path), "params.yaml")
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith((f"{key}:", f"{key}."))
    assert allowed in line


@pytest.mark.parametrize(("text", "said"), BROKEN)
def test_broken_file(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        check(read_yaml(path), str(path))
    assert str(caught.value).startswith(f"{path}: ") and said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_not_a_file(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.yaml", tmp_path):
        with pytest.raises(InputError, match=str(path)):
            read_yaml(path)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_bytes(b"report: {title: \xff\xfe}\n")
    with pytest.raises(InputError, match=r"params\.yaml: not readable as YAML"):
        read_yaml(tmp_path / "params.yaml")


def test_several_wrong_keys_are_counted() -> None:
    with pytest.raises(InputError, match=r"^report\.\w+: .* \(and 2 more\)$"):
        check(changed({"report.title": "", "report.author": 3, "report.heading": "a"}), "params.yaml")


@pytest.mark.parametrize("text", ["1e-4", "1e-04", "1.0e-4", "1E-4", "0.0001", ".0001"])
def test_numbers_with_an_exponent_are_numbers(text: str, tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text((ROOT / "params.yaml").read_text().replace("beta_start: 0.0001", f"beta_start: {text}"))
    content = read_yaml(path)
    assert content["train_digit_ddpm"]["schedule"]["beta_start"] == 1e-4
    check(content, "params.yaml")


@settings(deadline=None, max_examples=50)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    )
)
def test_any_section_at_all_is_right_or_one_line(section: Any) -> None:
    """Nothing but InputError comes out, whatever stands in the file."""
    for name in schemas():
        with pytest.raises(InputError) as caught:
            check({**REAL, name: section}, "params.yaml")
        assert str(caught.value).startswith(name) and len(str(caught.value).splitlines()) == 1

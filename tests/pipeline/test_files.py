"""A damaged JSON, YAML or text file is told in one line that names it, and nothing is waited for."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.files import LARGEST, check_regular, read_bytes, read_json, read_text
from rediffuse.pipeline.params import has_places, read_yaml
from tools.check_params import check

DEEP, DIGITS = 1_000, 5_000
REAL = read_yaml(Path(__file__).parents[2] / "params.yaml")
LAUGHS = "a0: &a0 [1, 1]\n" + "".join(f"a{k}: &a{k} [{', '.join(9 * [f'*a{k - 1}'])}]\n" for k in range(1, 30))

BAD_JSON: list[tuple[str, bytes, str]] = [
    ("empty", b"", "not readable as JSON"),
    ("blank", b" \n", "not readable as JSON"),
    ("cut", b'{"0": "cat"', "not readable as JSON"),
    ("two", b"{}{}", "not readable as JSON"),
    ("single quotes", b"{'0': 'cat'}", "not readable as JSON"),
    ("comma", b'{"0": "cat",}', "not readable as JSON"),
    ("comment", b'{} // "0"', "not readable as JSON"),
    ("control", b'{"0": "a\x00b"}', "not readable as JSON"),
    ("lists", b"[" * DEEP * 100, "nested too deep"),
    ("closed lists", b"[" * DEEP * 100 + b"]" * DEEP * 100, "nested too deep"),
    ("objects", b'{"a":' * DEEP * 100 + b"1" + b"}" * DEEP * 100, "nested too deep"),
    ("digits", b'{"0": ' + b"9" * DIGITS + b"}", "4300 digits"),
    ("utf-16", '{"0": "cat"}'.encode("utf-16"), "no UTF-8"),
    ("utf-32", '{"0": "cat"}'.encode("utf-32"), "no UTF-8"),
    ("latin-1", '{"0": "café"}'.encode("latin-1"), "no UTF-8"),
    ("two marks", b"\xef\xbb\xbf\xef\xbb\xbf{}", "not readable as JSON"),
    ("png", b"\x89PNG\r\n\x1a\n", "no UTF-8"),
]
BAD_YAML: list[tuple[str, bytes, str]] = [
    ("lists", b"report: " + b"[" * DEEP + b"]" * DEEP, "nested too deep"),
    ("maps", b"report: " + b"{a: " * DEEP + b"1" + b"}" * DEEP, "nested too deep"),
    ("blocks", b"\n".join(b"  " * depth + b"a:" for depth in range(DEEP)), "nested too deep"),
    ("digits", b"report: " + b"9" * DIGITS, "4300 digits"),
    ("integer", b"report: !!int abc", "invalid literal"),
    ("number", b"report: !!float abc", "could not convert"),
    ("bool", b"report: !!bool perhaps", "perhaps"),
    ("month", b"report: 2026-13-45", "month must be in 1..12"),
    ("day", b"report: {title: 2026-02-30T99:99:99Z}", "day is out of range"),
    ("time", b"report: !!timestamp x", "timestamp"),
    ("set", b"report: !!set [1]", "mapping node"),
    ("ordered", b"report: !!omap {a: 1}", "ordered map"),
    ("pairs", b"report: !!pairs 1", "pairs"),
    ("merge", b"<<: 3\nreport: 1", "mapping"),
    ("alias", b"a: *b", "undefined alias"),
    ("key", b"? {a: 1}\n: 2", "unhashable"),
    ("NUL", b"report: \x00", "special characters"),
    ("documents", b"a: 1\n---\nb: 2", "single document"),
    ("version", b"%YAML 9.9\n---\na: 1", "incompatible"),
    ("object", b"report: !!python/object/apply:os.system [ls]", "constructor"),
    ("utf-16", "report: 1".encode("utf-16"), "no UTF-8"),
    ("text", b"a" * 10_000, "found str, expected sections"),
    ("null", b"null", "found NoneType, expected sections"),
]
# Readable YAML of values that no section takes: (text, the key named, what is said).
BAD_SECTIONS = [
    ("report: {title: 0x" + "f" * 9000 + "}", "report.title", "too many digits"),
    ("fetch_faces: {seed: 0x" + "f" * 9000 + "}", "fetch_faces.", "missing"),
    ("report: {title: 1e999, author: '', note: ''}", "report.title", "found inf"),
    ("report: {title: 2026-11-11, author: '', note: ''}", "report.title", "datetime.date"),
    ("report: {title: !!binary aGk=, author: 3, note: ''}", "report.author", "found 3"),
    ("report: &a {title: *a, author: '', note: ''}", "report.title", "valid string"),
    ("report: &a [*a]", "report", "valid dictionary"),
    (LAUGHS + "report: {title: *a29, author: '', note: ''}", "report.title", "valid string"),
    ('report: {title: "\\ud800", author: "", note: ""}', "report.title", "raw data as a unicode"),
    ("[1, 2]: 3", "params.yaml", "unknown section '(1, 2)'"),
    ("null: 3", "params.yaml", "unknown section 'None'"),
    ("2026-11-11: 3", "params.yaml", "unknown section '2026-11-11'"),
    ("? " + "a" * 900 + "\n: 1", "params.yaml", "unknown section 'aaa"),
]


def line_of(error: pytest.ExceptionInfo[InputError]) -> str:
    line = str(error.value)
    assert len(line.splitlines()) == 1 and len(line) < 1000
    return line


@pytest.mark.parametrize(("content", "said"), [row[1:] for row in BAD_JSON], ids=[row[0] for row in BAD_JSON])
def test_bad_json(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "id2label.json"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_json(path, "expected labels")
    line = line_of(caught)
    assert line.startswith(f"{path}: not readable as JSON") and said in line and line.endswith("expected labels")


@pytest.mark.parametrize(("content", "said"), [row[1:] for row in BAD_YAML], ids=[row[0] for row in BAD_YAML])
def test_bad_yaml(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_yaml(path)
    line = line_of(caught)
    assert line.startswith(f"{path}: ") and said in line


@pytest.mark.parametrize(("text", "key", "said"), BAD_SECTIONS)
def test_values_that_no_section_takes(text: str, key: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        check(
            {
                **REAL,
                **{name: value for name, value in read_yaml(path).items() if "a0" not in text or name == "report"},
            },
            "params.yaml",
        )
    line = line_of(caught)
    assert line.startswith(key) and said in line


@pytest.mark.parametrize("content", [{"0": "cat", "1": "café"}, [], 3, None, {"a": {"b": [1.5, True]}}])
def test_json_with_or_without_a_byte_order_mark_is_the_same(content: Any, tmp_path: Path) -> None:
    text = json.dumps(content, ensure_ascii=False)
    for name, encoding in (("plain.json", "utf-8"), ("marked.json", "utf-8-sig")):
        (tmp_path / name).write_text(text, encoding=encoding)
        assert read_json(tmp_path / name, "") == content


def test_yaml_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("report: {title: é}", encoding="utf-8-sig")
    assert read_yaml(tmp_path / "params.yaml") == {"report": {"title": "é"}}


def test_pairs_keep_what_stands_there_twice(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"0": "cat", "0": "dog"}')
    assert read_json(tmp_path / "a.json", "", pairs=True) == [("0", "cat"), ("0", "dog")]


def make_pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


@pytest.mark.parametrize("read", [read_bytes, read_text, read_json, check_regular])
def test_what_is_no_regular_file_is_not_opened(read: Any, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "nowhere").symlink_to(tmp_path / "none")
    for path, said in (
        (make_pipe(tmp_path / "pipe"), "found a pipe, socket or device"),
        (Path("/dev/zero"), "found a pipe, socket or device"),
        (tmp_path, "found a folder"),
        (tmp_path / "none", "no such file"),
        (tmp_path / "nowhere", "no such file"),
        (tmp_path / "loop", "cannot be read"),
        (tmp_path / ("a" * 300), "cannot be read (File name too long)"),
        (tmp_path / "a\0b", "no file can have this name"),
        (tmp_path / "none" / "a", "no such file"),
    ):
        with pytest.raises(InputError) as caught:
            read(path, "expected numbers")
        assert said in line_of(caught) and str(path) in str(caught.value) and "expected numbers" in str(caught.value)


def test_a_link_to_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("3")
    (tmp_path / "link").symlink_to("file")
    assert read_json(tmp_path / "link", "") == 3 and check_regular(tmp_path / "link", "") == 1


def test_a_file_of_gigabytes_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.json").open("wb") as file:
        file.truncate(LARGEST + 1)  # a hole, which takes no place on the disk
    with pytest.raises(InputError, match="found 67,108,865 bytes, allowed are at most 67,108,864"):
        read_json(tmp_path / "a.json", "")


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=60) | st.text(alphabet='{}[]":,0123456789.eE-+ntf\\u', max_size=60).map(str.encode))
def test_any_bytes_are_json_or_one_line(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_bytes(content)
    try:
        found = read_json(path, "expected")
    except InputError as error:
        assert str(error).startswith(f"{path}: ") and len(str(error).splitlines()) == 1
    else:
        wanted = json.loads(content.removeprefix(b"\xef\xbb\xbf").decode())
        assert json.dumps(found) == json.dumps(wanted)


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet="ab:-[]{}&*!|>%@`'\"#?,.0123456789 \n\t~<", max_size=40))
def test_any_text_is_yaml_or_one_line(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        assert isinstance(read_yaml(path), dict)
    except InputError as error:
        assert str(error).startswith(f"{path}: ") and len(str(error).splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "places", "right"),
    [
        ("{thing} {scene}", ("thing", "scene"), True),
        ("{scene}: {thing}, {thing}", ("thing", "scene"), True),
        ("{{{thing}}}", ("thing",), True),
        ("{thing}", ("thing", "scene"), False),
        ("{thing.x}", ("thing",), False),
        ("{thing} {thing.x}", ("thing",), False),
        ("{thing.__class__}", ("thing",), False),
        ("{thing[0]}", ("thing",), False),
        ("{thing!r}", ("thing",), False),
        ("{thing:>9999999999}", ("thing",), False),
        ("{thing} {}", ("thing",), False),
        ("{thing} {0}", ("thing",), False),
        ("{thing", ("thing",), False),
        ("thing}", ("thing",), False),
        ("{thing} {", ("thing",), False),
        ("", ("thing",), False),
    ],
)
def test_places_of_a_template(text: str, places: tuple[str, ...], right: bool) -> None:
    assert has_places(text, places) == right
    if right:
        assert text.format(**{place: place.upper() for place in places}) == text.replace("{{", "{").replace(
            "}}", "}"
        ).replace("{thing}", "THING").replace("{scene}", "SCENE")

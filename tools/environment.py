"""Build the environment in .venv from requirements.lock, unless it is there.

It runs before anything is installed, so it needs the standard library only. The environment is built
anew where the lock, the Python or the choice of torch differs from what .venv/.ready says.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path

VENV = Path(".venv")
READY = VENV / ".ready"
LOCK = Path("requirements.lock")
PLATFORMS = (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"))
# What the CUDA build of torch asks for, and nothing else does. nvidia-ml-py belongs to dvclive.
OF_CUDA = re.compile(r"(cuda-|nvidia-(?!ml-py$)|triton$)")
OF_TORCH = ("torch", "torchvision")
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile")


def read_lock(text: str) -> dict[str, str]:
    """Each pinned package of a lock with its lines: version, marker, hashes."""
    entries = re.split(r"(?m)^(?=[A-Za-z0-9])", text)
    return {re.split(r"[=\s]", entry, maxsplit=1)[0]: entry for entry in entries if "==" in entry}


def version_of(entry: str) -> str:
    """The version that an entry of the lock pins."""
    return re.split(r"[\s;]", entry.split("==", 1)[1], maxsplit=1)[0]


def unsupported_platform(system: str, machine: str, libc: str) -> str | None:
    """Why torch has no wheel for this machine, in one line; None where it has one."""
    if (system, machine) not in PLATFORMS:
        return (
            f"found {system} on {machine}; supported: Linux on x86-64 or arm64, macOS on arm64 "
            "(with a Python for arm64), Windows through WSL"
        )
    if system == "linux" and libc != "glibc":
        return "found a Linux without glibc; supported: glibc 2.28 or newer, as in Debian 10 and Ubuntu 20.04"
    return None


def wanted_state(torch: str) -> dict[str, str]:
    """What .venv/.ready must say for the environment to be kept."""
    return {
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "lock": hashlib.sha256(LOCK.read_bytes()).hexdigest(),
        "torch": torch,
    }


def found_state() -> dict[str, str]:
    """What .venv/.ready says; nothing where the environment is missing, incomplete or broken."""
    try:
        state = json.loads(READY.read_text(encoding="utf-8"))
        subprocess.run([VENV / "bin" / "python", "-c", ""], stderr=subprocess.DEVNULL, check=True)
    except (OSError, ValueError, subprocess.CalledProcessError):
        return {}
    return state if isinstance(state, dict) else {}


def install(arguments: list[str], lines: str = "") -> bool:
    """Run pip install in the environment, with ``lines`` as its file of requirements; whether it went well."""
    with tempfile.TemporaryDirectory() as folder:
        if lines:
            path = Path(folder) / "requirements.txt"
            path.write_text(lines, encoding="utf-8")
            arguments = [*arguments, "--require-hashes", "--requirement", str(path)]
        return subprocess.run([VENV / "bin" / "python", *PIP, *arguments], check=False).returncode == 0


def build(torch: str) -> str | None:
    """Build the environment; the line that says why it failed, or None.

    setuptools comes first: one pin is published as source only, and what builds it is then pinned as well.
    """
    if subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=False).returncode:
        return f"{VENV} could not be made; the lines above say why"
    entries = read_lock(LOCK.read_text(encoding="utf-8"))
    if torch == "cpu":
        entries = {name: entry for name, entry in entries.items() if not OF_CUDA.match(name)}
        if sys.platform == "linux":  # the wheels for macOS are without CUDA in any case
            pins = [f"{name}=={version_of(entries.pop(name))}+cpu" for name in OF_TORCH]
            if not install(pins):
                return (
                    f"TORCH=cpu: found no {' and '.join(pins)} at the package indexes that pip knows; "
                    "name one that has CPU builds in PIP_EXTRA_INDEX_URL, or leave TORCH=cpu out"
                )
    if not install([], entries.pop("setuptools")):
        return f"{LOCK}: setuptools could not be installed; pip says above why"
    if not install(["--no-build-isolation", "--use-pep517"], "".join(entries.values())):
        return f"{LOCK}: the packages could not be installed; pip says above why"
    return None


def main() -> int:
    """Keep the environment or build it; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--torch", choices=("cpu", "lock", ""), default="", help="cpu: a build without CUDA")
    found = found_state()
    torch = parser.parse_args().torch or found.get("torch", "lock")
    if found == wanted_state(torch):
        return 0
    failure = unsupported_platform(sys.platform, platform.machine(), platform.libc_ver()[0])
    if failure is None:
        build_of = "torch without CUDA" if torch == "cpu" else "torch as the lock has it"
        version = platform.python_version()
        print(f"environment: {VENV} from {LOCK}, Python {version} ({sys.executable}), {build_of}", flush=True)
        failure = build(torch)
    if failure is not None:
        print(f"environment: {failure}", file=sys.stderr)
        return 2
    part = READY.with_name(".ready.part")
    part.write_text(json.dumps(wanted_state(torch), indent=2) + "\n", encoding="utf-8")
    part.replace(READY)
    return 0


if __name__ == "__main__":
    sys.exit(main())

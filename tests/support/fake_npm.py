"""A stand-in for npm."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def fake_npm(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An npm that writes its arguments to a log and then does as told."""
    npm = folder / "bin" / "npm"
    npm.parent.mkdir(parents=True)
    npm.write_text(f'#!/bin/sh\necho "$@" >> {folder}/log\n{script}\n')
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("REDIFFUSE_CACHE", str(folder / "cache"))
    return folder / "log"

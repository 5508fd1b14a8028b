"""Checkpoints from which a killed training run goes on where it was.

A checkpoint is no out of its stage: DVC deletes outs before it runs a stage. It lies in a folder
that Git and DVC ignore, keyed by a hash of everything the run depends on, so that a change of
data, code or parameters can never be mistaken for the same run; it is removed at the end.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch

from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.params import Section, read_yaml
from rediffuse.pipeline.stage import new_file

CHECKPOINTS = Path(".rediffuse/checkpoints")


class Checkpoint:
    """The last saved state of one training run."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "state.pt"

    @classmethod
    def of_stage(cls, name: str, section: Section, run_key: str = "") -> Checkpoint:
        """The checkpoint of a stage with these parameters, and the present bytes of its declared deps.

        ``run_key`` tells apart what the parameters do not say, such as the number of processes.
        """
        digest = hashlib.sha256(json.dumps([section.model_dump(mode="json"), run_key], sort_keys=True).encode())
        deps = read_yaml(Path("dvc.yaml"))["stages"][name]["deps"]
        for path in sorted(_files(Path(dep) for dep in deps)):
            digest.update(str(path).encode())
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return cls(CHECKPOINTS / f"{name}-{digest.hexdigest()[:16]}")

    def load(self) -> dict[str, Any] | None:
        """The saved state, or None where a run starts anew.

        Raises:
            InputError: the file is damaged.
        """
        if not self.path.exists():
            return None
        try:
            state: dict[str, Any] = torch.load(self.path, weights_only=True, map_location="cpu")
        except Exception:  # torch raises whatever its archive reader or unpickler met
            raise InputError(f"{self.path}: not a readable checkpoint; delete it to start this training anew") from None
        return state

    def save(self, state: dict[str, Any]) -> None:
        """Write the state whole: a kill in the middle leaves the one before."""
        with new_file(self.path) as part:
            torch.save(state, part)

    def remove(self) -> None:
        """Forget the run: it has ended well."""
        shutil.rmtree(self.path.parent, ignore_errors=True)


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        inside = (child for child in path.rglob("*") if child.is_file() and "__pycache__" not in child.parts)
        yield from inside if path.is_dir() else [path]

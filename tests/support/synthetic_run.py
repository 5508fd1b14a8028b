"""A synthetic run: plausible metrics and plots of all studies, from which the page is tested.

A study's part is written by ``tests/studies/<folder of the study>/synthetic.py``, which has ``write(root)``.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np

from rediffuse.plotting import figures
from rediffuse.report.sections.registry import STUDIES

ROOT = Path(__file__).parents[2]
Writer = Callable[[Path], None]


def write_run(root: Path) -> None:
    """Write metrics and plots of all studies below ``root``."""
    for write in find_writers().values():
        write(root)
    write_strips(root)


def find_writers(project: Path = ROOT) -> dict[str, Writer]:
    """The ``write`` of each study by the folder of the study.

    Raises:
        FileNotFoundError: a study has none.
    """
    return {name: find_writer(name, project) for name in study_folders(project)}


def study_folders(project: Path = ROOT) -> list[str]:
    """Names of the folders of ``src/rediffuse/studies``, sorted; one without code does not count."""
    return sorted(path.parent.name for path in (project / "src" / "rediffuse" / "studies").glob("*/__init__.py"))


def find_writer(name: str, project: Path) -> Writer:
    """The ``write`` of one study.

    Raises:
        FileNotFoundError: the study has none.
    """
    file = Path("tests", "studies", name, "synthetic.py")
    if not (project / file).is_file():
        raise FileNotFoundError(
            f"{file}: no such file; each study has one, with write(root), from which the page is tested"
        )
    return import_module(".".join(file.with_suffix("").parts)).write


def write_strips(root: Path) -> None:
    """Write every study's strip; in place of its labels it says which study it belongs to."""
    images = np.arange(8 * 3, dtype=np.uint8).reshape(8, 3, 1, 1).repeat(16, 2).repeat(16, 3)
    for study in STUDIES:
        folder = root / "plots" / study.stages[-1]
        folder.mkdir(parents=True, exist_ok=True)
        labels = [f"{study.number} <new{place}>" for place in range(len(images))]
        figures.write_strip(folder / "summary.png", images, labels)

"""Archives of arrays (npz) whose bytes depend on the arrays alone, and their reading."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.files import check_regular

Arrays = Mapping[str, npt.NDArray[Any]]


def save_arrays(path: Path, arrays: Arrays, *, compressed: bool = False) -> None:
    """Write an npz with fixed time stamps inside.

    Each array is written as one whole: how Python marks an entry whose size it does not know
    beforehand differs between its patch releases.
    """
    kind = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(array), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, content.getvalue(), compress_type=kind, compresslevel=6)


def load_arrays(path: Path, names: Sequence[str], stage: str) -> dict[str, npt.NDArray[Any]]:
    """Read the arrays ``names`` of an npz that ``stage`` wrote; pickles are refused.

    Raises:
        InputError: the file is missing or damaged, or lacks an array.
    """
    check_regular(path, f"run the stage {stage} first")
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in names}
    except KeyError as error:
        raise InputError(f"{path}: {str(error).strip(chr(34))}; expected the arrays {', '.join(names)}") from None
    except Exception as error:  # NumPy, zipfile and zlib raise whatever they met
        told = " ".join(str(error).split())[:200]
        raise InputError(f"{path}: not a readable npz archive ({told}); run {stage} again") from None

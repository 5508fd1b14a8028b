"""The faces as the training and the studies read them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL.Image import Resampling

from rediffuse.data.picture_files import KINDS, picture_files, read_image
from rediffuse.pipeline.arrays import load_arrays, save_arrays
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.files import read_known

SIZE = 25  # pixels, height and width
FACES = 100  # in the file of scikit-image, and as many non-faces behind them
SHA256 = "9560ec2f5edfac01973f63a8a99d00053fecd11e21877e18038fbe500f8e872c"


@dataclass(frozen=True, eq=False)
class FaceSet:
    """Faces, and what is none.

    Attributes:
        faces: uint8 [N, 25, 25], grey.
        others: uint8 [M, 25, 25], grey: pieces of the same photographs without a face.
    """

    faces: npt.NDArray[np.uint8]
    others: npt.NDArray[np.uint8]


def packaged_faces() -> FaceSet:
    """The hundred faces and the hundred non-faces of ``skimage.data.lfw_subset``.

    Raises:
        InputError: the package or its file is missing, or the file's bytes are not those that we know.
    """
    spec = find_spec("skimage")  # finds the folder without importing the package
    if spec is None or spec.origin is None:
        raise InputError("package scikit-image is not installed; it holds the faces lfw_subset.npy")
    path = Path(spec.origin).parent / "data" / "lfw_subset.npy"
    content = read_known(path, SHA256, "install scikit-image again")
    stored = np.load(io.BytesIO(content), allow_pickle=False)  # float [200, 25, 25] in 0 to 1
    pixels = np.round(stored * 255).astype(np.uint8)
    return FaceSet(pixels[:FACES], pixels[FACES:])


def read_faces(folder: Path) -> npt.NDArray[np.uint8]:
    """Every picture of a folder, its middle square made grey and small, uint8 [N, 25, 25], by name.

    Raises:
        InputError: there is no such folder, fewer than two pictures in it, or one is unreadable.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; expected pictures of faces, {KINDS}")
    paths = picture_files(folder)
    if len(paths) < 2:
        raise InputError(f"{folder}: found {len(paths)} pictures ({KINDS}), expected 2 faces or more")
    return np.stack([_read(path) for path in paths])


def _read(path: Path) -> npt.NDArray[np.uint8]:
    grey = read_image(path).convert("L")
    side = min(grey.size)
    left, top = (grey.width - side) // 2, (grey.height - side) // 2
    square = grey.crop((left, top, left + side, top + side))
    return np.asarray(square.resize((SIZE, SIZE), Resampling.BICUBIC))  # Pillow's reduces with antialiasing


def save_faces(folder: Path, faces: FaceSet) -> None:
    """Write ``faces.npz``."""
    save_arrays(folder / "faces.npz", {"faces": faces.faces, "others": faces.others})


def load_faces(folder: str | Path) -> FaceSet:
    """Read and check what fetch_faces wrote.

    Raises:
        InputError: the file is missing or damaged, or an array is missing or of the wrong shape or type.
    """
    path = Path(folder) / "faces.npz"
    found = FaceSet(**load_arrays(path, ("faces", "others"), "fetch_faces"))
    for name, array in (("faces", found.faces), ("others", found.others)):
        if array.dtype != np.uint8 or array.shape[1:] != (SIZE, SIZE) or len(array) < 2:
            raise InputError(f"{path}: {name} are {array.dtype}{list(array.shape)}, expected uint8[N, 25, 25]")
    return found

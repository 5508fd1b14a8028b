"""Face or no face: a classifier independent of the DDPM, but trained on the same hundred faces.

Histograms of oriented gradients (Dalal & Triggs 2005) and a logistic regression: a hundred examples of each kind
are enough for it, and it shares neither its features nor its kind of learning with the network that it reads.

Pieces of photographs without a face are mostly smooth, so that any texture would pass for a face. Faces whose tiles
are shuffled, and noise, are further examples of what is none: only the order of a face's parts tells it from them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch.nn.functional as F
from skimage.feature import hog
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from rediffuse.data.faces import SIZE, FaceSet

FOLDS = 10
TILE = 5  # pixels of each side of a shuffled tile
STRENGTH = 0.01  # inverse of the regularisation: a stronger fit tells no more apart, and is always sure


def small_grey(images: Tensor) -> Tensor:
    """Images of any size, uint8 [N, C, H, W] grey or RGB, as the data has them: float32 [N, 1, 25, 25], 0 to 255."""
    grey = images.float().mean(1, keepdim=True)
    if grey.shape[-2:] == (SIZE, SIZE):
        return grey
    return F.interpolate(grey, (SIZE, SIZE), mode="bicubic", antialias=True, align_corners=False).clamp(0, 255)


class FaceJudge:
    """How sure it is that an image shows a face.

    Attributes:
        right: of each example, whether it was read right by a judge that had not seen it, bool [N + M].
        faces: N, the number of faces; they come first in ``right``.
    """

    def __init__(self, examples: FaceSet, seed: int) -> None:
        faces, others = examples.faces, examples.others
        random = np.random.default_rng(seed)
        mixed = np.stack([_shuffled(face, random) for face in faces])
        noise = random.integers(0, 256, faces.shape, dtype=np.uint8)
        features = np.stack([_features(picture) for picture in (*faces, *others, *mixed, *noise)])
        is_face = np.repeat([1, 0], [len(faces), len(features) - len(faces)])
        # A face and its shuffled tiles are never on two sides of the split.
        groups = np.concatenate([np.arange(len(part)) for part in (faces, others, mixed, noise)])
        groups[len(faces) : len(faces) + len(others)] += len(faces)
        groups[-len(noise) :] += len(faces) + len(others)
        self.faces = len(faces)
        folds = min(FOLDS, len(faces), len(others))
        splits = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
        guessed = cross_val_predict(_reader(), features, is_face, groups=groups, cv=splits)
        self.right: npt.NDArray[np.bool_] = (guessed == is_face)[: len(faces) + len(others)]
        self.reader = _reader().fit(features, is_face)

    def confidence(self, images: Tensor) -> npt.NDArray[np.float64]:
        """Probability of a face, 0 to 1, [N], of images uint8 [N, C, H, W] of any size, grey or RGB."""
        features = np.stack([_features(picture) for picture in small_grey(images)[:, 0].numpy()])
        return np.asarray(self.reader.predict_proba(features)[:, 1], dtype=np.float64)


def _reader() -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=1000))


def _shuffled(face: npt.NDArray[np.uint8], random: np.random.Generator) -> npt.NDArray[np.uint8]:
    count = SIZE // TILE
    tiles = face.reshape(count, TILE, count, TILE).swapaxes(1, 2).reshape(-1, TILE, TILE)
    return random.permutation(tiles).reshape(count, count, TILE, TILE).swapaxes(1, 2).reshape(SIZE, SIZE)


def _features(picture: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    scaled = np.asarray(picture, dtype=np.float64) / 255
    return np.asarray(hog(scaled, orientations=8, pixels_per_cell=(5, 5), cells_per_block=(2, 2)), dtype=np.float64)

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
import torch
import torch.nn.functional as F
from skimage.feature import hog
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from rediffuse.data.faces.dataset import SIZE, FaceSet

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
    """How sure a classifier is that an image shows a face.

    It is fitted as often as there are folds, each time without the faces of one fold, so that an image can be read by
    one that has not seen the training face nearest to it.

    Attributes:
        right: of each example, whether it was read right by a judge that had not seen it, bool [N + M].
        faces: N, the number of faces; they come first in ``right``.
        fold: of each face, the fold that it is in, int64 [N].
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
        guessed, self.fold = np.empty_like(is_face), np.empty(len(faces), np.int64)
        self.readers: list[Any] = []
        for index, (fitted, left_out) in enumerate(splits.split(features, is_face, groups)):
            self.readers.append(_reader().fit(features[fitted], is_face[fitted]))
            guessed[left_out] = self.readers[-1].predict(features[left_out])
            self.fold[left_out[left_out < len(faces)]] = index
        self.right: npt.NDArray[np.bool_] = (guessed == is_face)[: len(faces) + len(others)]

    def confidence(self, images: Tensor, nearest: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Probability of a face, 0 to 1, [N], by the classifier that has not seen the nearest training face.

        Args:
            images: uint8 [N, C, H, W] of any size, grey or RGB.
            nearest: place of the training face that is nearest to each, [N].
        """
        features = np.stack([_features(picture) for picture in small_grey(images)[:, 0].numpy()])
        fold, found = self.fold[nearest], np.empty(len(features))
        for index, reader in enumerate(self.readers):
            rows = fold == index
            if rows.any():
                found[rows] = reader.predict_proba(features[rows])[:, 1]
        return found


def gaussian_faces(faces: npt.NDArray[np.uint8], count: int, seed: int) -> Tensor:
    """Sample images from the Gaussian of the faces' mean and principal components, without any network.

    Args:
        faces: uint8 [N, H, W], N ≥ 2.

    Returns:
        uint8 [count, 1, H, W].
    """
    flat = faces.reshape(len(faces), -1).astype(np.float64)
    mean = flat.mean(0)
    # Combinations of the centred faces have exactly their covariance.
    weights = np.random.default_rng(seed).normal(size=(count, len(flat))) / np.sqrt(len(flat) - 1)
    made = (mean + weights @ (flat - mean)).reshape(count, 1, *faces.shape[1:])
    return torch.from_numpy(made.round().clip(0, 255).astype(np.uint8))


def _reader() -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=1000))


def _shuffled(face: npt.NDArray[np.uint8], random: np.random.Generator) -> npt.NDArray[np.uint8]:
    count = SIZE // TILE
    tiles = face.reshape(count, TILE, count, TILE).swapaxes(1, 2).reshape(-1, TILE, TILE)
    return random.permutation(tiles).reshape(count, count, TILE, TILE).swapaxes(1, 2).reshape(SIZE, SIZE)


def _features(picture: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    scaled = np.asarray(picture, dtype=np.float64) / 255
    return np.asarray(hog(scaled, orientations=8, pixels_per_cell=(5, 5), cells_per_block=(2, 2)), dtype=np.float64)

"""Face or no face: a judge that took no part in training the DDPM.

Histograms of oriented gradients (Dalal & Triggs 2005) and a logistic regression: a hundred examples of each kind
are enough for it, and it shares neither its features nor its kind of learning with the network that it reads.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch.nn.functional as F
from skimage.feature import hog
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from rediffuse.data.faces import SIZE, FaceSet

FOLDS = 10
STRENGTH = 0.001  # inverse of the regularisation: the two kinds are easy to part, and a stronger fit is always sure


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
    """

    def __init__(self, examples: FaceSet, seed: int) -> None:
        features = np.stack([_features(picture) for picture in (*examples.faces, *examples.others)])
        is_face = np.repeat([1, 0], [len(examples.faces), len(examples.others)])
        folds = min(FOLDS, len(examples.faces), len(examples.others))
        splits = StratifiedKFold(folds, shuffle=True, random_state=seed)
        self.right: npt.NDArray[np.bool_] = cross_val_predict(_reader(), features, is_face, cv=splits) == is_face
        self.reader = _reader().fit(features, is_face)

    def confidence(self, images: Tensor) -> npt.NDArray[np.float64]:
        """Probability of a face, 0 to 1, [N], of images uint8 [N, C, H, W] of any size, grey or RGB."""
        features = np.stack([_features(picture) for picture in small_grey(images)[:, 0].numpy()])
        return np.asarray(self.reader.predict_proba(features)[:, 1], dtype=np.float64)


def _reader() -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=1000))


def _features(picture: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    scaled = np.asarray(picture, dtype=np.float64) / 255
    return np.asarray(hog(scaled, orientations=8, pixels_per_cell=(5, 5), cells_per_block=(2, 2)), dtype=np.float64)

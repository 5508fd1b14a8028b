"""Mirror faces about the axis of the face, which need not be the middle of the image."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FARTHEST = 0.25  # of the width: how far the axis is looked for from the middle


def mirror_sum(faces: npt.NDArray[np.uint8]) -> int:
    """Find the axis of the faces: return s, such that column i and column s − i of the mean face are most alike.

    The axis is at s / 2. The faces of ``skimage.data.lfw_subset`` are cut out with theirs 1.5 pixels left of the
    middle: mirrored about the middle, a face moves by 3 of 25 pixels, and its parts are no longer where those of
    others are.

    Args:
        faces: uint8 [N, H, W].
    """
    mean = faces.mean(0, dtype=np.float64)
    width = mean.shape[1]
    reach = int(FARTHEST * width)

    def difference(total: int) -> float:
        columns = np.arange(max(0, total - width + 1), min(width, total + 1))  # those whose image lies inside
        return float(np.square(mean[:, columns] - mean[:, total - columns]).mean())

    return min(range(width - 1 - reach, width + reach), key=difference)


def mirrored(faces: npt.NDArray[np.uint8], total: int) -> npt.NDArray[np.uint8]:
    """Mirror faces about ``total / 2``; columns from outside the image are its reflection at the edge.

    Args:
        faces: uint8 [..., W].
        total: what ``mirror_sum`` returns.
    """
    width = faces.shape[-1]
    columns = total - np.arange(width)
    columns = np.where(columns < 0, -1 - columns, columns)
    return faces[..., np.where(columns >= width, 2 * width - 1 - columns, columns)]

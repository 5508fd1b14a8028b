"""Study B2 on the faces: everything that is measured and drawn of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from rediffuse.data.faces.dataset import FaceSet
from rediffuse.evaluation import intervals
from rediffuse.plotting.cases import cells
from rediffuse.plotting.figures import grid
from rediffuse.studies.b2_ddim.face_judge import FaceJudge, gaussian_faces
from rediffuse.studies.b2_ddim.face_sampling import FaceDdim
from rediffuse.studies.b2_ddim.measures import eta_key, eta_metrics, path_metrics
from rediffuse.studies.b2_ddim.nearest_faces import Nearest, nearest, nearest_metrics, shown_faces
from rediffuse.studies.b2_ddim.noises import write_noises
from rediffuse.studies.b2_ddim.plots import plot_eta, plot_paths, plot_strip, zoom
from rediffuse.studies.b2_ddim.study import draw_etas, interpolate

ACCEPTED = 0.5  # probability above which an image counts as a face
SHOWN = 10  # generated faces beside their nearest training faces


def study_faces(ddim: FaceDdim, known: FaceSet, folder: Path) -> dict[str, Any]:
    """Draw, measure, and write the figures and the noises of the grid into ``folder``; the metrics."""
    eta, path = ddim.params.eta, ddim.params.interpolation
    judge = FaceJudge(known, ddim.seed)
    images = draw_etas(ddim.draw, ddim.noise, eta.etas, eta.num_inference_steps, eta.noises)
    repeat = draw_etas(ddim.draw, ddim.noise, (0.0,), eta.num_inference_steps, eta.noises)[0]
    paths = interpolate(ddim.draw, ddim.noise, path.num_alphas, path.num_inference_steps, path.pairs)
    found = {eta_key(value): nearest(row, known.faces) for value, row in zip(eta.etas, images, strict=True)}
    eta_found, eta_curve = eta_metrics(images, repeat, eta.etas)

    def confidence(drawn: Tensor) -> npt.NDArray[np.float64]:
        return judge.confidence(drawn, nearest(drawn, known.faces).rows)

    path_found, path_curve = path_metrics(confidence, paths)

    plot_eta(folder, "faces", images, eta_curve, [f"{column:02d}" for column in range(eta.columns)])
    plot_strip(folder / "summary.png", images, eta.etas)
    plot_paths(folder, "faces", paths, path_curve, {"00 to 01": 0})
    plot_nearest(folder, images[0, : min(SHOWN, eta.noises)], found[eta_key(0)], known.faces)
    write_noises(folder / "noises", ddim.noise("eta", max(2, eta.columns))[0])
    accepted = np.stack([confidence(row) > ACCEPTED for row in images])
    control = gaussian_faces(known.faces, eta.noises, ddim.seed)
    judged = judge_metrics(judge, accepted, confidence(control) > ACCEPTED, eta.etas)
    return {
        "beta_schedule": ddim.model.beta_schedule,
        **eta_found,
        **path_found,
        "judge": judged,
        "nearest": nearest_metrics(found, nearest(control, known.faces)),
    }


def judge_metrics(
    judge: FaceJudge, accepted: npt.NDArray[np.bool_], gaussian: npt.NDArray[np.bool_], etas: tuple[float, ...]
) -> dict[str, Any]:
    """Measure the judge by cross-validation, and the share of generated images that it accepts as faces.

    Args:
        accepted: whether each generated image is, bool [len(etas), N].
        gaussian: whether each sample of ``gaussian_faces`` is, the control, bool [N].

    Returns:
        ``accuracy``: of the judge on real examples; ``real_as_face`` and ``others_as_face``: the shares that it
        accepts of real faces and of pieces of photographs without a face; ``gaussian_as_face``: of the control;
        ``read_as_face``: by η, of the generated images; ``read_as_face_change``: the last η against the first, from
        the same noises.
    """
    measured = {
        "accuracy": intervals.proportion(judge.right),
        "real_as_face": intervals.proportion(judge.right[: judge.faces]),
        "others_as_face": intervals.proportion(~judge.right[judge.faces :]),
        "gaussian_as_face": intervals.proportion(gaussian),
    }
    shares = {eta_key(eta): intervals.proportion(row) for eta, row in zip(etas, accepted, strict=True)}
    change = intervals.clustered_difference(accepted[-1], accepted[0])
    return {
        **measured,
        "read_as_face": shares,
        "read_as_face_change": intervals.without_counts(change),
    }


def plot_nearest(folder: Path, images: Tensor, found: Nearest, faces: npt.NDArray[np.uint8]) -> None:
    """The first images, uint8 [N, C, H, W], each above its nearest training face."""
    next_to = shown_faces(found, faces)[: len(images)]
    size = tuple(images.shape[-2:])
    resized = F.interpolate(torch.from_numpy(next_to)[:, None].float(), size, mode="bicubic", antialias=True)
    beside = resized.clamp(0, 255).round().to(torch.uint8).expand_as(images)
    columns = [f"{index:02d}" for index in range(len(images))]
    distances = [f"{distance:.0f}" for distance in found.distance[: len(images)]]
    grid(
        folder / "faces_nearest.png",
        cells(torch.stack([images, beside])),
        ["generated", "nearest"],
        columns,
        cell_labels=[[""] * len(columns), distances],
        scale=zoom(images),
        resampling="bicubic",
    )

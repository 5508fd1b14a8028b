"""B2: all numbers that the study reports."""

from __future__ import annotations

from typing import Annotated, ClassVar, Generic, TypeVar

from pydantic import AfterValidator

from rediffuse.evaluation.metrics import Count, Estimate, Filled, Measured, Number, Part, Share, StageMetrics, Text

T = TypeVar("T")


def eta_of(key: str) -> float:
    """0.25 of ``eta_025``: a dot would split the key for tools that address metrics by path.

    Raises:
        ValueError: it is no such key.
    """
    digits = key.removeprefix("eta_")
    if not key.startswith("eta_") or not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"found key {key!r}, expected eta_0, eta_025 or the like")
    return float(f"{digits[0]}.{digits[1:] or '0'}")


def _etas(found: dict[str, Estimate]) -> dict[str, Estimate]:
    return dict(sorted(found.items(), key=lambda item: eta_of(item[0])))


ByEta = Annotated[dict[str, Measured], Filled, AfterValidator(_etas)]  # by rising η
SharesByEta = Annotated[dict[str, Share], Filled, AfterValidator(_etas)]


class Modes(Part, Generic[T]):
    """At α = 0.5, by the way of interpolation."""

    slerp: T
    lerp: T
    corrected_lerp: T


class Change(Part):
    """One way of interpolation less another at α = 0.5, from the same pairs of noises."""

    confidence: Measured
    sharpness: Measured


class Changes(Part):
    """By the two ways."""

    lerp_slerp: Change
    corrected_lerp_slerp: Change
    corrected_lerp_lerp: Change


class Subject(Part):
    """One kind of image on which the study was run."""

    distance: ByEta  # from the image of η = 0, root mean square, grey levels 0 to 255
    distance_n: Count  # noises
    distance_step: Annotated[dict[str, Measured], AfterValidator(_etas)]  # from the η before, paired
    repeat: Number  # largest difference of a second run, grey levels
    judge_confidence: Modes[Share]
    norm: Modes[Number]  # ‖x_T‖ / √d
    sharpness: Modes[Measured]  # relative to the two ends
    change: Changes
    pairs_n: Count  # pairs of noises


class Judge(Part):
    """Shares that the judge of faces gets right, or accepts as faces."""

    accuracy: Share  # cross-validated
    real_as_face: Share  # by judges that had not seen them
    others_as_face: Share  # of pictures that show none
    gaussian_as_face: Share  # of samples from the Gaussian of the faces' principal components
    read_as_face: SharesByEta  # of the generated images
    read_as_face_change: Measured  # of the last η against the first, paired


class Nearest(Part):
    """Distances from the nearest training image, and shares of images nearer than the limit."""

    generated: Measured  # at η = 0, grey levels
    training: Measured  # of a training image from the nearest other one
    copies_real: Share  # of training images and another one
    copies_gaussian: Share  # of samples from the Gaussian of the training images' principal components
    limit: Number  # first percentile of the training images' distances from the nearest other one
    copies: SharesByEta  # of the generated images


class Faces(Subject):
    """The faces, whose training images are few enough to be looked up one by one."""

    beta_schedule: Text  # in the words of diffusers
    judge: Judge
    nearest: Nearest

    @property
    def accepted(self) -> list[Estimate]:
        """By rising η, the share of the generated images that the judge accepts."""
        return list(self.judge.read_as_face.values())

    @property
    def copies(self) -> list[Estimate]:
        """By rising η, the share of the generated images nearer to a training image than the limit."""
        return list(self.nearest.copies.values())


class Metrics(StageMetrics):
    """All numbers of ``ddim_grids``."""

    STAGE = "ddim_grids"
    HEADLINES: ClassVar[tuple[str, ...]] = (
        "digits.distance.eta_1.mean",
        "faces.distance.eta_1.mean",
        "faces.judge_confidence.lerp.mean",
        "faces.judge_confidence.slerp.mean",
        "faces.judge.read_as_face.eta_0.mean",
    )

    digits: Subject
    faces: Faces | None = None

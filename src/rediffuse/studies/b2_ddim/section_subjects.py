"""The numbers of each kind of image, as the page shows them."""

from __future__ import annotations

from dataclasses import dataclass

from rediffuse.pipeline.metrics import Estimate
from rediffuse.studies.b2_ddim import metrics
from rediffuse.studies.b2_ddim.metrics import Change, Metrics, eta_of

MODES = {
    "slerp": "spherical (slerp)",
    "lerp": "linear (lerp)",
    "corrected_lerp": "linear, length restored",
}
CHANGES = ("lerp_slerp", "corrected_lerp_slerp", "corrected_lerp_lerp")
SUBJECTS = {"digits": "Digits", "faces": "Faces"}


@dataclass(frozen=True)
class EtaPoint:
    """How far images lie from those of η = 0."""

    eta: float
    distance: Estimate  # root mean square difference, grey levels 0 to 255
    step: Estimate | None  # of the distance from that of the η before, paired; None at the first


@dataclass(frozen=True)
class Mode:
    """One way of interpolation, measured at α = 0.5."""

    key: str
    name: str
    norm: float  # ‖x_T‖ / √d
    confidence: Estimate
    sharpness: Estimate  # relative to the two ends


@dataclass(frozen=True)
class Known:
    """What is measured where the training images are few enough to be looked up one by one."""

    generated: Estimate  # distance of a drawn image from its nearest training image, grey levels
    training: Estimate  # that of a training image from the nearest other one
    accuracy: Estimate  # of the judge, cross-validated
    real_accepted: Estimate  # share of real faces that a judge accepts that had not seen them
    others_accepted: Estimate  # the same of pictures that are none
    gaussian_accepted: Estimate  # the same of samples from the Gaussian of the faces' principal components
    accepted_change: Estimate  # of the last η against the first, paired
    accepted: list[Estimate]  # by rising η, share of the generated images that the judge accepts
    copies: list[Estimate]  # by rising η, share of the generated images nearer to a training image than the limit
    copies_real: Estimate  # the same of training images and another one
    limit: float  # first percentile of the training images' distances from the nearest other one, grey levels
    beta_schedule: str  # in the words of diffusers


@dataclass(frozen=True)
class Subject:
    """One kind of image on which the study was run."""

    key: str
    name: str
    etas: list[EtaPoint]  # by rising η
    distance_n: int  # noises behind each distance
    repeat: float  # largest difference of a second run, grey levels
    modes: list[Mode]
    changes: dict[str, Change]  # by the two modes, such as lerp_slerp
    pairs_n: int  # pairs of noises behind each mode
    known: Known | None  # of faces

    @property
    def clear(self) -> str:
        """What an image is that the judge is sure of."""
        return "face-like" if self.key == "faces" else "legible"

    def mode(self, key: str) -> Mode:
        """The mode of that key."""
        return next(mode for mode in self.modes if mode.key == key)


def subjects_of(numbers: Metrics) -> list[Subject]:
    """One subject for each kind of image."""
    found = {"digits": numbers.digits, "faces": numbers.faces}
    return [_subject(key, subject) for key, subject in found.items() if subject]


def _subject(key: str, numbers: metrics.Subject) -> Subject:
    return Subject(
        key=key,
        name=SUBJECTS[key],
        etas=[
            EtaPoint(eta_of(name), distance, numbers.distance_step.get(name))
            for name, distance in numbers.distance.items()
        ],
        distance_n=numbers.distance_n,
        repeat=numbers.repeat,
        modes=[
            Mode(mode, name, numbers.norm[mode], numbers.judge_confidence[mode], numbers.sharpness[mode])
            for mode, name in MODES.items()
        ],
        changes={name: numbers.change[name] for name in CHANGES},
        pairs_n=numbers.pairs_n,
        known=_known(numbers) if isinstance(numbers, metrics.Faces) else None,
    )


def _known(numbers: metrics.Faces) -> Known | None:
    judge, nearest, schedule = numbers.judge, numbers.nearest, numbers.beta_schedule
    if judge is None or nearest is None or schedule is None:
        return None
    return Known(
        generated=nearest.generated,
        training=nearest.training,
        accuracy=judge.accuracy,
        real_accepted=judge.real_as_face,
        others_accepted=judge.others_as_face,
        gaussian_accepted=judge.gaussian_as_face,
        accepted_change=judge.read_as_face_change,
        accepted=list(judge.read_as_face.values()),
        copies=list(nearest.copies.values()),
        copies_real=nearest.copies_real,
        limit=nearest.limit,
        beta_schedule=schedule,
    )

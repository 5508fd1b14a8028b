"""The numbers of each kind of image, as the page shows them."""

from __future__ import annotations

from dataclasses import dataclass

from rediffuse.evaluation.metrics import Estimate
from rediffuse.studies.b2_ddim import metrics
from rediffuse.studies.b2_ddim.metrics import Change, Faces, Metrics, eta_of

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
    known: Faces | None  # where the training images are few enough to be looked up one by one

    @property
    def steps(self) -> list[tuple[EtaPoint, Estimate]]:
        """Each increase between two η above 0. The first, from η = 0, is the distance itself and cannot be 0."""
        return [(point, point.step) for point in self.etas[2:] if point.step]

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
        known=numbers if isinstance(numbers, Faces) else None,
    )

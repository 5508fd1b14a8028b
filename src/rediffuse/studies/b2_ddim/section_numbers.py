"""The numbers of metrics/ddim_grids.json, checked and typed."""

from __future__ import annotations

from dataclasses import dataclass

from rediffuse.page.inputs import Metrics
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.metrics import Estimate

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
class Change:
    """One way of interpolation less another at α = 0.5, from the same pairs of noises."""

    confidence: Estimate
    sharpness: Estimate


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


def read(metrics: Metrics) -> list[Subject]:
    """Read the metrics of ``ddim_grids``: one subject for each key of the file."""
    return [_subject(metrics, key) for key in metrics.names()]


def _subject(metrics: Metrics, key: str) -> Subject:
    etas = sorted((_eta(metrics, key, name), name) for name in metrics.names(key, "distance"))
    return Subject(
        key=key,
        name=SUBJECTS.get(key, key),
        etas=[
            EtaPoint(
                eta,
                metrics.estimate((key, "distance", name), (key, "distance_interval", name)),
                metrics.estimate((key, "distance_step", name, "mean"), (key, "distance_step", name)) if place else None,
            )
            for place, (eta, name) in enumerate(etas)
        ],
        distance_n=metrics.count(key, "distance_n"),
        repeat=metrics.number(key, "repeat"),
        modes=[_mode(metrics, key, mode, name) for mode, name in MODES.items()],
        changes={name: _change(metrics, key, name) for name in CHANGES},
        pairs_n=metrics.count(key, "pairs_n"),
        known=_known(metrics, key, [name for _, name in etas]) if "nearest" in metrics.names(key) else None,
    )


def _change(metrics: Metrics, key: str, name: str) -> Change:
    place = (key, "change", name)
    return Change(*(metrics.estimate((*place, part, "mean"), (*place, part)) for part in ("confidence", "sharpness")))


def _mode(metrics: Metrics, key: str, mode: str, name: str) -> Mode:
    metrics.fraction(key, "judge_confidence", mode)
    return Mode(
        key=mode,
        name=name,
        norm=metrics.number(key, "norm", mode),
        confidence=metrics.estimate((key, "judge_confidence", mode), (key, "judge_confidence_interval", mode)),
        sharpness=metrics.estimate((key, "sharpness", mode), (key, "sharpness_interval", mode)),
    )


def _known(metrics: Metrics, key: str, etas: list[str]) -> Known:
    def near(name: str) -> Estimate:
        place = (key, "nearest")
        return metrics.estimate((*place, name), (*place, f"{name}_interval"), (*place, f"{name}_n"))

    def judged(name: str) -> Estimate:
        metrics.fraction(key, "judge", name)
        place = (key, "judge")
        return metrics.estimate((*place, name), (*place, f"{name}_interval"), (*place, f"{name}_n"))

    def shares(part: str, name: str) -> list[Estimate]:
        place = (key, part)
        for eta in etas:
            metrics.fraction(*place, name, eta)
        return [
            metrics.estimate((*place, name, eta), (*place, f"{name}_interval", eta), (*place, f"{name}_n"))
            for eta in etas
        ]

    return Known(
        generated=near("generated"),
        training=near("training"),
        accuracy=judged("accuracy"),
        real_accepted=judged("real_as_face"),
        others_accepted=judged("others_as_face"),
        gaussian_accepted=judged("gaussian_as_face"),
        accepted_change=metrics.estimate(
            (key, "judge", "read_as_face_change", "mean"), (key, "judge", "read_as_face_change")
        ),
        accepted=shares("judge", "read_as_face"),
        copies=shares("nearest", "copies"),
        copies_real=near("copies_real"),
        limit=metrics.number(key, "nearest", "limit"),
        beta_schedule=str(metrics.at(key, "beta_schedule")),
    )


def _eta(metrics: Metrics, key: str, name: str) -> float:
    # eta_025 is 0.25: a dot would split the key for tools that address metrics by path.
    digits = name.removeprefix("eta_")
    if not name.startswith("eta_") or not (digits.isascii() and digits.isdigit()):
        raise InputError(f"{metrics.path}: {key}.distance: found key {name!r}, expected eta_0, eta_025 or the like")
    return float(f"{digits[0]}.{digits[1:] or '0'}")

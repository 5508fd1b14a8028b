"""The numbers of metrics/ddim_grids.json, checked and typed."""

from __future__ import annotations

from dataclasses import dataclass

from rediffuse.errors import InputError
from rediffuse.report.inputs import Estimate, Metrics

MODES = {
    "slerp": "spherical (slerp)",
    "lerp": "linear (lerp)",
    "corrected_lerp": "linear, length restored",
}
SUBJECTS = {"digits": "Digits", "faces": "Faces"}


@dataclass(frozen=True)
class EtaPoint:
    """How far images lie from those of η = 0."""

    eta: float
    distance: Estimate  # root mean square difference, grey levels 0 to 255


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
    pairs_n: int  # pairs of noises behind each mode

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
            EtaPoint(eta, metrics.estimate((key, "distance", name), (key, "distance_interval", name)))
            for eta, name in etas
        ],
        distance_n=metrics.count(key, "distance_n"),
        repeat=metrics.number(key, "repeat"),
        modes=[_mode(metrics, key, mode, name) for mode, name in MODES.items()],
        pairs_n=metrics.count(key, "pairs_n"),
    )


def _mode(metrics: Metrics, key: str, mode: str, name: str) -> Mode:
    metrics.fraction(key, "judge_confidence", mode)
    return Mode(
        key=mode,
        name=name,
        norm=metrics.number(key, "norm", mode),
        confidence=metrics.estimate((key, "judge_confidence", mode), (key, "judge_confidence_interval", mode)),
        sharpness=metrics.estimate((key, "sharpness", mode), (key, "sharpness_interval", mode)),
    )


def _eta(metrics: Metrics, key: str, name: str) -> float:
    # eta_025 is 0.25: a dot would split the key for tools that address metrics by path.
    digits = name.removeprefix("eta_")
    if not name.startswith("eta_") or not (digits.isascii() and digits.isdigit()):
        raise InputError(f"{metrics.path}: {key}.distance: found key {name!r}, expected eta_0, eta_025 or the like")
    return float(f"{digits[0]}.{digits[1:] or '0'}")

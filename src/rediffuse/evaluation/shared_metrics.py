"""Parts of the metrics that several studies report."""

from __future__ import annotations

from pydantic import model_validator

from rediffuse.evaluation.metrics import Count, Estimate, Fraction, Measured, Number, Part, Whole


class Judge(Part):
    """The number of artists that the judge was trained on, and how many of them CLIP shares."""

    artists: Count
    shared: Whole


class Interval(Part):
    """The 95 % interval of a share."""

    low: Number
    high: Number

    @model_validator(mode="after")
    def _in_order(self) -> Interval:
        if self.low > self.high:
            raise ValueError(f"low: found {self.low:g}, above its high {self.high:g}")
        return self


class Bare(Interval):
    """An accuracy with its interval."""

    acc1: Fraction

    @property
    def ours(self) -> Estimate:
        """It as an estimate."""
        return Estimate(self.acc1, self.low, self.high)


class Accuracy(Bare):
    """An accuracy, its interval clustered by drawing."""

    n: Count
    drawings: Count

    @property
    def ours(self) -> Estimate:
        """It as an estimate."""
        return Estimate(self.acc1, self.low, self.high, self.n)


class ByArtist(Accuracy):
    """The same, and of each artist where artists are told apart."""

    by_style: dict[str, Accuracy] | None = None


class Nearest(ByArtist):
    """1-nearest neighbour on pixels."""

    lead: Measured  # the reader's accuracy less this, on the same pictures


class Beside(ByArtist):
    """An accuracy beside its trivial baseline, where this has an answer."""

    baseline_1nn: Nearest | None = None

    @property
    def baseline(self) -> Estimate | None:
        """The baseline as an estimate."""
        return self.baseline_1nn.ours if self.baseline_1nn else None

    @property
    def lead(self) -> Estimate | None:
        """The accuracy less the baseline's."""
        return self.baseline_1nn.lead if self.baseline_1nn else None

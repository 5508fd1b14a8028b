"""Loss curves, written with DVCLive while a training runs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

LIVE = Path(".rediffuse/curves")  # ignored by Git and DVC: the curve of a training that still runs is no out


class LossCurve:
    """The mean loss of each ``every`` steps, logged into ``folder`` as soon as it is known.

    Args:
        folder: what DVCLive wrote there before is removed.
        earlier: losses of the steps that are done, so that a resumed run writes the same bytes.
    """

    def __init__(self, folder: Path, every: int, earlier: Iterable[float] = ()) -> None:
        from dvclive import Live  # imports half of DVC, which only a training needs

        self.live = Live(str(folder), dvcyaml=None, save_dvc_exp=False, report=None)
        self.every, self.step = every, 0
        self.window: list[float] = []
        for loss in earlier:
            self.add(loss)

    def add(self, loss: float) -> None:
        """Take the loss of the next step."""
        self.step += 1
        self.window.append(loss)
        if len(self.window) == self.every:
            self._log()

    def end(self) -> None:
        """Log what is left and close the curve."""
        if self.window:
            self._log()
        self.live.end()

    def _log(self) -> None:
        self.live.step = self.step
        self.live.log_metric("loss", sum(self.window) / len(self.window))
        self.window = []


def write_curve(folder: Path, losses: list[float], every: int) -> None:
    """Write the curve of a finished training, which depends on its losses alone, into ``folder``."""
    LossCurve(folder, every, losses).end()

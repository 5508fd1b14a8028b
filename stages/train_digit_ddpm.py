"""Train the conditional DDPM of the digits and keep its best checkpoint."""

from __future__ import annotations

from rediffuse.models.digit_ddpm.params import Params
from rediffuse.models.digit_ddpm.training import train_digit_ddpm
from rediffuse.pipeline import stage

NAME = "train_digit_ddpm"


def main(params: Params) -> None:
    train_digit_ddpm(NAME, params, folder="models/digit_ddpm")


if __name__ == "__main__":
    stage.run(NAME, Params, main)

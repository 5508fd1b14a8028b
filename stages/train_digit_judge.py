"""Train the judge of digits on its half of the training images."""

from __future__ import annotations

from rediffuse import stage
from rediffuse.digits.classifier import JudgeNet
from rediffuse.digits.reading import train_on_half
from rediffuse.params.train_digit_judge import Params

NAME = "train_digit_judge"


def main(params: Params) -> None:
    train_on_half(NAME, JudgeNet, half=0, section=params, folder="models/digit_judge")


if __name__ == "__main__":
    stage.run(NAME, Params, main)

"""Train the judge of digits on its half of the training images."""

from __future__ import annotations

from rediffuse.models.digit_classifier.judge_params import Params
from rediffuse.models.digit_classifier.model import JudgeNet
from rediffuse.models.digit_classifier.training import train_on_half
from rediffuse.pipeline import stage

NAME = "train_digit_judge"


def main(params: Params) -> None:
    train_on_half(NAME, JudgeNet, half=0, section=params, folder="models/digit_judge")


if __name__ == "__main__":
    stage.run(NAME, Params, main)

"""Train the selector of digits on its half of the training images."""

from __future__ import annotations

from rediffuse.models.digit_classifier.model import SelectorNet
from rediffuse.models.digit_classifier.selector_params import Params
from rediffuse.models.digit_classifier.training import train_on_half
from rediffuse.pipeline import stage

NAME = "train_digit_selector"


def main(params: Params) -> None:
    train_on_half(NAME, SelectorNet, half=1, section=params, folder="models/digit_selector")


if __name__ == "__main__":
    stage.run(NAME, Params, main)

"""Train the selector of digits on its half of the training images."""

from __future__ import annotations

from rediffuse import stage
from rediffuse.digits.classifier import SelectorNet
from rediffuse.digits.reading import train_on_half
from rediffuse.params.train_digit_selector import Params

NAME = "train_digit_selector"


def main(params: Params) -> None:
    train_on_half(NAME, SelectorNet, half=1, section=params, folder="models/digit_selector")


if __name__ == "__main__":
    stage.run(NAME, Params, main)

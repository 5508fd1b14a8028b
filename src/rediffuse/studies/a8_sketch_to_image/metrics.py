"""A8: all numbers that the study reports."""

from __future__ import annotations

from typing import Annotated, ClassVar

from rediffuse.evaluation.metrics import Count, Fraction, Measured, Number, Part, Share, StageMetrics, Whole, keys
from rediffuse.evaluation.shared_metrics import Judge

STRENGTHS = {  # key in the metrics: as it is shown
    "off": "off",
    "strength_025": "0.25",
    "strength_05": "0.5",
    "strength_075": "0.75",
    "strength_1": "1",
}

ByStrength = Annotated[dict[str, Share], keys("on", *STRENGTHS)]  # ``on`` is full strength


class Own(Part):
    """F1 of one of the user's drawings, without control and at full strength."""

    off: Fraction
    on: Fraction


class DecoderAlone(Part):
    """The decoder that was trained with the ControlNet, without a sketch (strength 0), on the same sketches and noises.

    A change is from there to full strength, sketch by sketch: the effect of the sketch alone.
    """

    edge_f1: Share
    edge_f1_change: Measured
    matched: Share
    matched_change: Measured
    thing_accuracy: Share
    thing_accuracy_change: Measured


class Metrics(StageMetrics):
    """All numbers of ``sketch_to_image``; every interval is over sketches."""

    STAGE = "sketch_to_image"
    HEADLINES: ClassVar[tuple[str, ...]] = (
        "edge_f1.off.mean",
        "edge_f1.on.mean",
        "matched.on.mean",
        "thing_accuracy.on.mean",
    )

    edge_f1: ByStrength
    edge_f1_change: Measured  # from off to full strength, sketch by sketch
    matched: ByStrength
    matched_change: Measured
    thing_accuracy: ByStrength
    thing_accuracy_change: Measured
    decoder_alone: DecoderAlone | None = None
    real: Share  # F1 of the pictures from which the sketches were taken
    real_matched: Share
    real_thing: Share  # of these, in which the judge reads the thing
    judge: Judge
    ceiling: Share  # F1 of these after the autoencoder
    random_pair: Share  # F1 of another picture
    fresh_difference: Whole  # the most that a fresh ControlNet changes a pixel, of 255
    own: dict[str, Own]  # by drawing; empty where there is none
    n: Count
    sketches: Count
    guidance_scale: Number

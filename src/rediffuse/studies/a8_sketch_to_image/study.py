"""Study A8: is a sketch found again in the picture that was drawn after it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.evaluation import intervals
from rediffuse.evaluation.edges import edge_f1
from rediffuse.evaluation.measures import over_prompts, share_of
from rediffuse.evaluation.real_pictures import through_autoencoder
from rediffuse.evaluation.verdicts import judged, shared_artists
from rediffuse.models.controlnet.model import Controlled, fresh_controlnet
from rediffuse.models.controlnet.outlines import picture_outlines
from rediffuse.models.controlnet.sketches import as_condition, sketch_side
from rediffuse.models.loading import silent
from rediffuse.models.picture_judge.model import PictureJudge
from rediffuse.studies.a8_sketch_to_image.own_sketches import read_own
from rediffuse.studies.a8_sketch_to_image.params import FULL, Params
from rediffuse.studies.a8_sketch_to_image.subjects import Subjects, make_subjects

STUDY = "sketch_to_image"
OFF = "off"
ALONE = "strength_0"  # the decoder that was trained with the ControlNet, without a sketch
MEASURES = {"edge_f1": "f1", "matched": "matched", "thing_accuracy": "thing"}  # in the metrics: in ``Drawn``
REACH = 1  # pixels of the sketch by which a line may be off


@dataclass(frozen=True, eq=False)
class Drawn:
    """N sketches with S pictures each, drawn at one strength.

    Attributes:
        images: uint8 [N, S, 3, H, W].
        f1: of the sketch and the picture's lines, float32 [N, S].
        matched: whether that F1 is higher than with any of the subject's rivals, bool [N, S].
        thing: whether the judge reads the thing that was asked for, bool [N, S].
    """

    images: Tensor
    f1: Tensor
    matched: Tensor
    thing: Tensor


@dataclass(frozen=True, eq=False)
class SketchResult:
    """What the study drew and measured.

    Attributes:
        subjects: N of them.
        drawn: by strength, ``OFF`` first, which the model draws by itself.
        decoder_alone: at strength 0 by the decoder that was trained with the ControlNet, where there is one.
        real: F1 of the pictures from which the sketches were taken, float32 [N].
        real_matched: whether these are matched, bool [N].
        real_thing: whether the judge reads the thing in these, bool [N].
        ceiling: F1 of the same pictures after the autoencoder, float32 [N].
        random_pair: F1 of each sketch with the picture of the sketch before it, float32 [N].
        fresh: largest difference, grey levels, that a ControlNet makes which has learned nothing.
        shared: artists of the judge, and how many of them CLIP shares.
        own: by the name of a user's drawing its lines, bool [side, side], and pictures uint8 [strengths, S, 3, H, W].
    """

    subjects: Subjects
    drawn: dict[str, Drawn]
    decoder_alone: Drawn | None
    real: Tensor
    real_matched: Tensor
    real_thing: Tensor
    ceiling: Tensor
    random_pair: Tensor
    fresh: int
    shared: dict[str, int]
    own: dict[str, tuple[Tensor, Tensor]]


def key_of(strength: float) -> str:
    """What a strength is called in the metrics: 0.25 is ``strength_025``."""
    return f"strength_{strength:g}".replace(".", "")


def run_sketches(controlled: Controlled, judge: PictureJudge, pictures: PictureSet, params: Params) -> SketchResult:
    """Draw each subject and each of the user's drawings without control and at every strength, from the same noises.

    If the decoder was trained with the ControlNet, the subjects are drawn at strength 0, too: by the decoder without a
    sketch.
    """
    model, count = controlled.model, params.pictures_per_sketch
    side = sketch_side(model.picture_size)
    own_sketches = read_own(params.own, side)
    model.check_texts([prompt + params.suffix for prompt in (params.own.prompt, *params.own.prompts.values())])
    subjects = make_subjects(pictures, side, params)
    prompts = subjects.prompts.repeated(count)
    sketches, rivals = (part.repeat_interleave(count, 0) for part in (subjects.sketches, subjects.rivals))
    images = draw_subjects(controlled, prompts.texts, sketches, params)
    drawn = {}
    for name, part in images.items():
        found = picture_outlines(part, side)
        thing = judged(judge, pictures, part, prompts).thing
        scores = (sketch_f1(found, sketches), match_sketches(found, sketches, rivals), thing)
        drawn[name] = Drawn(part.unflatten(0, (-1, count)), *(score.unflatten(0, (-1, count)) for score in scores))
    alone = drawn.pop(ALONE, None)
    first = min(len(prompts), model.batch_size)
    fresh = difference_of_fresh(controlled, prompts.texts[:first], sketches[:first], images[OFF][:first], params)
    own = {}
    for name, sketch in own_sketches.items():
        texts = [sketch.prompt] * params.own.pictures
        each = sketch.lines.expand(len(texts), -1, -1)
        after = draw_strengths(controlled, texts, each, f"{STUDY} {name}", params)
        own[name] = sketch.lines, torch.stack([*after.values()])
    real = picture_outlines(subjects.images, side)
    ceiling = picture_outlines(reconstructed(controlled, subjects.images), side)
    return SketchResult(
        subjects,
        drawn,
        alone,
        real=sketch_f1(real, subjects.sketches),
        real_matched=match_sketches(real, subjects.sketches, subjects.rivals),
        real_thing=judged(judge, pictures, subjects.images, subjects.prompts).thing,
        ceiling=sketch_f1(ceiling, subjects.sketches),
        random_pair=sketch_f1(real.roll(1, 0), subjects.sketches),
        fresh=fresh,
        shared=shared_artists(judge, pictures),
        own=own,
    )


def sketch_f1(found: Tensor, sketches: Tensor) -> Tensor:
    """F1 of a picture's lines bool [N, side, side] against its sketch, float32 [N]."""
    return edge_f1(found, sketches, REACH)


def match_sketches(found: Tensor, sketches: Tensor, rivals: Tensor) -> Tensor:
    """Whether each picture's lines fit its own sketch better than any of the rivals, bool [N].

    Args:
        found: bool [N, side, side], lines of pictures.
        sketches: bool [N, side, side], their own.
        rivals: bool [N, R, side, side].
    """
    others = torch.stack([sketch_f1(found, rival) for rival in rivals.unbind(1)])
    return sketch_f1(found, sketches) > others.amax(0)


def draw_subjects(
    controlled: Controlled, texts: tuple[str, ...], sketches: Tensor, params: Params
) -> dict[str, Tensor]:
    """What ``draw_strengths`` draws of the subjects, and ``ALONE`` if the decoder was trained with the ControlNet."""
    strengths = (0.0, *params.strengths) if controlled.has_own_unet else params.strengths
    return draw_strengths(controlled, texts, sketches, STUDY, params.model_copy(update={"strengths": strengths}))


def draw_strengths(
    controlled: Controlled, texts: tuple[str, ...] | list[str], sketches: Tensor, study: str, params: Params
) -> dict[str, Tensor]:
    """Pictures uint8 [N, 3, H, W] without control and at every strength, each from its own noise."""
    model = controlled.model
    states = model.text_states([text + params.suffix for text in texts])
    negative = model.text_states([params.negative_prompt]).expand_as(states)
    x_T = model.noise(params.seed, study, range(len(texts)))
    condition = as_condition(sketches, model.picture_size)
    drawn = {OFF: model.draw(states, negative, x_T, params.drawing, label="no control")}
    for strength in params.strengths:
        label = f"strength {strength:g}"
        drawn[key_of(strength)] = controlled.draw(
            states, negative, x_T, condition, strength, params.drawing, label=label
        )
    return drawn


def difference_of_fresh(
    controlled: Controlled, texts: tuple[str, ...], sketches: Tensor, plain: Tensor, params: Params
) -> int:
    """What a ControlNet that has learned nothing changes of ``plain``, the largest difference in grey levels."""
    model = controlled.model
    depth = len(model.pipeline.vae.config.block_out_channels)
    channels = tuple(16 * 2**place for place in range(depth))
    with silent():
        fresh = fresh_controlnet(model.pipeline.unet, channels, params.seed).to(model.device, model.pipeline.unet.dtype)
    only = params.model_copy(update={"strengths": (1.0,)})
    drawn = draw_strengths(Controlled.of(model, fresh.eval()), texts, sketches, STUDY, only)
    return int((drawn[key_of(1.0)].int() - plain.int()).abs().max())


def reconstructed(controlled: Controlled, images: Tensor) -> Tensor:
    """What the autoencoder gives back of pictures uint8 [N, 3, side, side], at the model's own size."""
    model = controlled.model
    size = model.picture_size
    large = torch.nn.functional.interpolate(images.float(), (size, size), mode="bilinear", align_corners=False)
    return through_autoencoder(model, large.round().to(torch.uint8))


def sketch_metrics(result: SketchResult, params: Params) -> dict[str, Any]:
    """All that is reported in numbers; every interval is over sketches."""
    found: dict[str, Any] = {}
    on = key_of(FULL[-1])
    for key, part in MEASURES.items():
        summaries = {name: _summary(getattr(drawn, part)) for name, drawn in result.drawn.items()}
        summaries = {"on": summaries[on], **summaries}
        found[key] = {name: intervals.without_counts(summary) for name, summary in summaries.items()}
        change = getattr(result.drawn[on], part).double() - getattr(result.drawn[OFF], part).double()
        found[f"{key}_change"] = over_prompts(change, (-1.0, 1.0))
    if result.decoder_alone is not None:
        found["decoder_alone"] = _decoder_alone(result.decoder_alone, result.drawn[on])
    return {
        **found,
        "real": over_prompts(result.real, (0.0, 1.0)),
        "real_matched": share_of(result.real_matched),
        "real_thing": share_of(result.real_thing),
        "judge": result.shared,
        "ceiling": over_prompts(result.ceiling, (0.0, 1.0)),
        "random_pair": over_prompts(result.random_pair, (0.0, 1.0)),
        "fresh_difference": result.fresh,
        "own": {name: _own(result, name, params) for name in result.own},
        "n": params.sketches * params.pictures_per_sketch,
        "sketches": params.sketches,
        "guidance_scale": params.drawing.guidance_scale,
    }


def _decoder_alone(alone: Drawn, full: Drawn) -> dict[str, Any]:
    """What it draws without a sketch, and the paired change from there to full strength."""
    found: dict[str, Any] = {}
    for key, part in MEASURES.items():
        before, after = getattr(alone, part), getattr(full, part)
        found[key] = intervals.without_counts(_summary(before))
        found[f"{key}_change"] = intervals.without_counts(over_prompts(after.double() - before.double(), (-1.0, 1.0)))
    return found


def _summary(values: Tensor) -> dict[str, float]:
    return share_of(values) if values.dtype == torch.bool else over_prompts(values, (0.0, 1.0))


def _own(result: SketchResult, name: str, params: Params) -> dict[str, float]:
    """Mean F1 of the user's drawing without control and at full strength."""
    sketch, images = result.own[name]
    names = [OFF, *map(key_of, params.strengths)]
    found = {}
    for key, place in (("off", OFF), ("on", key_of(FULL[-1]))):
        drawn = images[names.index(place)]
        lines = picture_outlines(drawn, sketch.shape[-1])
        found[key] = float(sketch_f1(lines, sketch.expand(len(drawn), -1, -1)).mean())
    return found

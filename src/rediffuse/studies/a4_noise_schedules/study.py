"""Study A4: the same noises under three noise schedules, swapped naively and with the noise levels matched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.diffusion.schedules import NoiseSchedule
from rediffuse.evaluation.intervals import without_counts
from rediffuse.evaluation.measures import over_prompts, share_of
from rediffuse.evaluation.prompts import Prompts, draw_prompts
from rediffuse.evaluation.verdicts import judged
from rediffuse.models.picture_judge.model import PictureJudge
from rediffuse.models.text2image.model import TextToImage
from rediffuse.models.text2image.things import known_things
from rediffuse.studies.a4_noise_schedules.frequencies import band_contrasts
from rediffuse.studies.a4_noise_schedules.params import Params
from rediffuse.studies.a4_noise_schedules.sampling import Matched, naively
from rediffuse.studies.a4_noise_schedules.schedules import SCHEDULES, custom_schedule, nearest_timesteps

STUDY = "noise_schedules"
WAYS = ("naive", "matched")


@dataclass(frozen=True, eq=False)
class Drawn:
    """The pictures under one schedule, sampled in one way, P prompts with S pictures each.

    Attributes:
        images: uint8 [P·S, 3, H, W].
        low, high: rms of the luma's low and high frequencies, grey levels, float64 [P, S].
        thing: bool [P, S], whether the judge reads the thing that was asked for.
    """

    images: Tensor
    low: Tensor
    high: Tensor
    thing: Tensor


@dataclass(frozen=True, eq=False)
class Start:
    """Another schedule and the default, begun at the same noise level, so that only their shapes differ.

    The one that ends with less signal is begun later, at the last level that both have.

    Attributes:
        name: which of the two is begun later.
        timestep: of that schedule, the first that is sampled.
        high: of its pictures, as ``Drawn.high``.
    """

    name: str
    timestep: int
    high: Tensor


Result = dict[str, dict[str, Drawn]]  # by schedule and way
Rows = tuple[Tensor, Tensor, Tensor]  # states of the prompts and of none [N, L, D], x_T [N, C, h, w]
Films = dict[str, Tensor]  # by schedule: uint8 [steps, prompts, 3, H, W], decoded after each step


def run_schedules(model: TextToImage, judge: PictureJudge, pictures: PictureSet, params: Params) -> Result:
    """Draw the same prompts from the same noises under every schedule in both ways."""
    model.check_texts(params.film_prompts)  # before the work of minutes
    count = params.pictures_per_prompt
    prompts, asked = _asked(model, pictures, params)
    result: Result = {}
    for name in tqdm(SCHEDULES, desc="schedules", unit="schedule", disable=None):
        swapped, matched = naively(model, name), Matched(model, name)
        images = {
            "naive": swapped.draw(*asked, params.drawing),
            "matched": matched.draw(*asked, params.drawing),
        }
        result[name] = {}
        for way, drawn in images.items():
            low, high = (part.unflatten(0, (-1, count)) for part in band_contrasts(drawn, params.cutoff))
            thing = judged(judge, pictures, drawn, prompts).thing.unflatten(0, (-1, count))
            result[name][way] = Drawn(drawn, low, high, thing)
    return result


def run_starts(model: TextToImage, pictures: PictureSet, params: Params) -> dict[str, Start]:
    """For each schedule but the default, draw the one of the two that ends with less signal, begun later."""
    _, asked = _asked(model, pictures, params)
    found = {}
    for name in SCHEDULES:
        if name == "default":
            continue
        later, timestep = equal_start(model.schedule, name)
        timestep = max(timestep, params.drawing.num_inference_steps - 1)
        drawn = Matched(model, later, timestep + 1).draw(*asked, params.drawing)
        _, high = band_contrasts(drawn, params.cutoff)
        found[name] = Start(later, timestep, high.unflatten(0, (-1, params.pictures_per_prompt)))
    return found


def equal_start(schedule: NoiseSchedule, name: str) -> tuple[str, int]:
    """Which of a schedule and the default has to begin later, and at which of its timesteps, to begin as the other."""
    other = custom_schedule(schedule, name)
    if other.alphas_cumprod[-1] > schedule.alphas_cumprod[-1]:
        return "default", int(nearest_timesteps(other, schedule)[-1])
    return name, int(nearest_timesteps(schedule, other)[-1])


def _asked(model: TextToImage, pictures: PictureSet, params: Params) -> tuple[Prompts, Rows]:
    """The prompts, one for each picture, and their rows."""
    things = known_things(pictures, params.model, params.words.things)
    chosen = draw_prompts(pictures, params.words, things, params.prompts, params.seed, STUDY)
    prompts = chosen.repeated(params.pictures_per_prompt)
    states = model.text_states(prompts.texts)
    x_T = model.noise(params.seed, STUDY, range(len(prompts)))
    return prompts, (states, model.text_states([""]).expand_as(states), x_T)


def run_films(model: TextToImage, params: Params) -> Films:
    """The film's prompts step by step under every schedule, from the same noises."""
    texts = params.film_prompts
    states = model.text_states(texts)
    negative = model.text_states([""]).expand_as(states)
    x_T = model.noise(params.seed, f"{STUDY} film", range(len(texts)))
    films = {}
    for name in SCHEDULES:
        steps = Matched(model, name).states(states, negative, x_T, params.drawing)
        films[name] = torch.stack([model.decode(state.x_prev) for state in steps])
    return films


def schedules_metrics(model: TextToImage, result: Result, starts: dict[str, Start], params: Params) -> dict[str, Any]:
    """Means, intervals over prompts, and differences from the default taken picture by picture."""
    bands = {"high_frequency": "high", "low_frequency": "low"}
    found: dict[str, Any] = {}
    for key, part in bands.items():
        found[key] = {
            s: {w: without_counts(over_prompts(getattr(d, part), (0.0, 255.0))) for w, d in ways.items()}
            for s, ways in result.items()
        }
    found["thing_accuracy"] = {
        s: {w: without_counts(share_of(drawn.thing)) for w, drawn in ways.items()} for s, ways in result.items()
    }
    found["difference"] = {
        key: {s: {w: _change(result, s, w, part) for w in WAYS} for s in SCHEDULES if s != "default"}
        for key, part in (*bands.items(), ("thing_accuracy", "thing"))
    }
    found["start"] = {name: of_the_start(result, name, start) for name, start in starts.items()}
    found["terminal_alphas_cumprod"] = {
        name: float(custom_schedule(model.schedule, name).alphas_cumprod[-1]) for name in SCHEDULES
    }
    size = {"n": params.prompts * params.pictures_per_prompt, "prompts": params.prompts, "cutoff": params.cutoff}
    return {**found, **size}


def _change(result: Result, name: str, way: str, part: str) -> dict[str, float]:
    changed = getattr(result[name][way], part).double() - getattr(result["default"][way], part).double()
    return without_counts(over_prompts(changed))


def of_the_start(result: Result, name: str, start: Start) -> dict[str, Any]:
    """Split what a schedule does to fine detail into what its start does and, begun alike, what its shape does."""
    default, whole = result["default"]["matched"].high, result[name]["matched"].high
    alone, beyond = (start.high - default, whole - start.high)
    if start.name == name:
        alone, beyond = (whole - start.high, start.high - default)
    return {
        "begun_later": start.name,
        "timestep": start.timestep,
        "alone": without_counts(over_prompts(alone)),
        "beyond": without_counts(over_prompts(beyond)),
    }

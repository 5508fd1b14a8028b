"""Study A1: what wording does to the probabilities of one picture, and of many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.evaluation import intervals
from rediffuse.evaluation.held_out import Composed, compose_each, drawing_names, drawings_of
from rediffuse.evaluation.pixel_baselines import composed_bank
from rediffuse.evaluation.templates import prompt
from rediffuse.evaluation.zeroshot import probabilities, zeroshot_head
from rediffuse.models.clip.embedding import Clip, image_embeds, model_input, text_embeds
from rediffuse.pipeline.errors import InputError
from rediffuse.plotting.cases import cells, lying_bars
from rediffuse.plotting.figures import grid, spread, write_strip
from rediffuse.studies.a1_zeroshot_prompts.params import Params

STUDY = "zeroshot_prompts"
ENSEMBLE = "all together"
SETS = ("representation", "descriptions")


@dataclass(frozen=True, eq=False)
class PromptsResult:
    """What the study measured.

    Attributes:
        animals: the pictures of the animals, drawn by artists that CLIP never saw.
        drawings: what each drawing among them is called, by its row.
        labels: int64 [N], which candidate each shows.
        baseline: whether 1-nearest neighbour on pixels among training drawings is right, bool [N].
        photograph: for each set of prompts the photograph's probabilities, [K].
        drawn: for each set those of the animals' pictures, [N, K].
        right: for each template, and for their ensemble, whether a picture was read right, bool [N].
    """

    animals: Composed
    drawings: dict[int, str]
    labels: Tensor
    baseline: Tensor
    photograph: dict[str, Tensor]
    drawn: dict[str, Tensor]
    right: dict[str, Tensor]


def run_prompts(clip: Clip, pictures: PictureSet, photograph: Tensor, params: Params) -> PromptsResult:
    """Embed the photograph, uint8 [3, H, W], and the animals once, and read them by all prompts.

    Raises:
        InputError: a candidate is no thing of the picture set, or no drawing of one was kept from CLIP.
    """
    things = [_thing(pictures, name) for name in params.candidates]
    rows = drawings_of(pictures, pictures.rows("clip", "test"), things)
    for name, thing in zip(params.candidates, things, strict=True):
        if not (pictures.thing[rows] == thing).any():
            raise InputError(f"{STUDY}.candidates: no drawing of '{name}' was kept from CLIP; choose another thing")
    animals = compose_each(pictures, rows, params.pictures_per_drawing, params.seed, STUDY)
    labels = torch.tensor([things.index(thing) for thing in animals.thing.tolist()])
    known = drawings_of(pictures, pictures.rows("clip", "train"), things)
    bank = composed_bank(pictures, known, params.baseline_pictures, params.seed)
    photo, drawn = image_embeds(clip, photograph[None]), image_embeds(clip, animals.images, label="animals")

    def head(*templates: str) -> Tensor:
        return zeroshot_head(
            clip,
            [
                [prompt(template, name, fit_article=params.fit_article) for template in templates]
                for name in params.candidates
            ],
        )

    heads = {"representation": head(params.template), "descriptions": text_embeds(clip, params.descriptions)}
    single = {template: head(template) for template in params.templates} | {ENSEMBLE: head(*params.templates)}
    return PromptsResult(
        animals,
        drawing_names(pictures, rows),
        labels,
        bank.things(animals.images) == animals.thing,
        {key: probabilities(clip, photo, found)[0] for key, found in heads.items()},
        {key: probabilities(clip, drawn, found) for key, found in heads.items()},
        {key: (drawn @ found.T).argmax(1) == labels for key, found in single.items()},
    )


def _thing(pictures: PictureSet, name: str) -> int:
    if name not in pictures.things:
        raise InputError(
            f"{STUDY}.candidates: '{name}' is no thing of data/pictures; expected such as {pictures.animals}"
        )
    return pictures.things.index(name)


def prompts_metrics(result: PromptsResult, params: Params) -> dict[str, Any]:
    """Report the study in numbers; texts are keys, as they were given to the model.

    Each drawing is set in several pictures, which are not independent. Every interval is therefore clustered by
    drawing, but for those of a single drawing, which are Wilson's over its own pictures. ``change`` is the paired
    difference of a template from the first one, and of the ensemble from the mean of the single templates;
    ``ensemble_less`` is that of the ensemble from a template, and ``drawings_changed`` the number of drawings whose
    accuracy differs between a template and the first one.
    """
    right = result.drawn["representation"].argmax(1) == result.labels
    of = result.animals.drawing
    overall = intervals.clustered_proportion(right, of)
    templates = {key: intervals.clustered_proportion(found, of) for key, found in result.right.items()}
    alone = [templates[template]["mean"] for template in params.templates]
    each = torch.stack([result.right[template].double() for template in params.templates])  # [templates, N]
    nearest = intervals.clustered_proportion(result.baseline, of)
    return {
        "animals": {
            "accuracy": overall["mean"],
            **_ends(overall),
            "n": overall["n"],
            "drawings": overall["clusters"],
            "baseline_1nn": {
                "accuracy": nearest["mean"],
                **_ends(nearest),
                "lead": _moved(right.double(), result.baseline.double(), of),
            },
        },
        "by_animal": {name: _animal(result, right, index) for index, name in enumerate(params.candidates)},
        "photograph": {
            "representation": named(params.candidates, result.photograph["representation"]),
            "descriptions": named(params.descriptions, result.photograph["descriptions"]),
        },
        "drawn": dict(zip(SETS, _means(result, params), strict=True)),
        "drawn_n": int((result.labels == 0).sum()),
        "templates": {
            template: {
                "accuracy": templates[template]["mean"],
                **_ends(templates[template]),
                **(
                    {"change": _moved(own, each[0], of), "drawings_changed": _changed(own, each[0], of)}
                    if place
                    else {}
                ),
                "ensemble_less": _moved(result.right[ENSEMBLE].double(), own, of),
            }
            for place, (template, own) in enumerate(zip(params.templates, each, strict=True))
        },
        "ensemble": {
            "accuracy": templates[ENSEMBLE]["mean"],
            **_ends(templates[ENSEMBLE]),
            "change": _moved(result.right[ENSEMBLE].double(), each.mean(0), of),
        },
        "spread": {"lowest": min(alone), "highest": max(alone), "mean": sum(alone) / len(alone)},
    }


def _moved(after: Tensor, before: Tensor, drawing: Tensor) -> dict[str, float]:
    """Compute the paired difference of two measures of the same pictures, clustered by drawing."""
    return intervals.without_counts(intervals.clustered_difference(after, before, drawing))


def _changed(after: Tensor, before: Tensor, drawing: Tensor) -> int:
    """The number of drawings in whose pictures the mean of two measures differs."""
    _, place = drawing.unique(return_inverse=True)
    return int(torch.bincount(place, weights=after - before).ne(0).sum())


def _animal(result: PromptsResult, right: Tensor, candidate: int) -> dict[str, Any]:
    """Report the accuracy on one candidate, and on each of its drawings."""
    own = result.labels == candidate
    overall = intervals.clustered_proportion(right[own], result.animals.drawing[own])
    drawings = {name: intervals.proportion(right[places]) for name, places in _by_drawing(result, candidate).items()}
    return {
        "accuracy": overall["mean"],
        **_ends(overall),
        "n": overall["n"],
        "drawings": {
            name: {"accuracy": found["mean"], **intervals.without_mean(found)} for name, found in drawings.items()
        },
    }


def _means(result: PromptsResult, params: Params) -> list[dict[str, dict[str, float]]]:
    """Average both sets' probabilities over the pictures of the first candidate."""
    own = result.labels == 0
    texts = (params.candidates, params.descriptions)
    return [
        {text: _mean(found[:, index], result.animals.drawing[own]) for index, text in enumerate(names)}
        for names, found in zip(texts, (result.drawn[key][own] for key in SETS), strict=True)
    ]


def _mean(probabilities: Tensor, drawing: Tensor) -> dict[str, float]:
    return intervals.without_counts(intervals.clustered_proportion(probabilities, drawing))


def _by_drawing(result: PromptsResult, candidate: int) -> dict[str, Tensor]:
    """The pictures of each drawing of a candidate, by the drawing's name."""
    of = result.animals.drawing
    rows = of[result.labels == candidate].unique().tolist()
    return {result.drawings[row]: torch.nonzero(of == row).flatten() for row in rows}


def named(names: tuple[str, ...], shares: Tensor) -> dict[str, float]:
    """Probabilities by their text."""
    return dict(zip(names, shares.tolist(), strict=True))


def _ends(found: dict[str, float]) -> dict[str, float]:
    return {"low": found["low"], "high": found["high"]}


def draw_prompts(
    folder: Path,
    clip: Clip,
    photograph: Tensor,
    result: PromptsResult,
    metrics: Mapping[str, Any],
    params: Params,
    reference: Mapping[str, float],
) -> None:
    """The figures.

    Args:
        reference: what the reproduced report found for its own texts; shown beside the same text of ours.
    """
    first = params.candidates[0]
    texts = {
        "representation": [prompt(params.template, name, fit_article=params.fit_article) for name in params.candidates],
        "descriptions": list(params.descriptions),
    }
    for key, labels in texts.items():
        values = {
            "our photograph": [{"mean": share} for share in metrics["photograph"][key].values()],
            f"drawings of a {first}, mean": list(metrics["drawn"][key].values()),
        }
        # A number of the report stands beside its own words only; the page's table has the others.
        if all(prompt.replace(" an ", " a ") in reference for prompt in labels):
            published = [{"mean": reference[prompt.replace(" an ", " a ")]} for prompt in labels]
            values = {"reference report": published, **values}
        lying_bars(folder / f"{key}.png", labels, values, x_label="probability")
    bars = [
        {"mean": found["accuracy"], "low": found["low"], "high": found["high"]}
        for found in (*metrics["templates"].values(), metrics["ensemble"])
    ]
    lying_bars(folder / "templates.png", [*params.templates, ENSEMBLE], {"": bars}, x_label="classified correctly")
    _draw_animals(folder / "animals.png", result, params)
    _draw_drawings(folder / "drawings.png", result, params)
    _draw_strip(folder / "summary.png", result, params)
    seen = model_input(clip, photograph[None])[0]
    size = photograph.shape[-1]
    enlarged = torch.nn.functional.interpolate(seen[None].float(), (size, size), mode="nearest-exact")[0].byte()
    grid(
        folder / "photograph.png",
        [[*cells(torch.stack([photograph, enlarged]))]],
        (),
        ["as stored", "as CLIP reads it"],
        scale=2,
    )


def _draw_animals(path: Path, result: PromptsResult, params: Params, columns: int = 8) -> None:
    """A row for each animal: pictures spread over its drawings, and what was read."""
    found = result.drawn["representation"]
    rows, texts = [], []
    for index in range(len(params.candidates)):
        own = torch.nonzero(result.labels == index).flatten()
        shown = own[torch.linspace(0, len(own) - 1, min(columns, len(own))).round().long().unique()]
        rows.append([*cells(result.animals.images[shown])])
        texts.append([f"{params.candidates[int(p.argmax())]} {100 * float(p.max()):.0f}" for p in found[shown]])
    grid(path, rows, list(params.candidates), cell_labels=texts, scale=2)


def _draw_drawings(path: Path, result: PromptsResult, params: Params) -> None:
    """A row for each animal: one picture of each of its drawings, and the two answers that all of them get most."""
    found = result.drawn["representation"].argmax(1)
    rows, texts = [], []
    for index in range(len(params.candidates)):
        drawings = _by_drawing(result, index)
        rows.append([*cells(torch.stack([result.animals.images[places[0]] for places in drawings.values()]))])
        texts.append([f"{name}: {_answers(found[places], params)}" for name, places in drawings.items()])
    grid(path, rows, list(params.candidates), cell_labels=texts, scale=3, gap=14)


def _draw_strip(path: Path, result: PromptsResult, params: Params, most: int = 8) -> None:
    """The page's strip: the first picture of drawings spread over the animals, and what was read with its percent."""
    count = len(params.candidates)
    places = [int(own[0]) for index in range(count) for own in _by_drawing(result, index).values()]
    shown = [places[place] for place in spread(len(places), most)]
    found = result.drawn["representation"][shown]
    texts = [f"{params.candidates[int(p.argmax())]} {100 * float(p.max()):.0f}" for p in found]
    write_strip(path, result.animals.images[shown], texts)


def _answers(found: Tensor, params: Params) -> str:
    """The two most frequent answers with their shares in percent."""
    shares, order = (
        torch.bincount(found, minlength=len(params.candidates)).div(len(found)).sort(descending=True, stable=True)
    )
    return ", ".join(
        f"{params.candidates[name]} {100 * share:.0f}"
        for share, name in zip(shares[:2].tolist(), order[:2].tolist(), strict=True)
        if share
    )

"""Compare settings of CLIP's training on validation artists: ``python -m benchmarks.validation``.

Each candidate is trained without the drawings of two sets, each the only one of its maker, and reads them; the two
test artists are not read. A candidate is better than the committed setting where the interval of a paired difference,
on all things or on the classes, lies above 0, that of the other does not lie below, and it costs no more processor
time. The committed CLIP is trained with the validation artists, too.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from torch import Tensor

from rediffuse.data.pictures.dataset import PictureSet, load_pictures
from rediffuse.evaluation import intervals
from rediffuse.evaluation.accuracy import share_of_drawings
from rediffuse.evaluation.held_out import compose_each
from rediffuse.evaluation.templates import prompts
from rediffuse.evaluation.zeroshot import answers, zeroshot_head
from rediffuse.models.clip import params as train_clip
from rediffuse.models.clip.embedding import Clip, image_embeds, load_clip
from rediffuse.models.clip.network import save_clip
from rediffuse.models.clip.training import fit_clip
from rediffuse.pipeline import stage
from rediffuse.pipeline.compute import make_accelerator
from rediffuse.pipeline.errors import InputError
from rediffuse.studies.b3a_zeroshot_accuracy import params as zeroshot_accuracy
from rediffuse.training.curves import LIVE
from rediffuse.training.run import Plan

RESULTS = Path("benchmarks/validation.json")
STUDY = "validation"
ARTISTS = ("openmoji", "streamline")
COMMITTED = "committed"
SAME = 1.05  # times the committed setting's processor time that count as no more


@dataclass(frozen=True)
class Candidate:
    """A change of the section train_clip.

    Attributes:
        changes: keys are parts joined by dots, as DVC writes them.
        steps: as a share of the committed setting's; fewer where a step takes longer.
    """

    changes: dict[str, float] = field(default_factory=dict)
    steps: float = 1.0


CANDIDATES = {
    COMMITTED: Candidate(),
    "no loss on the name": Candidate({"class_loss_weight": 0.0}),
    "all things alike": Candidate({"sampling_weights.classes": 1.0, "sampling_weights.animals": 1.0}),
    "nothing hidden": Candidate({"masking.ratio": 0.0}),
    "nothing hidden, in the same time": Candidate({"masking.ratio": 0.0}, steps=0.75),
    "less weight decay": Candidate({"optimizer.weight_decay": 0.1}),
}


def without_artists(pictures: PictureSet, artists: tuple[str, ...]) -> PictureSet:
    """The picture set with more artists held out from CLIP, and no test artist among its test drawings.

    ``rows("clip", "test")`` of it are drawings by ``artists`` alone, so nothing that follows can read the test artists.
    """
    chosen = frozenset(pictures.styles.index(name) for name in artists)
    tested = pictures.held_out.styles_of("clip")
    kept = ~torch.isin(pictures.style, torch.tensor(sorted(tested)))
    held_out = replace(pictures.held_out, styles={**pictures.held_out.styles, "clip": chosen, "all": frozenset()})
    return replace(
        pictures, rgba=pictures.rgba[kept], thing=pictures.thing[kept], style=pictures.style[kept], held_out=held_out
    )


def changed(params: train_clip.Params, changes: dict[str, float], steps: int) -> train_clip.Params:
    """The section with other values, checked again.

    Raises:
        InputError: a value is not allowed beside the others.
    """
    section = params.model_dump() | {"steps": steps}
    for key, value in changes.items():
        *parts, last = key.split(".")
        place = section
        for part in parts:
            place = place[part]
        place[last] = value
    try:
        return train_clip.Params.model_validate(section)
    except ValidationError as error:
        raise InputError(f"{train_clip.STAGE}: {error.errors()[0]['msg']}") from None


def trained(pictures: PictureSet, params: train_clip.Params) -> Clip:
    """CLIP trained on the drawings that ``pictures`` lets it see."""
    accelerator = make_accelerator(params.device)
    plan = Plan(label=STUDY, pace=params.pace, log_every=params.log_every, live=LIVE / STUDY)
    learner, tokenizer, _ = fit_clip(accelerator, pictures, params, plan)
    with tempfile.TemporaryDirectory() as folder:
        save_clip(Path(folder), learner.clip, tokenizer)
        return load_clip(folder, None, accelerator.device)


def correct(clip: Clip, pictures: PictureSet, study: zeroshot_accuracy.Params, seed: int) -> tuple[Tensor, Tensor]:
    """Whether CLIP names each validation drawing on a scene, bool [N], among all things; and the drawing, int64 [N]."""
    head = zeroshot_head(clip, prompts(study.wordings[study.wording], pictures.things))
    composed = compose_each(pictures, pictures.rows("clip", "test"), study.pictures_per_drawing, seed, STUDY)
    read = answers(image_embeds(clip, composed.images, label=STUDY), head)
    return read[:, 0] == composed.thing, composed.drawing


def summary(right: Tensor, committed: Tensor, drawings: Tensor, classes: Tensor) -> dict[str, Any]:
    """Accuracies and paired differences from the committed setting.

    Args:
        right, committed: bool [N], on the same pictures.
        drawings: int64 [N], what each picture was made from.
        classes: bool [N], whether the thing is one of the classes of data/labelled.
    """

    def part(rows: Tensor) -> dict[str, Any]:
        change = intervals.clustered_difference(right[rows], committed[rows], drawings[rows])
        return share_of_drawings(right[rows], drawings[rows]) | {"change": intervals.without_counts(change)}

    return {"all_things": part(torch.ones_like(classes)), "classes": part(classes)}


def run(steps: int, seed: int) -> dict[str, Any]:
    """Train and read all candidates."""
    params = stage.read_section(train_clip.STAGE, train_clip.Params)
    study = stage.read_section("zeroshot_accuracy", zeroshot_accuracy.Params)
    pictures = without_artists(load_pictures(), ARTISTS)
    found, seconds = {}, {}
    for name, candidate in CANDIDATES.items():
        section = changed(params, candidate.changes, round(candidate.steps * steps))
        start = time.process_time()
        clip = trained(pictures, section)
        seconds[name] = time.process_time() - start
        right, drawings = correct(clip, pictures, study, seed)
        found[name] = right
        print(f"{name:24} {right.double().mean():6.1%}", flush=True)
    things = [pictures.things.index(name) for name in pictures.classes]
    classes = torch.isin(pictures.thing[drawings], torch.tensor(things))
    return {
        "artists": list(ARTISTS),
        "steps": steps,
        "seed": seed,
        "candidates": {
            name: asdict(CANDIDATES[name])
            | {"time": seconds[name] / seconds[COMMITTED]}
            | summary(right, found[COMMITTED], drawings, classes)
            for name, right in found.items()
        },
    }


def better(results: dict[str, Any]) -> list[str]:
    """The candidates that beat the committed setting on all things or the classes, lose on none, and cost no more."""
    found = []
    for name, candidate in results["candidates"].items():
        ways = [direction(candidate[part]["change"]) for part in ("all_things", "classes")]
        if name != COMMITTED and candidate["time"] <= SAME and max(ways) > 0 and min(ways) >= 0:
            found.append(name)
    return found


def direction(change: dict[str, float]) -> int:
    """1 where an interval lies above 0, -1 where it lies below, else 0."""
    return (change["low"] > 0) - (change["high"] < 0)


def main(arguments: list[str] | None = None) -> None:
    """Train, read, and write ``benchmarks/validation.json``; bad input ends in one line and exit code 2."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.validation", description=__doc__)
    parser.add_argument("--steps", type=int, default=1100, help="optimizer steps of each candidate, default 1100")
    parser.add_argument("--seed", type=int, default=61, help="of the compositions, default 61")
    parser.add_argument("--out", type=Path, default=RESULTS, help=f"default {RESULTS}")
    args = parser.parse_args(arguments)
    try:
        if args.steps < 1:
            raise InputError(f"--steps: found {args.steps}, expected 1 or more")
        results = run(args.steps, args.seed)
    except InputError as error:
        stage.fail(STUDY, str(error))
    stage.write_json(args.out, intervals.rounded(results))
    print(f"better than the committed setting: {', '.join(better(results)) or 'none'}")


if __name__ == "__main__":
    main()

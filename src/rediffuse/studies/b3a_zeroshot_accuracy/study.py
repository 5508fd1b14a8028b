"""Study B3a: zero-shot accuracy on labelled pictures, and on things, artists and pairs never seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor
from torchmetrics.functional.classification import multiclass_confusion_matrix

from rediffuse.data.labelled import LabelledSet
from rediffuse.data.pictures.dataset import SCENES, PictureSet
from rediffuse.evaluation import intervals
from rediffuse.evaluation.accuracy import accuracy_summary, share_of_drawings
from rediffuse.evaluation.clip_score import cosine_scores
from rediffuse.evaluation.held_out import compose_each, drawings_of
from rediffuse.evaluation.pixel_baselines import PixelBank, labelled_baseline, on_white, white_bank
from rediffuse.evaluation.templates import prompt, prompts
from rediffuse.evaluation.zeroshot import TOP, answers, measure, probabilities, zeroshot_head
from rediffuse.models.clip.embedding import Clip, image_embeds, model_input, text_embeds
from rediffuse.models.clip.shared_params import WordingSection
from rediffuse.pipeline.compute import generator
from rediffuse.plotting.cases import Case, choose, draw_cases, lying_bars
from rediffuse.plotting.figures import confusion, write_strip
from rediffuse.studies.b3a_zeroshot_accuracy.params import Params, ScenesSection

STUDY = "zeroshot_accuracy"


class LabelledReading:
    """A labelled folder, embedded once and read by every wording.

    Attributes:
        baseline: what 1-nearest neighbour on pixels classifies correctly, bool [N]; None where the labels are not all
            things of the picture set, whose training drawings it compares with.
    """

    def __init__(self, clip: Clip, labelled: LabelledSet, pictures: PictureSet, params: Params) -> None:
        self.clip, self.labelled, self.params = clip, labelled, params
        self.labels, self.names = labelled.labels, labelled.names
        self.embeds = image_embeds(clip, labelled.images, label="labelled pictures")
        self.heads = {
            name: zeroshot_head(clip, prompts(wording, labelled.names)) for name, wording in params.wordings.items()
        }
        self.head = self.heads[params.wording]
        self.read = answers(self.embeds, self.head)  # [N, 5]
        self.baseline = labelled_baseline(labelled, pictures, params.baseline_pictures)

    def metrics(self) -> dict[str, Any]:
        """Accuracies of the reported wording, of all wordings, and the CLIP score of picture and right prompt.

        ``wordings`` has the ``change`` of each against the reported one, on the same pictures.
        """
        right = self.read[:, 0] == self.labels
        drawings = self.labelled.drawings
        first = [texts[0] for texts in prompts(self.params.wordings[self.params.wording], self.names)]
        scores = cosine_scores(self.embeds, text_embeds(self.clip, first)[self.labels])
        found = {name: (self.embeds @ head.T).argmax(1) == self.labels for name, head in self.heads.items()}
        return {
            **measure(self.embeds, self.head, self.labels),
            **accuracy_summary(right, self.baseline, drawings, self.labelled.artists),
            "classes": len(self.names),
            "clip_score": intervals.clustered_difference(scores, torch.zeros_like(scores), drawings, 100.0),
            "wordings": {
                name: share_of_drawings(rows, drawings)
                | {
                    "change": intervals.without_counts(intervals.clustered_difference(rows, right, drawings)),
                    "template": self.params.wordings[name].templates[0],
                    "templates": len(self.params.wordings[name].templates),
                }
                for name, rows in found.items()
            },
        }

    def confusion(self) -> Tensor:
        """Counts, int64 [K, K], rows the truth."""
        return multiclass_confusion_matrix(self.read[:, 0], self.labels, len(self.names))

    def cases(self, *, right: bool) -> list[Case]:
        """Some that were read right, or wrong, drawn by the seed."""
        rows = torch.nonzero((self.read[:, 0] == self.labels) == right).flatten()
        random = generator(self.params.seed, f"{STUDY}/cases", int(right))
        shares = probabilities(self.clip, self.embeds, self.head)
        return [
            Case(
                self.labelled.images[row],
                self.names[int(self.labels[row])],
                [self.names[index] for index in self.read[row].tolist()],
                shares[row, self.read[row]].tolist(),
            )
            for row in choose(rows, self.params.cases, random)
        ]


def read_things(
    clip: Clip, pictures: PictureSet, bank: PixelBank, wording: WordingSection, params: Params
) -> dict[str, Any]:
    """All things by held-out artists, and the things that no model was trained on, among the words of all things.

    ``on_white`` has the same drawings and those of the classes without scene and placement, where the baseline is at
    its best.
    """
    head = zeroshot_head(clip, prompts(wording, pictures.things))
    known, seen = pictures.rows("clip", "train"), pictures.rows("clip", "test")
    unseen = torch.cat([pictures.held_out_rows("clip", "train"), pictures.held_out_rows("clip", "test")]).sort().values
    found: dict[str, Any] = {"candidates": len(pictures.things)}
    for key, rows in (("all_things", seen), ("unseen_things", unseen)):
        composed = compose_each(pictures, rows, params.pictures_per_drawing, params.seed, f"{STUDY}/{key}")
        read = answers(image_embeds(clip, composed.images, label=key.replace("_", " ")), head)
        right = read == composed.thing[:, None]
        # No neighbour shows a thing that is held out, so the baseline has no answer there.
        known_thing = key == "all_things"
        baseline = bank.things(composed.images) == composed.thing if known_thing else None
        artists = styles_of(pictures, composed.drawing) if known_thing else [""] * len(composed)
        found[key] = {
            **accuracy_summary(right[:, 0], baseline, composed.drawing, artists),
            "acc5": float(right[:, :TOP].any(1).float().mean()),
            "things": len(composed.thing.unique()),
        }
    classes = torch.tensor([pictures.things.index(name) for name in pictures.classes])
    own, own_known = (rows[torch.isin(pictures.thing[rows], classes)] for rows in (seen, known))
    own_head = zeroshot_head(clip, prompts(wording, pictures.classes))
    found["on_white"] = {
        "all_things": _read_on_white(clip, pictures, seen, known, head, torch.arange(len(pictures.things))),
        "classes": _read_on_white(clip, pictures, own, own_known, own_head, classes),
    }
    return found


def _read_on_white(
    clip: Clip, pictures: PictureSet, rows: Tensor, known: Tensor, head: Tensor, things: Tensor
) -> dict[str, Any]:
    images = on_white(pictures, rows)
    right = things[answers(image_embeds(clip, images, label="on white"), head)[:, 0]] == pictures.thing[rows]
    baseline = white_bank(pictures, known).things(images) == pictures.thing[rows]
    return accuracy_summary(right, baseline, rows, styles_of(pictures, rows))


def styles_of(pictures: PictureSet, drawings: Tensor) -> list[str]:
    """The artist of each drawing, [N]."""
    return [pictures.styles[style] for style in pictures.style[drawings].tolist()]


def read_scenes(clip: Clip, pictures: PictureSet, bank: PixelBank, params: Params) -> dict[str, Any]:
    """The scene of pictures whose thing and scene training never showed together, in styles that CLIP knows.

    The thing is given: the scene is read among the prompts of this thing on each scene. ``without_thing`` reads it
    among prompts that name no thing, and ``naming`` is the difference. ``baseline_mean_picture`` takes the nearest
    of the scenes' mean pictures.
    """
    drawings, scenes = _held_out_pairs(pictures, params.scenes.pictures_per_pair, params.seed)
    composed = compose_each(pictures, drawings, 1, params.seed, f"{STUDY}/unseen_pairs", scenes)
    embeds = image_embeds(clip, composed.images, label="unseen pairs")
    shown = composed.thing.unique()
    texts = [text for thing in shown.tolist() for text in scene_prompts(pictures.things[thing], params.scenes)]
    heads = text_embeds(clip, texts).view(len(shown), len(SCENES), -1)  # [things, scenes, D]
    own = heads[torch.searchsorted(shown, composed.thing)]  # [N, scenes, D]
    given = torch.einsum("nd,nsd->ns", embeds, own).argmax(1) == composed.scene
    plain = text_embeds(clip, [_scene(params.scenes, scene) for scene in SCENES])
    without = (embeds @ plain.T).argmax(1) == composed.scene
    baseline = bank.scenes(composed.images) == composed.scene

    def difference(after: Tensor, before: Tensor) -> dict[str, float]:
        return intervals.without_counts(intervals.clustered_difference(after, before, composed.drawing))

    share = share_of_drawings(given, composed.drawing)
    return {
        "scene_accuracy": share.pop("acc1"),
        **share,
        "pairs": len({*zip(composed.thing.tolist(), composed.scene.tolist(), strict=True)}),
        "without_thing": share_of_drawings(without, composed.drawing),
        "naming": difference(given, without),
        "baseline_mean_picture": share_of_drawings(baseline, composed.drawing) | {"lead": difference(given, baseline)},
    }


def scene_prompts(thing: str, section: ScenesSection) -> list[str]:
    """The prompts of one thing on each of ``SCENES``."""
    template = section.template.replace("{scene}", "\0").replace("{thing}", "{}")
    return [
        _tidy(prompt(template, thing, fit_article=True).replace("\0", getattr(section.phrases, scene)))
        for scene in SCENES
    ]


def _scene(section: ScenesSection, scene: str) -> str:
    return _tidy(section.template_without_thing.replace("{scene}", getattr(section.phrases, scene)))


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _held_out_pairs(pictures: PictureSet, count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Drawings and scenes: of each held-out pair at most ``count`` drawings, in styles that CLIP was trained on."""
    rows = pictures.rows("clip", "train")
    drawings, scenes = [], []
    for thing, scene in sorted(pictures.held_out.pairs):
        own = drawings_of(pictures, rows, [thing])
        random = generator(seed, f"{STUDY}/pairs", thing * len(SCENES) + scene)
        chosen = choose(own, count, random)
        drawings += chosen
        scenes += [scene] * len(chosen)
    return torch.tensor(drawings, dtype=torch.int64), torch.tensor(scenes, dtype=torch.int64)


def draw_accuracy(folder: Path, reading: LabelledReading, metrics: dict[str, Any]) -> None:
    """The figures, and what was read as DVC's confusion template takes it."""
    names = [name.replace("_", " ") for name in reading.names]
    confusion(folder / "confusion.png", reading.confusion().numpy(), names)
    pairs = {"actual": reading.labels.tolist(), "predicted": reading.read[:, 0].tolist()}
    frame = pd.DataFrame({key: [names[index] for index in column] for key, column in pairs.items()})
    frame.to_csv(folder / "confusion.csv", index=False)
    draw_cases(folder / "cases.png", reading.cases(right=True), reading.cases(right=False))
    _draw_strip(folder / "summary.png", reading)
    bars = [{**found, "mean": found["acc1"]} for found in metrics["wordings"].values()]
    lying_bars(folder / "wordings.png", list(metrics["wordings"]), {"": bars}, x_label="classified correctly")


def _draw_strip(path: Path, reading: LabelledReading, each: int = 4) -> None:
    """The page's strip: the first of the right cases and of the wrong ones, at the size that CLIP reads."""
    right = reading.cases(right=True)[:each]
    cases = [*right, *reading.cases(right=False)[:each]]
    answers = [f"{case.truth}\n{'✓' if case.names[0] == case.truth else '✗ ' + case.names[0]}" for case in cases]
    images = model_input(reading.clip, [case.image for case in cases])
    write_strip(path, images, [answer.replace("_", " ") for answer in answers], group=max(1, len(right)))

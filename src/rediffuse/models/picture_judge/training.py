"""Training the judge of pictures."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from accelerate import Accelerator
from torch import Tensor, nn

from rediffuse.data.picture_batches.augmentation import augmented
from rediffuse.data.picture_batches.sampling import ThingSampler
from rediffuse.data.pictures.composing import compose, draw_recipe
from rediffuse.data.pictures.dataset import SCENES, PictureSet
from rediffuse.models.convolution import set_convolutions
from rediffuse.models.picture_judge.model import Logits, PictureJudge, from_fractions
from rediffuse.models.picture_judge.params import Params
from rediffuse.pipeline.compute import generator, make_accelerator
from rediffuse.training.fit import BATCH_NORM, Trained, fit, plan_training, save_trained
from rediffuse.training.optimizers import make_optimizers
from rediffuse.training.run import Plan

INPUT_OR_OUTPUT = ("stem", "heads")  # first and last layers
TASKS = 3  # losses of things, scenes and styles


def train_judge(name: str, pictures: PictureSet, params: Params, folder: str) -> None:
    """Train the judge on the pictures that it may see, and save it in ``folder``.

    Args:
        name: the stage, and so the folder of its curve.
    """
    accelerator = make_accelerator(params.device)
    plan = plan_training(accelerator, name, params, "picture judge", whole_batch=BATCH_NORM)
    batches = JudgeBatches(pictures, params)
    judge = make_judge(pictures, batches.styles, params).to(accelerator.device)
    trained = fit_judge(accelerator, judge, batches, params, plan)
    save_trained(accelerator, name, folder, trained.network.save_pretrained, trained)


def fit_judge(
    accelerator: Accelerator, judge: PictureJudge, batches: JudgeBatches, params: Params, plan: Plan
) -> Trained[PictureJudge]:
    """Train a judge, which lies on its device, by cross-entropy."""

    def loss_of(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
        pictures, labels = (part.to(accelerator.device) for part in batch)
        return judge_loss(model(pictures), labels, params.label_smoothing)

    set_convolutions(judge, accelerator.device)
    optimizers = make_optimizers(judge, params.optimizer, INPUT_OR_OUTPUT)
    return fit(accelerator, judge, optimizers, batches.at, loss_of, plan)


def make_judge(pictures: PictureSet, styles: Sequence[int], params: Params) -> PictureJudge:
    """An untrained judge of these things and styles, its weights a pure function of the arguments."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(params.seed)
        judge = PictureJudge(
            things=list(pictures.things),
            scenes=list(SCENES),
            styles=[pictures.styles[style] for style in styles],
            image_size=params.image_size,
            widths=list(params.widths),
            blocks=list(params.blocks),
        )
    return judge.to(memory_format=torch.channels_last)


class JudgeBatches:
    """The batches of the judge's training, each a pure function of its step.

    Attributes:
        styles: indices of the styles that it is trained on, rising; a style's place here is its label.
    """

    def __init__(self, pictures: PictureSet, params: Params) -> None:
        rows = pictures.rows("judge", "train")
        self.pictures, self.params = pictures, params
        self.sampler = ThingSampler(rows, pictures.thing[rows])
        known = pictures.style[rows].unique()
        self.styles: list[int] = known.tolist()
        self.label = torch.full((len(pictures.styles),), -1)
        self.label[known] = torch.arange(len(known))

    def at(self, step: int) -> tuple[Tensor, Tensor]:
        """Pictures float32 [B, 3, H, W] in [−1, 1], and int64 [3, B]: thing, scene and place of the style."""
        params = self.params
        random = generator(params.seed, "judge", step)  # another stream than CLIP's: other compositions
        drawings = self.sampler.evenly(params.batch_size, random)
        recipe = draw_recipe(self.pictures, drawings, random, side="train", defects=params.defects)
        composed = compose(self.pictures, recipe, params.image_size, "train")
        labels = [self.pictures.thing[drawings], recipe.scene, self.label[self.pictures.style[drawings]]]
        return from_fractions(augmented(composed, params.augmentation, random)), torch.stack(labels)


def judge_loss(said: Logits, labels: Tensor, label_smoothing: float) -> Tensor:
    """Mean cross-entropy of the three heads; labels int64 [3, B] are thing, scene and style.

    Only the things' labels are smoothed: there are hundreds of them, some all but the same.
    """
    thing, scene, style = labels
    return (
        F.cross_entropy(said.things.float(), thing, label_smoothing=label_smoothing)
        + F.cross_entropy(said.scenes.float(), scene)
        + F.cross_entropy(said.styles.float(), style)
    ) / TASKS

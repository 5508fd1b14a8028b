"""Training of the independent judge: a classifier of pictures by artists that the generator never learned."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from rediffuse.data.picture_batches.augmentation import augmented
from rediffuse.data.pictures.composing import compose
from rediffuse.data.pictures.dataset import SCENES, PictureSet
from rediffuse.evaluation.real_pictures import redrawn
from rediffuse.models.picture_judge import params as train_picture_judge
from rediffuse.models.picture_judge.model import PictureJudge, from_fractions
from rediffuse.models.picture_judge.training import JudgeBatches, fit_judge
from rediffuse.models.text2image import params as train_text2image
from rediffuse.models.text2image.latents import latent_recipe
from rediffuse.models.text2image.things import learned_things, unlearned_drawings
from rediffuse.pipeline.compute import generator, make_accelerator
from rediffuse.training.curves import LIVE
from rediffuse.training.loop import batch_indices
from rediffuse.training.run import Plan


@dataclass(frozen=True)
class Movement:
    """How far each training picture is moved as a whole, at most: so few drawings would be learned by heart.

    Attributes:
        shift: along each side, as a share of it.
        zoom: relative change of size.
        turn: degrees.
        shear: tangent of the slant.
    """

    shift: float = 0.08
    zoom: float = 0.15
    turn: float = 12.0
    shear: float = 0.15


class UnlearnedBatches(JudgeBatches):
    """Training compositions of the generator with drawings by artists that it never learned.

    Attributes:
        things: indices of the things that the generator knows, rising; a thing's place here is its label.
    """

    def __init__(
        self,
        pictures: PictureSet,
        params: train_picture_judge.Params,
        training: train_text2image.Params,
        movement: Movement,
    ) -> None:
        self.pictures, self.params, self.movement = pictures, params, movement
        self.things = sorted(learned_things(pictures, training.things))
        self.rows = unlearned_drawings(pictures, training.things)
        self.recipe = latent_recipe(pictures, training)
        known = pictures.style[self.rows].unique()
        self.styles: list[int] = known.tolist()
        self.label = torch.full((len(pictures.styles),), -1)
        self.label[known] = torch.arange(len(known))
        self.thing_label = torch.full((len(pictures.things),), -1)
        self.thing_label[torch.tensor(self.things)] = torch.arange(len(self.things))

    def at(self, step: int) -> tuple[Tensor, Tensor]:
        """Pictures float32 [B, 3, H, W] in [−1, 1], and int64 [3, B]: places of thing, scene and style."""
        params, pictures = self.params, self.pictures
        random = generator(params.seed, "independent judge", step)
        chosen = self.recipe[batch_indices(step, params.batch_size, len(self.recipe), params.seed)]
        recipe = redrawn(pictures, chosen, self.rows, random)
        composed = compose(pictures, recipe, params.image_size, "train")
        labels = [
            self.thing_label[pictures.thing[recipe.drawing]],
            recipe.scene,
            self.label[pictures.style[recipe.drawing]],
        ]
        images = moved(augmented(composed, params.augmentation, random), self.movement, random)
        return from_fractions(images), torch.stack(labels)


def moved(images: Tensor, movement: Movement, random: torch.Generator) -> Tensor:
    """Pictures float32 [B, 3, H, W] shifted, zoomed, turned and slanted, each in its own way; edges are mirrored."""
    count = len(images)

    def uniform(limit: float) -> Tensor:
        return (2 * torch.rand(count, generator=random) - 1) * limit

    angle, shear = uniform(math.radians(movement.turn)), uniform(movement.shear)
    zoom = torch.exp(uniform(math.log1p(movement.zoom)))
    x, y = uniform(2 * movement.shift), uniform(2 * movement.shift)
    cos, sin = angle.cos() * zoom, angle.sin() * zoom
    first = torch.stack([cos, shear * cos - sin, x], 1)
    second = torch.stack([sin, shear * sin + cos, y], 1)
    grid = F.affine_grid(torch.stack([first, second], 1), list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)


def train_independent(
    pictures: PictureSet,
    params: train_picture_judge.Params,
    training: train_text2image.Params,
    movement: Movement | None = None,
) -> PictureJudge:
    """Train the judge as the pipeline's own is trained, on other drawings; it is kept nowhere."""
    accelerator = make_accelerator(params.device)
    batches = UnlearnedBatches(pictures, params, training, movement or Movement())
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(params.seed)
        judge = PictureJudge(
            things=[pictures.things[thing] for thing in batches.things],
            scenes=list(SCENES),
            styles=[pictures.styles[style] for style in batches.styles],
            image_size=params.image_size,
            widths=list(params.widths),
            blocks=list(params.blocks),
        )
    judge.to(accelerator.device, memory_format=torch.channels_last)
    plan = Plan("independent judge", params.pace, params.log_every, LIVE / "independent_judge")
    return fit_judge(accelerator, judge, batches, params, plan).network.eval()

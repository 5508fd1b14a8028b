"""Training a reader of digits."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rediffuse.data.digits.tensors import DigitTensors, load_split
from rediffuse.data.pixels import to_unit
from rediffuse.models.convolution import set_convolutions
from rediffuse.models.digit_classifier.model import DigitClassifier
from rediffuse.models.digit_classifier.shared_params import AugmentationSection, ReaderSection
from rediffuse.pipeline.compute import generator, make_accelerator
from rediffuse.training.fit import BATCH_NORM, fit, plan_training, save_trained
from rediffuse.training.loop import batch_indices
from rediffuse.training.optimizers import make_optimizers

INPUT_OR_OUTPUT = ("stem", "head")  # first and last layers


def train_on_half(
    name: str,  # the stage, and so the folder of its curve
    network: type[DigitClassifier],
    half: int,  # 0 or 1; the judge and the selector never see one image both
    section: ReaderSection,
    folder: str,  # where the reader is saved
) -> None:
    """Train a reader on every second training image of each set and save it."""
    accelerator = make_accelerator(section.device)
    label = name.removeprefix("train_").replace("_", " ")
    plan = plan_training(accelerator, name, section, label, whole_batch=BATCH_NORM)
    data = load_split("data/digits", "train")
    data = data.rows(torch.arange(len(data)) % 2 == half)
    with torch.random.fork_rng():
        torch.manual_seed(section.seed)
        reader = network(widths=section.widths).to(memory_format=torch.channels_last)
    reader.to(accelerator.device)
    set_convolutions(reader, accelerator.device)
    optimizers = make_optimizers(reader, section.optimizer, INPUT_OR_OUTPUT)
    places = [torch.nonzero(data.sets == index).flatten() for index in range(len(data.names))]

    def loss_of(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
        images, digits = (part.to(accelerator.device) for part in batch)
        return F.cross_entropy(model(images).float(), digits)

    trained = fit(accelerator, reader, optimizers, lambda step: digit_batch(data, places, section, step), loss_of, plan)
    save_trained(accelerator, name, folder, trained.network.save_pretrained, trained)


def digit_batch(
    data: DigitTensors, places: Sequence[Tensor], section: ReaderSection, step: int
) -> tuple[Tensor, Tensor]:
    """Augmented images [B, 3, 28, 28] in [−1, 1] and digits int64 [B] of a step, a pure function of the step."""
    rows = mixed_rows(places, step, section)
    random = generator(section.seed, "augmentation", step)
    return augmented(to_unit(data.images[rows]), section.augmentation, random), data.digits[rows]


def mixed_rows(places: Sequence[Tensor], step: int, section: ReaderSection) -> Tensor:
    """Rows of the batch of ``step``, int64 [B]: the share ``mnistm_fraction`` of the first set, the rest of the other.

    Args:
        places: rows of each set, int64 [N].
    """
    first = round(section.mnistm_fraction * section.batch_size)
    counts = (first, section.batch_size - first)
    parts = zip(places, counts, strict=True)
    return torch.cat([rows[batch_indices(step, count, len(rows), section.seed)] for rows, count in parts if count])


def augmented(images: Tensor, section: AugmentationSection, random: torch.Generator) -> Tensor:
    """A batch of digits [B, 3, H, W] in [−1, 1] that are read as before.

    Each image is turned, scaled, slanted and moved, its border mirrored. The colour channels of the
    batch change places, and half of the images become their negatives: the training images are
    cut from few photographs, so colours and contrasts must not be learned by heart.
    """
    images = F.grid_sample(
        images,
        F.affine_grid(affine_maps(images, section, random), list(images.shape), align_corners=False),
        padding_mode="reflection",
        align_corners=False,
    )
    negative = torch.rand(len(images), 1, 1, 1, generator=random) < 0.5
    images = images[:, torch.randperm(3, generator=random)]
    return torch.where(negative, -images, images)


def affine_maps(images: Tensor, section: AugmentationSection, random: torch.Generator) -> Tensor:
    """A map [B, 2, 3] for each image from the places of the new one to those of the old, in halves of a side."""
    turn, wide, high, slant, right, down = torch.rand(6, len(images), generator=random) * 2 - 1
    turn = turn * math.radians(section.rotation)
    wide, high = 1 + wide * section.scale, 1 + high * section.scale
    right, down = right * 2 * section.shift / images.shape[-1], down * 2 * section.shift / images.shape[-2]
    rows = (
        (turn.cos() * wide, slant * section.shear - turn.sin(), right),
        (turn.sin(), turn.cos() * high, down),
    )
    return torch.stack([torch.stack(row, dim=1) for row in rows], dim=1)

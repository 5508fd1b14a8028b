"""The batches that the readers are trained on, and their augmentation."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
import torchvision.transforms.v2.functional as transforms

from rediffuse.models.digit_classifier.judge_params import Params
from rediffuse.models.digit_classifier.shared_params import AugmentationSection
from rediffuse.models.digit_classifier.training import affine_maps, augmented, mixed_rows
from rediffuse.pipeline.params import read_yaml

STILL = AugmentationSection(shift=0, rotation=0, scale=0, shear=0)


def batch(count: int = 6) -> torch.Tensor:
    return torch.rand(count, 3, 28, 28, generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.mark.parametrize(("share", "counts"), [(0.65, (13, 7)), (0.5, (10, 10)), (0.99, (20, 0))])
def test_a_batch_is_mixed_as_asked_and_each_set_is_passed_through_evenly(share: float, counts: tuple[int, int]) -> None:
    section = read_yaml(Path(__file__).parents[3] / "params.yaml")["train_digit_judge"]
    params = Params.model_validate({**section, "mnistm_fraction": share, "batch_size": 20})
    places = [torch.arange(0, 60, 2), torch.arange(1, 60, 2)]
    batches = [mixed_rows(places, step, params) for step in range(30)]
    for rows in batches:
        assert (int((rows % 2 == 0).sum()), int((rows % 2 == 1).sum())) == counts
    seen = Counter(torch.cat(batches).tolist())
    for index, count in enumerate(counts):
        of_set = [seen[row] for row in places[index].tolist()]
        assert sum(of_set) == 30 * count and max(of_set) - min(of_set) <= 1
    assert torch.equal(mixed_rows(places, 7, params), batches[7])


def test_nothing_moves_when_nothing_may() -> None:
    images = batch(16)
    found = augmented(images, STILL, torch.Generator().manual_seed(1))
    order = [
        next(c for c in range(3) if torch.allclose(found[:, k].abs(), images[:, c].abs(), atol=1e-5)) for k in (0, 1, 2)
    ]
    assert sorted(order) == [0, 1, 2]
    signs = {round(float((found[row] / images[row, order]).median())) for row in range(16)}
    assert signs == {-1, 1}
    for row in range(16):
        same = torch.allclose(found[row], images[row, order], atol=1e-5)
        negative = torch.allclose(found[row], -images[row, order], atol=1e-5)
        assert same != negative


def moved(images: torch.Tensor, maps: torch.Tensor) -> torch.Tensor:
    return F.grid_sample(images, F.affine_grid(maps, list(images.shape), align_corners=False), align_corners=False)


@pytest.mark.parametrize(
    "section",
    [STILL.model_copy(update={"rotation": 20.0}), STILL.model_copy(update={"shift": 3.0})],
    ids=["rotation", "shift"],
)
def test_a_map_does_what_torchvisions_affine_does(section: AugmentationSection) -> None:
    images = batch()
    maps = affine_maps(images, section, torch.Generator().manual_seed(2))
    for row in range(len(images)):
        turn = math.degrees(math.atan2(float(maps[row, 1, 0]), float(maps[row, 0, 0])))
        right, down = (float(maps[row, axis, 2]) * 14 for axis in (0, 1))
        assert abs(turn) <= section.rotation + 1e-4 and max(abs(right), abs(down)) <= section.shift + 1e-4
        # torchvision takes whole pixels only, so the shift goes through its map's other half: the output.
        expected = transforms.affine(
            images[row], -turn, [0.0, 0.0], 1.0, [0.0, 0.0], interpolation=transforms.InterpolationMode.BILINEAR
        )
        straight = maps[row : row + 1].clone()
        straight[:, :, 2] = 0
        assert torch.allclose(moved(images[row : row + 1], straight)[0], expected, atol=1e-3)
    assert len({float(value) for value in maps.flatten()}) > 3


def test_each_image_gets_a_map_of_its_own_within_its_bounds() -> None:
    section = AugmentationSection(shift=2, rotation=10, scale=0.1, shear=0.1)
    maps = affine_maps(batch(500), section, torch.Generator().manual_seed(3))
    shifts = maps[:, :, 2] * 14
    assert shifts.abs().max() <= 2 and shifts.abs().max() > 1.9
    sizes = maps[:, 1, 1]
    assert 0.9 * math.cos(math.radians(10)) <= sizes.min() and sizes.max() <= 1.1
    assert len(maps.unique(dim=0)) == 500

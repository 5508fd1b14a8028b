"""Paints the scene of a street number: wall, plate, digits, shadows and light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as nnf

from rediffuse.data.sources.digits.glyphs import HEIGHT, REACH, WIDTH, Glyphs
from rediffuse.data.sources.digits.street_camera import CANVAS, FRAME
from rediffuse.data.sources.digits.street_scene import (
    Colours,
    Floats,
    Lots,
    Row,
    View,
    draw_colours,
    draw_row,
    draw_view,
    tensor,
)
from rediffuse.data.sources.shared.photographs import Canvas


@dataclass(frozen=True)
class Scene:
    """A painted block, 64 pixels square.

    Attributes:
        image: [B, 3, 64, 64], linear in 0 to about 1.
        digit: coverage of the labelled digit, [B, 1, 64, 64].
        digits: coverage of all digits.
        labels: int64 [B].
        width: [B], of the labelled digit's bounding box, pixels.
    """

    image: torch.Tensor
    digit: torch.Tensor
    digits: torch.Tensor
    labels: npt.NDArray[np.int64]
    width: Floats


@dataclass(frozen=True)
class Walls:
    """Photographs to cut walls from, and the same as a tensor."""

    photographs: Canvas
    pixels: torch.Tensor  # [1, 3, H, W], 0 to 1

    @classmethod
    def of(cls, photographs: Canvas) -> Walls:
        """Convert once what every block reads."""
        pixels = torch.from_numpy(photographs.pixels).permute(2, 0, 1)[None].float() / 255
        return cls(photographs, pixels.contiguous())


def paint(lots: Lots, glyphs: Glyphs, walls: Walls) -> Scene:
    """Draw and paint one block of scenes."""
    row = draw_row(lots, glyphs)
    view = draw_view(lots, row.size)
    colours = draw_colours(lots)
    frame = _frame()
    place = _on_wall(view, frame)  # [B, 64, 64, 2], glyph pixels
    pitch = tensor(np.sqrt(np.abs(np.linalg.det(view.matrix))) / (FRAME / 2))[:, None, None]
    outside = -REACH
    fields = _distances(row, glyphs, place) + tensor(row.bolder)[:, None, None, None]
    fields = torch.where(torch.from_numpy(row.present)[:, :, None, None], fields, outside)
    field = fields.amax(dim=1)  # [B, 64, 64], glyph pixels to the nearest outline

    image = _ground(lots, row, colours, place, walls)
    image = _cast_shadow(lots, image, field, pitch)
    image = _ink(lots, image, field, pitch, colours, place)
    image = _in_front(lots, image, colours, frame)
    image = _light(lots, image, frame)
    digit = (fields[:, 0] / pitch + 0.5).clamp(0, 1)[:, None]
    return Scene(
        image, digit, (field / pitch + 0.5).clamp(0, 1)[:, None], row.labels, row.size[:, 0] / pitch[:, 0, 0].numpy()
    )


def _frame() -> torch.Tensor:
    line = (torch.arange(CANVAS) + 0.5 - CANVAS / 2) / (FRAME / 2)
    return torch.stack(torch.meshgrid(line, line, indexing="xy"), dim=-1)  # [64, 64, 2], x then y


def _on_wall(view: View, frame: torch.Tensor) -> torch.Tensor:
    depth = 1 + torch.einsum("hwc,bc->bhw", frame, tensor(view.vanishing))
    flat = torch.einsum("bdc,hwc->bhwd", tensor(view.matrix), frame) / depth[..., None]
    spread = nnf.interpolate(torch.eye(4)[None, None], (CANVAS, 4), mode="bicubic", align_corners=True)[0, 0]
    warp = spread @ tensor(view.warp) @ spread.T  # [B, 2, 64, 64]
    return flat + tensor(view.offset)[:, None, None] + warp.permute(0, 2, 3, 1)


def _distances(row: Row, glyphs: Glyphs, place: torch.Tensor) -> torch.Tensor:
    tiles = torch.from_numpy(glyphs.distance[row.fonts[:, None], row.digits])  # [B, 3, 64, 88]
    half = torch.tensor([WIDTH / 2, HEIGHT / 2])
    found = [
        nnf.grid_sample(
            tiles[:, k : k + 1],
            (place - tensor(row.shift[:, k])[:, None, None]) / half,
            padding_mode="border",
            align_corners=False,
        )
        for k in range(3)
    ]
    return torch.cat(found, dim=1)


def _ground(lots: Lots, row: Row, colours: Colours, place: torch.Tensor, walls: Walls) -> torch.Tensor:
    texture = _texture(lots, walls)
    texture -= texture.mean(dim=(2, 3), keepdim=True)
    grey = np.flatnonzero(lots.maybe(0.6))
    texture[grey] = texture[grey].mean(dim=1, keepdim=True)
    step = np.abs(colours.digit - colours.ground).mean(axis=1)
    rough = np.where(lots.maybe(0.35), lots.uniform(0.25, 0.9), np.abs(lots.normal(0.15)))
    rough = rough * np.clip(step / 0.35, 0.3, 1.0)  # a faint number on a wild pattern cannot be read
    around = tensor(lots.uniform(0.2, 1.2))[:, None, None, None]
    band = tensor(lots.maybe(0.4) * lots.uniform(0.6, 2.0))[:, None, None, None]
    edge = _plate(lots, row, place)[:, None]
    image = tensor(colours.ground)[:, :, None, None] + texture * tensor(rough)[:, None, None, None]

    some = torch.from_numpy(np.flatnonzero(lots.maybe(0.4)))  # the others hang on the wall itself
    edge, band = edge[some], band[some]
    wall = tensor(colours.wall)[some, :, None, None] + texture[some] * around[some]
    plate = wall + (image[some] - wall) * (edge + 0.5).clamp(0, 1)
    line = (band - (edge - 2.0).abs() + 0.5).clamp(0, 1) * (band > 0)
    image[some] = plate + (tensor(colours.rim)[some, :, None, None] - plate) * line
    return image


def _texture(lots: Lots, walls: Walls) -> torch.Tensor:
    """Random crops of photographs, 26 to 90 pixels wide, turned at will, [B, 3, 64, 64]."""
    rng, photographs = lots.rng, walls.photographs
    photo = rng.integers(len(photographs.names), size=len(lots.uniform(0, 1)))
    width = lots.uniform(26, 90)
    reach = width * 0.71  # half the diagonal of the turned square
    low_x, low_y = reach, photographs.tops[photo] + reach
    span_x, span_y = photographs.widths[photo] - 2 * reach, photographs.heights[photo] - 2 * reach
    middle = np.stack([low_x + lots.uniform(0, 1) * span_x, low_y + lots.uniform(0, 1) * span_y], axis=1)
    angle = lots.uniform(0, 2 * np.pi)
    turn = np.stack([np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)], axis=1).reshape(-1, 2, 2)
    line = (np.arange(CANVAS) + 0.5) / CANVAS - 0.5
    square = tensor(np.stack(np.meshgrid(line, line), axis=-1))
    points = torch.einsum("bdc,hwc->bhwd", tensor(turn * width[:, None, None]), square) + tensor(middle)[:, None, None]
    height, wide = photographs.pixels.shape[:2]
    grid = points / torch.tensor([wide / 2, height / 2]) - 1
    return nnf.grid_sample(walls.pixels.expand(len(photo), -1, -1, -1), grid, align_corners=False)


def _plate(lots: Lots, row: Row, place: torch.Tensor) -> torch.Tensor:
    """Distance to the edge of a rounded plate in glyph pixels, positive on it, [B, 64, 64]."""
    left = row.size[:, 0] / 2 + lots.uniform(3, 14) + 200 * row.present[:, 1]
    right = row.size[:, 0] / 2 + lots.uniform(3, 14) + 200 * row.present[:, 2]
    above, below = (row.size[:, 1] / 2 + lots.uniform(3, 16) for _ in range(2))
    centre = np.stack([right - left, below - above], axis=1) / 2
    half = np.stack([right + left, below + above], axis=1) / 2
    corner = tensor(lots.uniform(0, 8))[:, None, None]
    over = [
        (place[..., k] - tensor(centre[:, k])[:, None, None]).abs() - tensor(half[:, k])[:, None, None] + corner
        for k in (0, 1)
    ]
    away = (over[0].clamp(min=0).square() + over[1].clamp(min=0).square()).sqrt()
    return corner - away - torch.maximum(over[0], over[1]).clamp(max=0)


def _cast_shadow(lots: Lots, image: torch.Tensor, field: torch.Tensor, pitch: torch.Tensor) -> torch.Tensor:
    """Shadow or side faces of raised digits: the outline once more, moved and darkened."""
    strength = np.where(lots.maybe(0.35), lots.uniform(0.2, 0.75), 0.0)
    softness = tensor(lots.uniform(0.7, 4.0))[:, None, None]
    angle, length = lots.uniform(0, 2 * np.pi), lots.uniform(0.03, 0.16)
    moved = tensor(np.stack([np.cos(angle), np.sin(angle)], axis=1) * length[:, None])
    grid = _frame() * (FRAME / CANVAS) - moved[:, None, None]
    there = nnf.grid_sample(field[:, None], grid, padding_mode="border", align_corners=False)[:, 0]
    cover = (there / (pitch * softness) + 0.5).clamp(0, 1) * tensor(strength)[:, None, None]
    return image * (1 - cover[:, None])


def _ink(
    lots: Lots, image: torch.Tensor, field: torch.Tensor, pitch: torch.Tensor, colours: Colours, place: torch.Tensor
) -> torch.Tensor:
    rim = tensor(np.where(lots.maybe(0.12), lots.uniform(1.0, 3.0), 0.0))[:, None, None]
    around = ((field + rim) / pitch + 0.5).clamp(0, 1) * (rim > 0)
    image = image + (tensor(colours.rim)[:, :, None, None] - image) * around[:, None]

    ink = tensor(colours.digit)[:, :, None, None]
    metal = tensor(lots.maybe(0.45) * lots.normal(0.22))[:, None, None]
    pace = tensor(lots.uniform(0.03, 0.12))[:, None, None]
    phase = tensor(lots.uniform(0, 2 * np.pi))[:, None, None]
    shade = 1 + metal * torch.sin(place[..., 1] * pace + place[..., 0] * pace * 0.3 + phase)
    wear = _wear(lots)
    slope_y, slope_x = torch.gradient(field, dim=(1, 2))
    angle = lots.uniform(0, 2 * np.pi)
    facing = slope_x * tensor(np.cos(angle))[:, None, None] + slope_y * tensor(np.sin(angle))[:, None, None]
    depth = tensor(lots.uniform(1.5, 5.0))[:, None, None]
    bevel = tensor(np.where(lots.maybe(0.3), lots.uniform(0.1, 0.5), 0.0))[:, None, None]
    shade = shade + bevel * facing / pitch * (1 - field / depth).clamp(0, 1)
    cover = (field / pitch + 0.5).clamp(0, 1) * (1 - wear)
    return image + (ink * shade[:, None] - image) * cover[:, None]


def _wear(lots: Lots) -> torch.Tensor:
    """How much of the paint has come off, [B, 64, 64], 0 to 0.7; on one image in six."""
    spots = tensor(lots.normal(1.0, 10, 10))
    spread = nnf.interpolate(spots[:, None], CANVAS, mode="bilinear", align_corners=True)[:, 0]
    worn = tensor(np.where(lots.maybe(0.16), lots.uniform(0.2, 0.7), 0.0))[:, None, None]
    return worn * ((spread - 0.2) * 2).clamp(0, 1)


def _in_front(lots: Lots, image: torch.Tensor, colours: Colours, frame: torch.Tensor) -> torch.Tensor:
    """A cable, twig or rail across the number, bent and out of focus, on one image in eight."""
    angle = lots.uniform(0, np.pi)
    normal = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    along = np.stack([-np.sin(angle), np.cos(angle)], axis=1)
    across = torch.einsum("hwc,bc->bhw", frame, tensor(normal)) - tensor(lots.uniform(-0.8, 0.8))[:, None, None]
    length = torch.einsum("hwc,bc->bhw", frame, tensor(along))
    across = across + tensor(lots.normal(0.15))[:, None, None] * length.square()
    width, soft = (tensor(lots.uniform(low, high))[:, None, None] for low, high in ((0.02, 0.09), (0.03, 0.08)))
    cover = ((width - across.abs()) / soft + 0.5).clamp(0, 1) * tensor(lots.maybe(0.125))[:, None, None]
    return image + (tensor(colours.wall)[:, :, None, None] - image) * cover[:, None]


def _light(lots: Lots, image: torch.Tensor, frame: torch.Tensor) -> torch.Tensor:
    """A slope of light over all, now and then the edge of a shadow or a glare."""
    slope = torch.einsum("hwc,bc->bhw", frame, tensor(lots.normal(0.12, 2)))
    angle = lots.uniform(0, 2 * np.pi)
    normal = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    across = torch.einsum("hwc,bc->bhw", frame, tensor(normal)) + tensor(lots.normal(0.4))[:, None, None]
    dark = tensor(np.where(lots.maybe(0.2), lots.uniform(0.2, 0.55), 0.0))[:, None, None]
    shadow = 1 - dark * torch.sigmoid(across / tensor(lots.uniform(0.02, 0.3))[:, None, None])
    spot = (frame - tensor(lots.normal(0.7, 2))[:, None, None]).square().sum(dim=-1)
    bright = tensor(np.where(lots.maybe(0.1), lots.uniform(0.1, 0.4), 0.0))[:, None, None]
    glare = bright * torch.exp(-spot / tensor(lots.uniform(0.1, 0.6))[:, None, None])
    return image * ((1 + slope).clamp(min=0.3) * shadow)[:, None] + glare[:, None]

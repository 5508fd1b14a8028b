"""Study A8's blind test: each controlled picture beside four sketches of its thing, one of which is its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from benchmarks.naming.drawing import fingerprint
from benchmarks.naming.keys import Item, Key
from benchmarks.naming.sheets import digest_of, grid, labelled, write_test
from rediffuse.data.pictures.dataset import PictureSet
from rediffuse.models.controlnet.model import Controlled
from rediffuse.models.controlnet.sketches import sketch_side
from rediffuse.pipeline.arrays import load_arrays
from rediffuse.pipeline.compute import generator
from rediffuse.pipeline.errors import InputError
from rediffuse.studies.a8_sketch_to_image.params import FULL, Params
from rediffuse.studies.a8_sketch_to_image.study import OFF, draw_strengths, key_of
from rediffuse.studies.a8_sketch_to_image.subjects import make_subjects

ROWS = 6  # pictures of a sheet
STUDY = "matching"
NOT_TOLD = "not told"
INSTRUCTIONS = """\
Each numbered picture on the sheets was generated after one of the four sketches to its right.
Write one line for each number, with the number of the sketch that the picture follows, 1 to 4:

1: 3

Answer for every picture, and guess where you cannot tell. Look at the sheets only; key.json holds the answers.
"""


def write_matching_sheet(
    images: Tensor,
    sketches: Tensor,
    rivals: Tensor,
    seed: int,
    out: str | Path,
    model: str = NOT_TOLD,
    prompts: Sequence[str] | None = None,
    uncontrolled: int = 0,
    guidance_scales: tuple[float, ...] = (),
) -> Key:
    """Write the sheets and the key of a matching test; its pictures are numbered in an order of their own.

    Uncontrolled pictures are the baseline: what a reader finds without control comes from elsewhere.

    Args:
        images: uint8 [N, 3, H, W], controlled pictures and behind them uncontrolled ones.
        sketches: [N, h, w], uint8 in 0 to 255, or bool or float in 0 to 1: what each was drawn after.
        rivals: [N, R, h, w] of the same type, the other sketches beside each.
        model: fingerprint of the weights.
        prompts: of the pictures, for the key.
        uncontrolled: how many of the pictures, the last ones, were drawn without control.
        guidance_scales: of the pictures, for the key.

    Raises:
        InputError: shapes or types are others, a rival is equal to the picture's sketch, or ``out`` holds something.
    """
    count = len(images)
    if images.dtype != torch.uint8 or images.ndim != 4 or images.shape[1] != 3:
        raise InputError(f"images: found {images.dtype}{list(images.shape)}, expected uint8[N, 3, H, W]")
    if sketches.ndim != 3 or len(sketches) != count:
        raise InputError(f"sketches: found {list(sketches.shape)}, expected [{count}, h, w]")
    if rivals.ndim != 4 or len(rivals) != count or rivals.shape[2:] != sketches.shape[1:]:
        raise InputError(f"rivals: found {list(rivals.shape)}, expected [{count}, R, h, w] of the sketches' size")
    offered = shades(torch.cat([sketches[:, None], rivals], dim=1))
    if (offered[:, 1:] == offered[:, :1]).flatten(2).all(2).any():
        raise InputError("rivals: found one that is equal to the picture's own sketch, expected others")
    order = torch.randperm(count, generator=generator(seed, f"{STUDY} order", 0)).tolist()
    places = [torch.randperm(offered.shape[1], generator=generator(seed, STUDY, place)).tolist() for place in order]
    items = {
        number: Item(
            kind="controlled" if place < count - uncontrolled else "uncontrolled",
            candidate=candidates.index(0) + 1,
            prompt=None if prompts is None else prompts[place],
        )
        for number, (place, candidates) in enumerate(zip(order, places, strict=True), 1)
    }
    key = Key(
        test="matching",
        seed=seed,
        model=model,
        guidance_scales=guidance_scales,
        digest=digest_of(images[order], offered[order].flatten(1, 2)),
        choices=tuple(str(number + 1) for number in range(offered.shape[1])),
        scenes=(),
        pictures=items,
    )
    tiles = [
        matching_tile(number, images[place], offered[place][candidates])
        for number, (place, candidates) in enumerate(zip(order, places, strict=True), 1)
    ]
    write_test(out, key, tiles, INSTRUCTIONS, columns=1, rows=ROWS)
    return key


def shades(sketches: Tensor) -> Tensor:
    """Sketches as uint8 in 0 to 255; bool and float are in 0 to 1."""
    return sketches if sketches.dtype == torch.uint8 else (sketches.float().clamp(0, 1) * 255).round().byte()


def matching_tile(number: int, image: Tensor, sketches: Tensor) -> Image.Image:
    """A numbered picture beside its candidates, uint8 [R + 1, h, w], which are shown dark on light."""
    tiles = [labelled(str(number), image)]
    tiles += [labelled(f"sketch {place}", 255 - sketch) for place, sketch in enumerate(sketches, 1)]
    return grid(tiles, len(tiles))


def controlled_pictures(
    controlled: Controlled, pictures: PictureSet, params: Params, count: int, uncontrolled: int, seed: int
) -> tuple[Tensor, Tensor, Tensor, tuple[str, ...]]:
    """Pictures drawn at full strength after sketches of held-out artists' drawings, as study A8 draws them.

    Args:
        uncontrolled: how many more are drawn without control, from other sketches' prompts.

    Returns:
        images uint8 [N, 3, H, W], sketches [N, h, w], rivals [N, R, h, w] and prompts, N = ``count`` +
        ``uncontrolled``.
    """
    whole = count + uncontrolled
    changed = params.model_copy(update={"seed": seed, "sketches": whole, "strengths": (FULL[-1],)})
    model = controlled.model
    side = sketch_side(model.picture_size)
    subjects = make_subjects(pictures, side, changed)
    texts = subjects.prompts.texts
    drawn = draw_strengths(controlled, texts, subjects.sketches, STUDY, changed)
    images = torch.cat([drawn[key_of(FULL[-1])][:count], drawn[OFF][count:]])
    return images, subjects.sketches, subjects.rivals, texts


def read_controlled(path: Path) -> tuple[Tensor, Tensor, Tensor]:
    """Controlled pictures, their sketches and the rivals from an npz with ``images``, ``sketches`` and ``rivals``.

    Raises:
        InputError: there is no such file, or it lacks one of them.
    """
    images, sketches, rivals = load_arrays(path, ("images", "sketches", "rivals"), "that writes it").values()
    return torch.from_numpy(images), torch.from_numpy(sketches), torch.from_numpy(rivals)


def fingerprint_of(controlled: Controlled) -> str:
    """Fingerprint of the model with its ControlNet, and with the U-Net that is used under control if it is another."""
    networks = [controlled.pipeline.controlnet, *([controlled.pipeline.unet] if controlled.has_own_unet else [])]
    weights = [weight for network in networks for _, weight in sorted(network.state_dict().items())]
    return fingerprint(controlled.model, *weights)

"""Study A8's blind test: each controlled picture beside four sketches, one of which is its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from benchmarks.naming.drawing import fingerprint
from benchmarks.naming.keys import Item, Key
from benchmarks.naming.sheets import digest_of, grid, labelled, write_test
from rediffuse.compute import generator
from rediffuse.data.arrays import load_arrays
from rediffuse.data.pictures import PictureSet
from rediffuse.errors import InputError
from rediffuse.params.sketch_to_image import FULL, Params
from rediffuse.text2image.controlnet import Controlled
from rediffuse.text2image.sketch_study import OFF, draw_strengths, key_of, make_subjects
from rediffuse.text2image.sketches import sketch_side

CANDIDATES = 4
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
    seed: int,
    out: str | Path,
    model: str = NOT_TOLD,
    prompts: Sequence[str] | None = None,
    uncontrolled: int = 0,
) -> Key:
    """Write the sheets and the key of a matching test; its pictures are numbered in an order of their own.

    Uncontrolled pictures are the baseline: a reader may find a sketch by the object that it shows.

    Args:
        images: uint8 [N, 3, H, W], controlled pictures and behind them uncontrolled ones.
        sketches: [N, h, w], uint8 in 0 to 255, or bool or float in 0 to 1: what each was drawn after.
        model: fingerprint of the weights.
        prompts: of the pictures, for the key.
        uncontrolled: how many of the pictures, the last ones, were drawn without control.

    Raises:
        InputError: shapes or types are others, ``out`` holds something, or there are too few different sketches.
    """
    count = len(images)
    if images.dtype != torch.uint8 or images.ndim != 4 or images.shape[1] != 3:
        raise InputError(f"images: found {images.dtype}{list(images.shape)}, expected uint8[N, 3, H, W]")
    if sketches.ndim != 3 or len(sketches) != count:
        raise InputError(f"sketches: found {list(sketches.shape)}, expected [{count}, h, w]")
    drawn = sketches if sketches.dtype == torch.uint8 else (sketches.float().clamp(0, 1) * 255).round().byte()
    order = torch.randperm(count, generator=generator(seed, f"{STUDY} order", 0)).tolist()
    chosen = [draw_candidates(drawn, place, seed) for place in order]
    items = {
        number: Item(
            kind="controlled" if place < count - uncontrolled else "uncontrolled",
            candidate=candidates.index(place) + 1,
            candidates=tuple(candidates),
            prompt=None if prompts is None else prompts[place],
        )
        for number, (place, candidates) in enumerate(zip(order, chosen, strict=True), 1)
    }
    key = Key(
        test="matching",
        seed=seed,
        model=model,
        digest=digest_of(images[order], drawn[order]),
        choices=tuple(str(number + 1) for number in range(CANDIDATES)),
        scenes=(),
        pictures=items,
    )
    tiles = [
        matching_tile(number, images[place], drawn[candidates])
        for number, (place, candidates) in enumerate(zip(order, chosen, strict=True), 1)
    ]
    write_test(out, key, tiles, INSTRUCTIONS, columns=1, rows=ROWS)
    return key


def draw_candidates(sketches: Tensor, place: int, seed: int) -> list[int]:
    """Indices of ``CANDIDATES`` different sketches in random order, ``place`` among them.

    Raises:
        InputError: there are not as many different ones.
    """
    random = generator(seed, STUDY, place)
    chosen = [place]
    for other in torch.randperm(len(sketches), generator=random).tolist():
        if len(chosen) < CANDIDATES and not any(torch.equal(sketches[other], sketches[known]) for known in chosen):
            chosen.append(other)
    if len(chosen) < CANDIDATES:
        raise InputError(f"sketches: found {len(chosen)} different ones, expected {CANDIDATES} or more")
    return [chosen[index] for index in torch.randperm(CANDIDATES, generator=random).tolist()]


def matching_tile(number: int, image: Tensor, sketches: Tensor) -> Image.Image:
    """A numbered picture beside its candidates, uint8 [CANDIDATES, h, w], which are shown dark on light."""
    tiles = [labelled(str(number), image)]
    tiles += [labelled(f"sketch {place}", 255 - sketch) for place, sketch in enumerate(sketches, 1)]
    return grid(tiles, len(tiles))


def controlled_pictures(
    controlled: Controlled, pictures: PictureSet, params: Params, count: int, uncontrolled: int, seed: int
) -> tuple[Tensor, Tensor, tuple[str, ...]]:
    """Pictures drawn at full strength after sketches of held-out artists' drawings, as study A8 draws them.

    Args:
        uncontrolled: how many more are drawn without control, from other sketches' prompts.

    Returns:
        images uint8 [N, 3, H, W], sketches [N, h, w] and prompts, N = ``count`` + ``uncontrolled``.
    """
    whole = count + uncontrolled
    changed = params.model_copy(update={"seed": seed, "sketches": whole, "strengths": (FULL[-1],)})
    model = controlled.model
    side = sketch_side(model.shape[-1] * model.pipeline.vae_scale_factor)
    subjects = make_subjects(pictures, side, changed)
    texts = subjects.prompts.texts
    drawn = draw_strengths(controlled, texts, subjects.sketches, STUDY, changed)
    images = torch.cat([drawn[key_of(FULL[-1])][:count], drawn[OFF][count:]])
    return images, subjects.sketches, texts


def read_controlled(path: Path) -> tuple[Tensor, Tensor]:
    """Controlled pictures and their sketches from an npz with the arrays ``images`` and ``sketches``.

    Raises:
        InputError: there is no such file, or it lacks one of them.
    """
    arrays = load_arrays(path, ("images", "sketches"), "that writes it")
    return torch.from_numpy(arrays["images"]), torch.from_numpy(arrays["sketches"])


def fingerprint_of(controlled: Controlled) -> str:
    """Fingerprint of the model with its ControlNet."""
    weights = [weight for _, weight in sorted(controlled.pipeline.controlnet.state_dict().items())]
    return fingerprint(controlled.model, *weights)

"""The picture set as the training stages and the studies read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from rediffuse.pipeline.arrays import load_arrays
from rediffuse.pipeline.errors import InputError
from rediffuse.pipeline.files import read_json

SCENES = ("plain", "day", "night", "beach", "snow")
SIZE = 64  # pixels, height and width of what is stored
FOLDER = "data/pictures"
_PART = 512  # drawings scaled at once
_AGAIN = "run the stage fetch_pictures again"
Reader = Literal["clip", "judge"]
Side = Literal["train", "test"]


@dataclass(frozen=True)
class HeldOut:
    """What is kept out of training.

    Attributes:
        styles: for ``clip`` and for ``judge`` the indices of the styles that only this reader must not
            see, for ``all`` those that no model ever sees.
        things: indices of the things that no model is trained on.
        pairs: (thing, scene) indices that no model sees together.
        showing: those of ``things`` that are held out since their drawings show another of them.
    """

    styles: dict[str, frozenset[int]]
    things: frozenset[int]
    pairs: frozenset[tuple[int, int]]
    showing: frozenset[int] = frozenset()

    def styles_of(self, reader: Reader) -> frozenset[int]:
        """The styles that a reader must not be trained on."""
        return self.styles[reader] | self.styles["all"]


@dataclass(frozen=True, eq=False)
class PictureSet:
    """Drawings, backgrounds, and what is held out.

    Attributes:
        rgba: uint8 [N, 4, 64, 64], straight alpha.
        thing, style: int64 [N], indices into ``things`` and ``styles``.
        backgrounds: ``train`` and ``test``, uint8 [S, K, 3, 64, 64], S in the order of ``SCENES``.
        things: lower-case words with spaces.
        nouns: the things with their article, as captions say them.
        styles: names of the sets.
        classes: the things of the labelled folder.
        animals: the five of study A1.
    """

    rgba: Tensor
    thing: Tensor
    style: Tensor
    backgrounds: dict[Side, Tensor]
    things: tuple[str, ...]
    nouns: tuple[str, ...]
    styles: tuple[str, ...]
    held_out: HeldOut
    classes: tuple[str, ...]
    animals: tuple[str, ...]
    _scaled: dict[tuple[str, int], Tensor] = field(default_factory=dict, init=False, repr=False)

    def rows(self, reader: Reader, split: Side) -> Tensor:
        """Drawings of the things that are not held out, int64 [M], rising.

        Args:
            reader: who is trained or tested.
            split: ``train`` gives the styles that the reader may see, ``test`` those that it must not.
        """
        unseen = _among(self.style, self.held_out.styles_of(reader))
        return torch.nonzero((unseen if split == "test" else ~unseen) & ~self._held_out_thing()).flatten()

    def held_out_rows(self, reader: Reader, split: Side) -> Tensor:
        """As ``rows``, of the held-out things, without what is held out since it shows one of them."""
        unseen = _among(self.style, self.held_out.styles_of(reader))
        thing = self._held_out_thing() & ~_among(self.thing, self.held_out.showing)
        return torch.nonzero((unseen if split == "test" else ~unseen) & thing).flatten()

    def _held_out_thing(self) -> Tensor:
        return _among(self.thing, self.held_out.things)

    def premultiplied(self, size: int) -> Tensor:
        """The drawings with their colours multiplied by alpha, uint8 [N, 4, size, size], made once a size."""
        if ("drawings", size) not in self._scaled:
            # In parts, since the whole set in float32 would take half a gigabyte, several times over.
            parts = [_resized(_premultiplied(part), size) for part in self.rgba.split(_PART)]
            self._scaled["drawings", size] = torch.cat(parts)
        return self._scaled["drawings", size]

    def scaled_backgrounds(self, side: Side, size: int) -> Tensor:
        """The backgrounds of one side, uint8 [S, K, 3, size, size], made once a size."""
        if (side, size) not in self._scaled:
            full = self.backgrounds[side]
            self._scaled[side, size] = _resized(full.flatten(0, 1).float(), size).unflatten(0, full.shape[:2])
        return self._scaled[side, size]

    @cached_property
    def allowed_scenes(self) -> Tensor:
        """bool [T, S]: whether a thing and a scene may be seen together in training."""
        allowed = torch.ones(len(self.things), len(SCENES), dtype=torch.bool)
        for thing, scene in self.held_out.pairs:
            allowed[thing, scene] = False
        return allowed


def _premultiplied(rgba: Tensor) -> Tensor:
    return torch.cat([rgba[:, :3] * (rgba[:, 3:].float() / 255), rgba[:, 3:].float()], dim=1)


def _resized(images: Tensor, size: int) -> Tensor:
    if images.shape[-1] != size:
        images = F.interpolate(images, (size, size), mode="bilinear", antialias=True, align_corners=False)
    return images.round().clamp(0, 255).to(torch.uint8)


def _among(values: Tensor, chosen: Iterable[int]) -> Tensor:
    return torch.isin(values, torch.tensor(sorted(chosen), dtype=torch.int64))


def load_pictures(folder: str | Path = FOLDER) -> PictureSet:
    """Read and check what fetch_pictures wrote.

    Raises:
        InputError: a file is missing, truncated, or not what fetch_pictures writes.
    """
    folder = Path(folder)
    told = _read_json(folder / "pictures.json")
    drawings = load_arrays(folder / "drawings.npz", ("rgba", "thing", "style"), "fetch_pictures")
    scenes = load_arrays(folder / "backgrounds.npz", ("train", "test"), "fetch_pictures")
    count = len(drawings["thing"])
    _expect(folder / "drawings.npz", "rgba", drawings["rgba"], np.uint8, (count, SIZE, SIZE, 4))
    for name, names in (("thing", told["things"]), ("style", told["styles"])):
        _expect(folder / "drawings.npz", name, drawings[name], np.int16, (count,))
        if not count or drawings[name].min() < 0 or drawings[name].max() >= len(names):
            raise InputError(f"{folder / 'drawings.npz'}: {name} names none of the {len(names)} {name}s; {_AGAIN}")
    for side, array in scenes.items():
        shape = (len(SCENES), array.shape[1] if array.ndim > 1 else 0, SIZE, SIZE, 3)
        _expect(folder / "backgrounds.npz", side, array, np.uint8, shape)
    try:
        return PictureSet(
            rgba=torch.from_numpy(drawings["rgba"]).permute(0, 3, 1, 2).contiguous(),
            thing=torch.from_numpy(drawings["thing"]).long(),
            style=torch.from_numpy(drawings["style"]).long(),
            backgrounds={
                "train": torch.from_numpy(scenes["train"]).permute(0, 1, 4, 2, 3).contiguous(),
                "test": torch.from_numpy(scenes["test"]).permute(0, 1, 4, 2, 3).contiguous(),
            },
            things=tuple(told["things"]),
            nouns=tuple(told["nouns"]),
            styles=tuple(told["styles"]),
            held_out=_held_out(told),
            classes=tuple(told["classes"]),
            animals=tuple(told["animals"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{folder / 'pictures.json'}: held_out is not as expected ({error!r}); {_AGAIN}") from None


def _held_out(told: dict[str, Any]) -> HeldOut:
    things = {name: index for index, name in enumerate(told["things"])}
    styles = {name: index for index, name in enumerate(told["styles"])}
    scenes = {name: index for index, name in enumerate(SCENES)}
    held = told["held_out"]
    return HeldOut(
        styles={who: frozenset(styles[name] for name in held["styles"][who]) for who in ("clip", "judge", "all")},
        things=frozenset(things[name] for name in (*held["things"], *held["showing"])),
        pairs=frozenset((things[thing], scenes[scene]) for thing, scene in held["pairs"]),
        showing=frozenset(things[name] for name in held["showing"]),
    )


def _read_json(path: Path) -> dict[str, Any]:
    told = read_json(path, "run the stage fetch_pictures first")
    lists = ("things", "nouns", "styles", "scenes", "classes", "animals")
    if not isinstance(told, dict) or not all(isinstance(told.get(name), list) for name in lists):
        raise InputError(f"{path}: expected the lists {', '.join(lists)}; {_AGAIN}")
    if tuple(told["scenes"]) != SCENES or len(told["nouns"]) != len(told["things"]):
        raise InputError(f"{path}: scenes are {told['scenes']}, expected {list(SCENES)}, and a noun for each thing")
    return told


def _expect(path: Path, name: str, array: npt.NDArray[Any], dtype: type, shape: tuple[int, ...]) -> None:
    if array.dtype != dtype or array.shape != shape or 0 in shape:
        wanted = f"{np.dtype(dtype)}{list(shape)}"
        raise InputError(f"{path}: {name} is {array.dtype}{list(array.shape)}, expected {wanted}; {_AGAIN}")

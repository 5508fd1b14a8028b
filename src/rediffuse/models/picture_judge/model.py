"""The judge of pictures: which thing, on which scene, in whose style.

It is a convolutional network without text, trained on other compositions than CLIP and the text-to-image model, and by
most of the same artists. It reads what the text-to-image models generate, so that none of these studies is graded by
the model that it used. The studies report what it reads in real pictures beside what it reads in generated ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from rediffuse.models.loading import check_answer, check_numbers, first_input, loading, read_network
from rediffuse.models.residual import PreActivation, normed

BATCH = 500  # pictures read at once


@dataclass(frozen=True)
class Logits:
    """What the three heads say: ``things`` [B, T], ``scenes`` [B, S], ``styles`` [B, A]."""

    things: Tensor
    scenes: Tensor
    styles: Tensor


@dataclass(frozen=True)
class Reading:
    """What the judge reads in N pictures, on the CPU.

    Attributes:
        things: probabilities float32 [N, T], in the order of ``judge.config.things``.
        scenes: probabilities float32 [N, S], in the order of ``judge.config.scenes``.
        styles: probabilities float32 [N, A], in the order of ``judge.config.styles``.
        features: float32 [N, D], what the heads read.
    """

    things: Tensor
    scenes: Tensor
    styles: Tensor
    features: Tensor


class PictureJudge(ModelMixin, ConfigMixin):
    """Pre-activation residual network (He et al. 2016, arXiv 1603.05027) with three linear heads.

    Pictures are [B, 3, H, W] in [−1, 1], H and W multiples of 8.

    Args:
        things: names of what can be drawn.
        scenes: names of the scenes.
        styles: names of the artists whose drawings it was trained on; it knows no others.
        image_size: side of the pictures that it was trained on, pixels.
        widths: channels at a half, a quarter and an eighth of the side.
        blocks: residual blocks at each of them.
    """

    @register_to_config
    def __init__(
        self,
        things: Sequence[str],
        scenes: Sequence[str],
        styles: Sequence[str],
        image_size: int = 32,
        widths: Sequence[int] = (64, 128, 256),
        blocks: Sequence[int] = (1, 1, 1),
    ) -> None:
        super().__init__()
        # Three input channels, and strides, meet a slow path of the CPU's bf16 convolution; folded pixels do not.
        self.stem = nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(12, widths[0], 3, padding=1, bias=False))
        layers: list[nn.Module] = []
        for level, (width, count) in enumerate(zip(widths, blocks, strict=True)):
            if level:
                layers += [*normed(widths[level - 1]), nn.PixelUnshuffle(2)]
                layers += [nn.Conv2d(4 * widths[level - 1], width, 1, bias=False)]
            layers += [PreActivation(width) for _ in range(count)]
        self.layers = nn.Sequential(*layers, *normed(widths[-1]))
        self.heads = nn.ModuleDict(
            {
                name: nn.Linear(2 * widths[-1], len(names))
                for name, names in (("things", things), ("scenes", scenes), ("styles", styles))
            }
        )

    def features(self, pictures: Tensor) -> Tensor:
        """Features [B, D]: the mean and the maximum over places, since a scene is everywhere and a thing is not."""
        h = self.layers(self.stem(pictures.contiguous(memory_format=torch.channels_last)))
        return torch.cat([h.mean(dim=(2, 3)), h.amax(dim=(2, 3))], dim=1)

    def read_features(self, features: Tensor) -> Logits:
        """What the heads say to features [B, D]."""
        return Logits(*(self.heads[name](features) for name in ("things", "scenes", "styles")))

    def forward(self, pictures: Tensor) -> Logits:
        return self.read_features(self.features(pictures))


def from_fractions(pictures: Tensor) -> Tensor:
    """float [0, 1] to the judge's range [−1, 1]."""
    return 2 * pictures - 1


def load_judge(folder: str | Path, device: torch.device | str = "cpu") -> PictureJudge:
    """Read the trained judge, ready to read.

    Raises:
        InputError: the folder holds none.
    """
    with loading(folder, None, "PictureJudge in diffusers' layout") as where:
        judge: PictureJudge = read_network(PictureJudge, folder, **where)
        size = judge.config.image_size
        with torch.inference_mode():
            found = judge(first_input(1, 3, size, size))
        for name in ("things", "scenes", "styles"):
            check_answer(getattr(found, name), (1, len(judge.config[name])), f"its answer for {name}")
    return judge.to(device, memory_format=torch.channels_last)


@torch.inference_mode()
def read(judge: PictureJudge, images: Tensor) -> Reading:
    """Read pictures, each together with its mirror image, as the judge was trained.

    Args:
        images: uint8 [N, 3, H, W]; pictures of another size than the judge's are resampled to it.

    Returns:
        the mean of both readings' probabilities, and of both readings' features.
    """
    judge.eval()
    if not len(images):
        raise ValueError("no picture to read")
    parts = [_read(judge, batch) for batch in images.split(BATCH)]
    columns = [torch.cat(column) for column in zip(*parts, strict=True)]
    for column in columns:
        check_numbers(column, judge)
    return Reading(*columns)


def _read(judge: PictureJudge, images: Tensor) -> tuple[Tensor, ...]:
    size = judge.config.image_size
    pictures = images.to(judge.device).float() / 255
    if images.shape[-2:] != (size, size):
        resampled = F.interpolate(pictures, (size, size), mode="bicubic", antialias=True, align_corners=False)
        pictures = resampled.clamp(0, 1)
    unit = from_fractions(pictures)
    both = torch.cat([unit, unit.flip(-1)])
    features = judge.features(both)
    said = judge.read_features(features)
    probabilities = (logits.float().softmax(-1) for logits in (said.things, said.scenes, said.styles))
    return tuple(_mean_of_halves(part).cpu() for part in (*probabilities, features.float()))


def _mean_of_halves(rows: Tensor) -> Tensor:
    return rows.unflatten(0, (2, -1)).mean(0)

"""Two readers of digits, unlike each other: the judge (plain) and the selector (residual).

Both are diffusers models, so ``save_pretrained`` writes ``config.json`` and safetensors. Images
are [B, 3, 28, 28] in [−1, 1]; ``features`` are what the last linear layer reads.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import torch
import torch.nn.functional as F
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from rediffuse.data.digits.dataset import NUM_DIGITS, SIZE
from rediffuse.data.pixels import to_unit
from rediffuse.models.loading import check_answer, check_numbers, first_input, loading, read_network
from rediffuse.models.residual import PreActivation, normed
from rediffuse.pipeline.compute import fast_dtype


class DigitClassifier(ModelMixin, ConfigMixin):
    """What both readers share: a stem, a stack of layers, the maximum over places, a linear head."""

    stem: nn.Sequential
    layers: nn.Sequential
    head: nn.Linear

    def features(self, images: Tensor) -> Tensor:
        """Features [B, D] of images [B, 3, H, W] in [−1, 1]."""
        h = self.layers(self.stem(images.contiguous(memory_format=torch.channels_last)))
        return h.amax(dim=(2, 3))

    def forward(self, images: Tensor) -> Tensor:
        """Logits [B, 10]."""
        return self.head(self.features(images))


BATCH = 500  # images read at once
Reader = TypeVar("Reader", bound=DigitClassifier)


def load_reader(network: type[Reader], folder: str | Path, device: torch.device) -> Reader:
    """Read a trained reader.

    Raises:
        InputError: the folder holds none.
    """
    with loading(folder, None, f"{network.__name__} in diffusers' layout") as where:
        reader: Reader = read_network(network, folder, **where)
        with torch.inference_mode():
            check_answer(reader(first_input(1, 3, SIZE, SIZE)), (1, NUM_DIGITS), "its answer")
    return reader.to(device, memory_format=torch.channels_last)


@torch.inference_mode()
def read(reader: DigitClassifier, images: Tensor) -> tuple[Tensor, Tensor]:
    """Read uint8 images [N, 3, 28, 28] as they are and moved a pixel to two sides, each with its negative.

    The readers were trained on shifts and negatives; six readings err less than one.

    Returns:
        probabilities float32 [N, 10], the mean of the six readings, and the features of the images
        themselves float32 [N, D], on the CPU.
    """
    reader.eval()
    device, dtype = reader.device, fast_dtype(reader.device)
    probabilities, features = [], []
    for batch in images.split(BATCH):
        unit = to_unit(batch).to(device)
        padded = F.pad(unit, [1] * 4, mode="reflect")
        height, width = unit.shape[-2:]
        moved = [padded[:, :, at : at + height, at : at + width] for at in (0, 2)]
        with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
            seen = [reader.features(sign * view) for view in (unit, *moved) for sign in (1, -1)]
            logits = reader.head(torch.stack(seen)).float()
        features.append(seen[0].float().cpu())
        probabilities.append(logits.softmax(dim=-1).mean(0).cpu())
    found = torch.cat(probabilities), torch.cat(features)
    for values in found:
        check_numbers(values, reader)
    return found


class JudgeNet(DigitClassifier):
    """Plain stack of convolutions and pooling (after Simonyan & Zisserman 2014, arXiv 1409.1556).

    Args:
        widths: channels of the convolutions at 14×14 (two), 7×7 (two) and 3×3.
    """

    @register_to_config
    def __init__(self, widths: tuple[int, int, int, int] = (64, 64, 128, 192)) -> None:
        super().__init__()
        first, second, third, last = widths
        self.stem = nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(12, first, 3, padding=1, bias=False))
        self.layers = nn.Sequential(
            *normed(first, nn.GELU()),
            nn.Conv2d(first, second, 3, padding=1, bias=False),
            *normed(second, nn.GELU()),
            nn.MaxPool2d(2),
            nn.Conv2d(second, third, 3, padding=1, bias=False),
            *normed(third, nn.GELU()),
            nn.Conv2d(third, third, 3, padding=1, bias=False),
            *normed(third, nn.GELU()),
            nn.MaxPool2d(2),
            nn.Conv2d(third, last, 3, padding=1, bias=False),
            *normed(last, nn.GELU()),
        )
        self.head = nn.Linear(last, NUM_DIGITS)


class SelectorNet(DigitClassifier):
    """Pre-activation residual network (He et al. 2016, arXiv 1603.05027) with a stem at full resolution.

    Args:
        widths: channels at 28×28, 14×14, 7×7 and 5×5.
    """

    @register_to_config
    def __init__(self, widths: tuple[int, int, int, int] = (12, 48, 96, 192)) -> None:
        super().__init__()
        full, high, low, last = widths
        # Three input channels meet a slow path of the CPU's bf16 convolution; folded ones do not.
        self.stem = nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(12, 4 * full, 3, padding=1), nn.PixelShuffle(2))
        self.layers = nn.Sequential(
            *normed(full),
            nn.Conv2d(full, full, 3, padding=1, bias=False),
            *normed(full),
            nn.PixelUnshuffle(2),
            nn.Conv2d(4 * full, high, 1),
            PreActivation(high),
            *normed(high),
            nn.PixelUnshuffle(2),
            nn.Conv2d(4 * high, low, 1),
            PreActivation(low),
            *normed(low),
            nn.Conv2d(low, last, 3, bias=False),
            *normed(last),
        )
        self.head = nn.Linear(last, NUM_DIGITS)

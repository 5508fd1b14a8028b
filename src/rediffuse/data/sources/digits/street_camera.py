"""From a painted scene to the photograph of it: blur, resolution, exposure, noise, compression."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as nnf
from PIL import Image

from rediffuse.data.digits.dataset import SIZE
from rediffuse.data.luma import LUMA
from rediffuse.data.sources.digits.street_scene import Floats, Lots, tensor

FRAME = 56  # pixels of the scene that become the photograph
MARGIN = 4  # pixels of scene around it, which blur brings in
CANVAS = FRAME + 2 * MARGIN
RESOLUTIONS = (28, 20, 15, 12)  # pixels that the camera had for the frame, before it was enlarged
_SHARES = (0.42, 0.26, 0.22, 0.10)
LEAST_CONTRAST = 0.12  # luminance of the digit against its ground, 0 to 1
ABOVE_DISORDER = 1.6  # least contrast in standard deviations of what else varies around the digit,
ABOVE_NOISE, ABOVE_GRAIN = 4.0, 6.0  # of the pixels' noise, and of noise that is as coarse as strokes


@dataclass(frozen=True)
class Camera:
    """One camera for each image."""

    resolution: npt.NDArray[np.int64]  # [B], of RESOLUTIONS
    blur: Floats  # [B, 2], standard deviation across and down, pixels of the scene
    gain: Floats  # [B, 3], exposure and white balance
    haze: Floats  # [B, 2], how much contrast is kept, and the level it is drawn towards
    noise: Floats  # [B], standard deviation, 0 to 1
    grain: Floats  # [B], the same for noise of two pixels' size
    quality: npt.NDArray[np.int64]  # [B], JPEG quality, 0 for none


def draw_camera(lots: Lots, width: Floats) -> Camera:
    """Phone and street-view pictures: half of them enlarged, most of them compressed.

    Args:
        width: [B], of the labelled digit in pixels of the scene; blur is kept to a share of it, so
            that the counters of a narrow 8 stay open.
    """
    rng = lots.rng
    resolution = rng.choice(RESOLUTIONS, size=len(lots.uniform(0, 1)), p=_SHARES)
    defocus = np.abs(lots.normal(1.0)) + lots.maybe(0.3) * lots.uniform(0.5, 2.0)
    shaken = lots.maybe(0.2)[:, None] * lots.uniform(0, 1, 2) ** 2 * 2.5
    blur = np.sqrt(0.5**2 + defocus[:, None] ** 2 + shaken**2).clip(max=np.maximum(0.075 * width, 1.1)[:, None])
    gain = np.exp(lots.normal(0.15))[:, None] * np.exp(lots.normal(0.06, 3))
    hazy = lots.maybe(0.5)
    haze = np.stack([np.where(hazy, lots.uniform(0.45, 1.0), 1.0), lots.uniform(0.25, 0.75)], axis=1)
    noise = 0.003 + 0.025 * lots.uniform(0, 1) ** 2
    grain = lots.maybe(0.4) * lots.uniform(0.0, 0.03)
    quality = np.where(lots.maybe(0.6), rng.integers(45, 96, size=len(noise)), 0)
    return Camera(resolution, blur, gain, haze, noise, grain, quality)


def resampling(camera: Camera, axis: int) -> torch.Tensor:
    """Blur, downsampling and enlargement along one axis as matrices [B, 28, 64].

    A camera pixel is the integral of the Gaussian-blurred scene over its area; bilinear enlargement
    follows. Both are linear and separable, so that two matrix products take a photograph.
    """
    matrices = torch.empty(len(camera.resolution), SIZE, CANVAS)
    positions = torch.arange(CANVAS) + 0.5
    for count in RESOLUTIONS:
        rows = torch.from_numpy(np.flatnonzero(camera.resolution == count))
        edges = MARGIN + torch.linspace(0, FRAME, count + 1)
        deviation = tensor(camera.blur[:, axis])[rows, None, None]
        cumulative = torch.erf((edges[:, None] - positions) / (deviation * 2**0.5))  # [n, count + 1, 64]
        pixel = cumulative[:, 1:] - cumulative[:, :-1]
        pixel /= pixel.sum(dim=2, keepdim=True)
        enlarge = nnf.interpolate(torch.eye(count)[None], SIZE, mode="linear", align_corners=False)[0].T
        matrices[rows] = enlarge @ pixel
    return matrices


def expose(image: torch.Tensor, camera: Camera) -> torch.Tensor:
    """Exposure, white balance and haze, clipped as a sensor clips. [B, 3, 28, 28] to the same."""
    keep, level = (tensor(values)[:, None, None, None] for values in camera.haze.T)
    image = (image * tensor(camera.gain)[:, :, None, None]).clamp(0, 1)
    return level + keep * (image - level)


def legible(image: torch.Tensor, digit: torch.Tensor, others: torch.Tensor, camera: Camera) -> torch.Tensor:
    """Push digit and ground apart where they differ too little for the digit to be read.

    What is asked for is LEAST_CONTRAST, or more where the ground is so uneven that the digit's shape
    drowns in it. The rest of the image is drawn towards grey by as much as the digit gains, so that
    nothing leaves 0 to 1.

    Args:
        image: [B, 3, 28, 28], 0 to 1.
        digit: coverage of the labelled digit, [B, 1, 28, 28], 0 to 1.
        others: coverage of all digits.
    """
    step, disorder = contrast(image, digit, others)
    # A digit that nearly vanished is moved towards the end of the scale that is farther away.
    away = torch.where(image.mean(dim=(1, 2, 3)) > 0.5, -1.0, 1.0)
    direction = torch.where(step.abs() > 0.02, step.sign(), away)
    unrest = np.maximum(ABOVE_NOISE * camera.noise, ABOVE_GRAIN * camera.grain)
    wanted = torch.maximum(ABOVE_DISORDER * disorder, tensor(unrest)).clamp(min=LEAST_CONTRAST)
    # A thin stroke that is blurred nowhere covers a pixel, and so shows a part of the step only.
    wanted = wanted / digit.amax(dim=(1, 2, 3)).clamp(min=0.3)
    push = torch.where(step.abs() < wanted, 1.1 * wanted - step.abs(), 0.0).clamp(0, 0.6)[:, None, None, None]
    pushed = 0.5 + (1 - push) * (image - 0.5) + push * direction[:, None, None, None] * (others - 0.5)
    return pushed.clamp(0, 1)


def contrast(image: torch.Tensor, digit: torch.Tensor, others: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """How clearly the labelled digit stands out within three pixels around it, in luminance.

    Weighted least squares of the luminance on the digit's coverage; neighbours do not count.
    Differences in hue alone do not count either, for compression halves their resolution.

    Returns:
        The slope [B], which is the luminance of the digit less that of the ground, and the standard
        deviation [B] of what coverage does not explain.
    """
    weight = nnf.max_pool2d(digit, 7, stride=1, padding=3) * (1 - (others - digit)).clamp(min=0)
    weight = weight / weight.sum(dim=(2, 3), keepdim=True).clamp(min=1e-6)

    def centred(values: torch.Tensor) -> torch.Tensor:
        return values - (weight * values).sum(dim=(2, 3), keepdim=True)

    luminance = (image * tensor(LUMA)[:, None, None]).sum(dim=1, keepdim=True)
    cover, level = centred(digit), centred(luminance)
    slope = (weight * cover * level).sum(dim=(1, 2, 3)) / (weight * cover.square()).sum(dim=(1, 2, 3)).clamp(min=1e-6)
    rest = (weight * (level - slope[:, None, None, None] * cover).square()).sum(dim=(1, 2, 3))
    return slope, rest.sqrt()


def record(image: torch.Tensor, camera: Camera, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Noise, quantisation and JPEG: [B, 3, 28, 28] in 0 to 1 becomes uint8 [B, 28, 28, 3]."""
    count = len(image)
    fine = torch.from_numpy(rng.standard_normal((count, 3, SIZE, SIZE), np.float32))
    fine = 0.6 * fine + 0.8 * fine[:, 1:2]  # most noise is in the luminance
    coarse = torch.from_numpy(rng.standard_normal((count, 3, SIZE // 2, SIZE // 2), np.float32))
    image = image + fine * tensor(camera.noise)[:, None, None, None]
    image = image + nnf.interpolate(coarse, SIZE, mode="bilinear") * tensor(camera.grain)[:, None, None, None] * 1.5
    pixels = (image.clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous().numpy()
    for index in np.flatnonzero(camera.quality):
        pixels[index] = _jpeg(pixels[index], int(camera.quality[index]))
    return pixels


def _jpeg(pixels: npt.NDArray[np.uint8], quality: int) -> npt.NDArray[np.uint8]:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))

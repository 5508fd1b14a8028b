"""The U-Net of the digits, made for the time of a CPU.

The image is folded to half its size (pixel-unshuffle), so that no convolution sees more than
14×14 places; attention works at 7×7 only. The whole is a diffusers model: ``save_pretrained``
and ``from_pretrained`` write and read ``config.json`` and safetensors.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from rediffuse.models.attention import attend

FREQUENCIES = 64  # of the timestep's sine and cosine embedding
CHANNELS_PER_GROUP = 16


class DigitUNet(ModelMixin, ConfigMixin):
    """U-Net of two resolutions with a condition vector.

    Args:
        sample_size: side of the square image in pixels, a multiple of 2 · patch_size.
        in_channels: channels of the image.
        patch_size: folding of the image before the first convolution.
        block_out_channels: widths at sample_size/patch_size and at half of that; multiples of 16.
        layers_per_block: residual blocks of the two resolutions on the way down; as many on the way up.
        mid_layers: residual blocks between the two ways.
        attention_heads: heads at the lower resolution.
        condition_dim: length of the condition vector.
        embedding_dim: width of the joint embedding of timestep and condition.
        num_train_timesteps: T, by which timesteps are scaled before they are embedded.
        dropout: share of features dropped inside the residual blocks at the lower resolution.
    """

    @register_to_config
    def __init__(
        self,
        sample_size: int = 28,
        in_channels: int = 3,
        patch_size: int = 2,
        block_out_channels: tuple[int, int] = (64, 128),
        layers_per_block: tuple[int, int] = (2, 2),
        mid_layers: int = 1,
        attention_heads: int = 4,
        condition_dim: int = 12,
        embedding_dim: int = 256,
        num_train_timesteps: int = 500,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        high, low = block_out_channels
        folded = in_channels * patch_size**2
        self.time_embedding = nn.Sequential(
            nn.Linear(2 * FREQUENCIES, embedding_dim), nn.SiLU(), nn.Linear(embedding_dim, embedding_dim)
        )
        self.condition_embedding = nn.Linear(condition_dim, embedding_dim)
        # Digits stand in the middle of the image, so a condition has a place as well as a style.
        self.side = sample_size // (2 * patch_size)
        self.condition_map = nn.Linear(condition_dim, low * self.side**2)
        self.conv_in = nn.Conv2d(folded, high, 3, padding=1)
        self.down_high = nn.ModuleList(ResidualBlock(high, embedding_dim) for _ in range(layers_per_block[0]))
        # Folding and a 1×1 convolution: on the CPU a strided convolution's backward pass costs several times that.
        self.downsample = nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(4 * high, low, 1))
        self.down_low = nn.ModuleList(
            AttentionBlock(low, embedding_dim, attention_heads, dropout) for _ in range(layers_per_block[1])
        )
        self.mid = nn.ModuleList(ResidualBlock(low, embedding_dim, dropout) for _ in range(mid_layers))
        self.merge_low = nn.ModuleList(nn.Conv2d(2 * low, low, 1) for _ in range(layers_per_block[1]))
        self.up_low = nn.ModuleList(
            AttentionBlock(low, embedding_dim, attention_heads, dropout) for _ in range(layers_per_block[1])
        )
        self.upsample = nn.Sequential(nn.Conv2d(low, 4 * high, 1), nn.PixelShuffle(2))
        self.merge_high = nn.ModuleList(nn.Conv2d(2 * high, high, 1) for _ in range(layers_per_block[0]))
        self.up_high = nn.ModuleList(ResidualBlock(high, embedding_dim) for _ in range(layers_per_block[0]))
        self.norm_out = nn.GroupNorm(high // CHANNELS_PER_GROUP, high)
        self.conv_out = zero_init(nn.Conv2d(high, folded, 3, padding=1))

    def forward(self, sample: Tensor, timestep: Tensor, condition: Tensor) -> Tensor:
        """Predict for ``sample`` [B, C, H, W] at ``timestep`` [B] under ``condition`` [B, D]; [B, C, H, W]."""
        embedding = self.time_embedding(self._embed_time(timestep).to(sample.dtype))
        embedding = F.silu(embedding + self.condition_embedding(condition.to(sample.dtype)))
        h = F.pixel_unshuffle(sample, self.config.patch_size).contiguous(memory_format=torch.channels_last)
        h = self.conv_in(h)  # [B, high, 14, 14]
        skips = []
        for block in self.down_high:
            h = block(h, embedding)
            skips.append(h)
        template = self.condition_map(condition.to(sample.dtype)).view(len(h), -1, self.side, self.side)
        h = self.downsample(h) + template  # [B, low, 7, 7]
        for block in self.down_low:
            h = block(h, embedding)
            skips.append(h)
        for block in self.mid:
            h = block(h, embedding)
        for merge, block in zip(self.merge_low, self.up_low, strict=True):
            h = block(merge(torch.cat([h, skips.pop()], dim=1)), embedding)
        h = self.upsample(h)  # [B, high, 14, 14]
        for merge, block in zip(self.merge_high, self.up_high, strict=True):
            h = block(merge(torch.cat([h, skips.pop()], dim=1)), embedding)
        h = self.conv_out(F.silu(self.norm_out(h)))
        return F.pixel_shuffle(h, self.config.patch_size)

    def _embed_time(self, timestep: Tensor) -> Tensor:
        # Vaswani et al. 2017, section 3.5, on timesteps scaled to 0 … 1000 whatever T is.
        exponents = torch.arange(FREQUENCIES, device=timestep.device) / FREQUENCIES
        angles = timestep.float()[:, None] * (1000 / self.config.num_train_timesteps)
        angles = angles * torch.exp(-math.log(10_000) * exponents)
        return torch.cat([angles.cos(), angles.sin()], dim=1)


class ResidualBlock(nn.Module):
    """Two convolutions; the embedding scales and shifts between them (Dhariwal & Nichol 2021, eq. 3)."""

    def __init__(self, channels: int, embedding_dim: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(channels // CHANNELS_PER_GROUP, channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.modulation = zero_init(nn.Linear(embedding_dim, 2 * channels))
        self.norm2 = nn.GroupNorm(channels // CHANNELS_PER_GROUP, channels)
        self.dropout = nn.Dropout(dropout)
        self.conv2 = zero_init(nn.Conv2d(channels, channels, 3, padding=1))

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        h = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.modulation(embedding)[:, :, None, None].chunk(2, dim=1)
        h = torch.addcmul(shift, self.norm2(h), 1 + scale)
        return x + self.conv2(self.dropout(F.silu(h)))


class AttentionBlock(nn.Module):
    """A residual block and self-attention over its places."""

    def __init__(self, channels: int, embedding_dim: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.residual = ResidualBlock(channels, embedding_dim, dropout)
        self.norm = nn.GroupNorm(channels // CHANNELS_PER_GROUP, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.proj = zero_init(nn.Conv2d(channels, channels, 1))
        self.heads = heads

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        x = self.residual(x, embedding)
        batch, channels, height, width = x.shape
        depth = channels // self.heads
        qkv = self.qkv(self.norm(x)).permute(0, 2, 3, 1).reshape(batch, height * width, 3, self.heads, depth)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)  # each [B, heads, H·W, depth]
        attended = attend(query, key, value).transpose(1, 2).reshape(batch, height, width, channels)
        return x + self.proj(attended.permute(0, 3, 1, 2))


def zero_init(layer: nn.Linear | nn.Conv2d) -> nn.Linear | nn.Conv2d:
    """The layer with zero weights, so that its block starts as the identity."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer

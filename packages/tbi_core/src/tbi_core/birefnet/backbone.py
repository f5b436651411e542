"""Swin Transformer v1, the backbone `bb`.

Liu et al., "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows", ICCV 2021, in the form for
dense prediction: any input size, padded to whole windows at every stage.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tbi_core.birefnet.configuration import BiRefNetConfig


class SwinTransformer(nn.Module):
    """(B, 3, H, W) to four features, (B, C·2ⁱ, H/4/2ⁱ, W/4/2ⁱ), each through its own norm."""

    def __init__(self, config: BiRefNetConfig) -> None:
        super().__init__()
        self.patch_embed = PatchEmbed(config.embed_dim)
        self.layers = nn.ModuleList(
            Stage(config.embed_dim * 2**i, depth, heads, config.window_size, downsample=i < 3)
            for i, (depth, heads) in enumerate(zip(config.depths, config.num_heads, strict=True))
        )
        for i in range(4):
            self.add_module(f"norm{i}", nn.LayerNorm(config.embed_dim * 2**i))

    def forward(self, image: Tensor) -> list[Tensor]:
        """Each feature is (B, C, h, w)."""
        x = self.patch_embed(image)
        features = []
        for i, layer in enumerate(self.layers):
            x, smaller = layer(x)
            features.append(self.get_submodule(f"norm{i}")(x).permute(0, 3, 1, 2))
            x = smaller
        return features


class PatchEmbed(nn.Module):
    """4×4 patches to tokens: (B, 3, H, W) to (B, H/4, W/4, C)."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, dim, 4, 4)
        self.norm = nn.LayerNorm(dim)

    def forward(self, image: Tensor) -> Tensor:
        """Sizes that are no multiple of 4 are padded with zeros."""
        height, width = image.shape[2:]
        if height % 4 or width % 4:
            image = F.pad(image, (0, -width % 4, 0, -height % 4))
        tokens: Tensor = self.norm(self.proj(image).permute(0, 2, 3, 1))
        return tokens


class Stage(nn.Module):
    """Blocks at one resolution, every second one with shifted windows; then the step to half the resolution."""

    def __init__(self, dim: int, depth: int, heads: int, window: int, downsample: bool) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Block(dim, heads, window, shift=i % 2 * (window // 2)) for i in range(depth))
        self.downsample = PatchMerging(dim) if downsample else None

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, H, W, C) to the stage's output, of the same shape, and the next stage's input."""
        for block in self.blocks:
            x = block(x)
        return x, x if self.downsample is None else self.downsample(x)


class Block(nn.Module):
    """Attention in windows, then a two-layer perceptron on each token; both residual."""

    def __init__(self, dim: int, heads: int, window: int, shift: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.attn = WindowAttention(dim, heads, window, shift)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = Mlp(dim)

    def forward(self, x: Tensor) -> Tensor:
        """(B, H, W, C) to the same shape."""
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Mlp(nn.Module):
    """Four times the channels, GELU, and back."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(dim, 4 * dim)
        self.fc2 = nn.Linear(4 * dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) to the same shape."""
        y: Tensor = self.fc2(F.gelu(self.fc1(x)))
        return y


class WindowAttention(nn.Module):
    """Multi-head attention inside windows, with a learnt bias for each relative position.

    A shifted layer rolls the tokens by half a window first; tokens that only the roll made neighbours do not
    see each other.
    """

    relative_position_index: Tensor

    def __init__(self, dim: int, heads: int, window: int, shift: int) -> None:
        super().__init__()
        self.heads, self.window, self.shift = heads, window, shift
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, heads))
        self.register_buffer("relative_position_index", relative_positions(window))
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def bias(self) -> Tensor:
        """The bias of each pair of positions in a window, (heads, window², window²)."""
        side = self.window**2
        pairs = self.relative_position_bias_table[self.relative_position_index.flatten()]
        return pairs.reshape(side, side, self.heads).permute(2, 0, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, H, W, C) to the same shape; as published: the padding takes part, with the bias for its keys."""
        batch, height, width, channels = x.shape
        window, shift = self.window, self.shift
        x = F.pad(x, (0, 0, 0, -width % window, 0, -height % window))
        padded = x.shape[1:3]
        if shift:
            x = x.roll((-shift, -shift), (1, 2))
        qkv = self.qkv(partition(x, window))
        q, k, v = qkv.unflatten(2, (3, self.heads, channels // self.heads)).permute(2, 0, 3, 1, 4)
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1) + self.bias()
        if shift:
            mask = shift_mask(padded[0], padded[1], window, shift, x.device).to(scores.dtype)
            scores = (scores.unflatten(0, (batch, -1)) + mask[:, None]).flatten(0, 1)
        x = self.proj((scores.softmax(-1) @ v).transpose(1, 2).flatten(2))
        x = merge(x, window, padded)
        if shift:
            x = x.roll((shift, shift), (1, 2))
        return x[:, :height, :width]


class PatchMerging(nn.Module):
    """Each 2×2 tokens become one: (B, H, W, C) to (B, H/2, W/2, 2C)."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(4 * dim)
        self.reduction = nn.Linear(4 * dim, 2 * dim, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Odd sides are padded with zeros."""
        height, width = x.shape[1:3]
        if height % 2 or width % 2:
            x = F.pad(x, (0, 0, 0, width % 2, 0, height % 2))
        x = torch.cat([x[:, 0::2, 0::2], x[:, 1::2, 0::2], x[:, 0::2, 1::2], x[:, 1::2, 1::2]], -1)
        y: Tensor = self.reduction(self.norm(x))
        return y


def partition(x: Tensor, window: int) -> Tensor:
    """(B, H, W, C), whole windows, to (B·windows, window², C)."""
    x = x.unflatten(1, (-1, window)).unflatten(3, (-1, window))
    return x.transpose(2, 3).flatten(0, 2).flatten(1, 2)


def merge(x: Tensor, window: int, size: tuple[int, int]) -> Tensor:
    """`partition` undone; `size` is (H, W)."""
    rows, columns = size[0] // window, size[1] // window
    x = x.unflatten(1, (window, window)).unflatten(0, (-1, rows, columns))
    return x.transpose(2, 3).flatten(3, 4).flatten(1, 2)


def relative_positions(window: int) -> Tensor:
    """For each pair of positions in a window the row of the bias table, int64 (window², window²)."""
    y, x = torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")
    y, x = y.flatten(), x.flatten()
    return (y[:, None] - y + window - 1) * (2 * window - 1) + x[:, None] - x + window - 1


def shift_mask(height: int, width: int, window: int, shift: int, device: torch.device) -> Tensor:
    """What the roll made neighbours and the picture does not: (windows, window², window²), 0 or -100."""
    bounds = ((0, -window), (-window, -shift), (-shift, None))
    region = torch.zeros(1, height, width, 1, device=device)
    for i, rows in enumerate(bounds):
        for j, columns in enumerate(bounds):
            region[:, slice(*rows), slice(*columns)] = 3 * i + j
    windows = partition(region, window).squeeze(2)
    return (windows[:, None] != windows[:, :, None]) * -100.0

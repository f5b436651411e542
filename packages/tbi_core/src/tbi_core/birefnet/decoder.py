"""The decoder: coarse to fine, at each level with the image itself beside the feature (the inward reference)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tbi_core.birefnet.configuration import BiRefNetConfig
from tbi_core.birefnet.deform import ASPPDeformable

HIDDEN = 64
"""Channels inside every block."""


class BasicDecBlk(nn.Module):
    """Down to 64 channels, the deformable pyramid, and up to the next level's channels."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(channels, HIDDEN, 3, padding=1)
        self.bn_in = nn.BatchNorm2d(HIDDEN)
        self.dec_att = ASPPDeformable(HIDDEN)
        self.conv_out = nn.Conv2d(HIDDEN, out, 3, padding=1)
        self.bn_out = nn.BatchNorm2d(out)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, out, H, W)."""
        x = self.dec_att(F.relu(self.bn_in(self.conv_in(x))))
        y: Tensor = self.bn_out(self.conv_out(x))
        return y


class SimpleConvs(nn.Module):
    """Two convolutions with nothing between them, for the image's patches."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, HIDDEN, 3, padding=1)
        self.conv_out = nn.Conv2d(HIDDEN, out, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, out, H, W)."""
        y: Tensor = self.conv_out(self.conv1(x))
        return y


class LateralBlock(nn.Module):
    """A 1×1 convolution on the way across from the backbone."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to the same shape."""
        y: Tensor = self.conv(x)
        return y


class Decoder(nn.Module):
    """Four features and the image to logits of the image's size.

    Level 4 is the coarsest. `ipt_blk` n + 1 brings the image to level n, and `ipt_blk1` to the last step. The heads
    `conv_ms_spvn_*` and `gdt_convs_pred_*` serve training alone: they have weights and do no work here.
    """

    def __init__(self, config: BiRefNetConfig) -> None:
        super().__init__()
        c1, c2, c3, c4 = config.channels
        into = {4: (c4, c4 // 8, c3), 3: (c3, c4 // 8, c2), 2: (c2, c3 // 8, c1), 1: (c1, c2 // 8, c1 // 2)}
        for level, (feature, patches, out) in into.items():
            self.add_module(f"ipt_blk{level + 1}", SimpleConvs(3 * 4 ** (level + 1), patches))
            self.add_module(f"decoder_block{level}", BasicDecBlk(feature + patches, out))
            if level > 1:
                self.add_module(f"lateral_block{level}", LateralBlock(out))
                self.add_module(f"conv_ms_spvn_{level}", nn.Conv2d(out, 1, 1))
                gate = nn.Sequential(nn.Conv2d(out, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU())
                self.add_module(f"gdt_convs_{level}", gate)
                self.add_module(f"gdt_convs_pred_{level}", nn.Sequential(nn.Conv2d(16, 1, 1)))
                self.add_module(f"gdt_convs_attn_{level}", nn.Sequential(nn.Conv2d(16, 1, 1)))
        self.ipt_blk1 = SimpleConvs(3, c1 // 8)
        self.conv_out1 = nn.Sequential(nn.Conv2d(c1 // 2 + c1 // 8, 1, 1))

    def forward(self, image: Tensor, features: list[Tensor]) -> Tensor:
        """(B, 3, H, W) and the features, fine to coarse, to (B, 1, H, W)."""
        part = self.get_submodule
        x = features[3]
        for level in (4, 3, 2, 1):
            patches = part(f"ipt_blk{level + 1}")(image_to_patches(image, x.shape[2:]))
            x = part(f"decoder_block{level}")(torch.cat([x, patches], 1))
            if level > 1:
                gate = part(f"gdt_convs_attn_{level}")(part(f"gdt_convs_{level}")(x))
                lateral = part(f"lateral_block{level}")(features[level - 2])
                x = resize(x * gate.sigmoid(), lateral.shape[2:]) + lateral
        return self.head(image, x)

    def head(self, image: Tensor, x: Tensor) -> Tensor:
        """The last step, at the image's own size."""
        logits: Tensor = self.conv_out1(torch.cat([resize(x, image.shape[2:]), self.ipt_blk1(image)], 1))
        return logits


def image_to_patches(image: Tensor, size: torch.Size) -> Tensor:
    """Cuts the image into cells of `size` (h, w) and stacks them: (B, 3, H, W) to (B, 3·H/h·W/w, h, w).

    The channels come in the order colour, row of the grid, column of the grid.
    """
    height, width = size
    cells = image.unflatten(2, (-1, height)).unflatten(4, (-1, width))
    return cells.transpose(3, 4).flatten(1, 3)


def resize(x: Tensor, size: torch.Size) -> Tensor:
    """Bilinear, corners on corners, as everywhere in this network."""
    return F.interpolate(x, size=tuple(size), mode="bilinear", align_corners=True)

"""Deformable convolution and the pyramid built of it."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.ops import deform_conv2d


class DeformableConv2d(nn.Module):
    """A convolution that looks where it has learnt to look, and as hard as it has learnt to.

    Zhu et al., "Deformable ConvNets v2: More Deformable, Better Results", CVPR 2019. Stride 1, same size out.
    """

    def __init__(self, channels: int, out: int, kernel: int) -> None:
        super().__init__()
        self.kernel = kernel
        area, padding = kernel**2, kernel // 2
        self.offset_conv = nn.Conv2d(channels, 2 * area, kernel, padding=padding)
        self.modulator_conv = nn.Conv2d(channels, area, kernel, padding=padding)
        self.regular_conv = nn.Conv2d(channels, out, kernel, padding=padding, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, out, H, W)."""
        return deform_conv2d(
            x,
            self.offset_conv(x),
            self.regular_conv.weight,
            padding=self.kernel // 2,
            mask=2 * torch.sigmoid(self.modulator_conv(x)),
        )


class ASPPBranch(nn.Module):
    """Deformable convolution, norm, ReLU."""

    def __init__(self, channels: int, out: int, kernel: int) -> None:
        super().__init__()
        self.atrous_conv = DeformableConv2d(channels, out, kernel)
        self.bn = nn.BatchNorm2d(out)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, out, H, W)."""
        return F.relu(self.bn(self.atrous_conv(x)))


class ASPPDeformable(nn.Module):
    """Five views of the same place, 256 channels each: kernels 1, 1, 3 and 7, and the whole picture's mean.

    After Chen et al., "Rethinking Atrous Convolution for Semantic Image Segmentation", 2017.
    """

    def __init__(self, channels: int = 64, branch: int = 256) -> None:
        super().__init__()
        self.aspp1 = ASPPBranch(channels, branch, 1)
        self.aspp_deforms = nn.ModuleList(ASPPBranch(channels, branch, kernel) for kernel in (1, 3, 7))
        self.global_avg_pool = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, branch, 1, bias=False), nn.BatchNorm2d(branch), nn.ReLU()
        )
        self.conv1 = nn.Conv2d(5 * branch, channels, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to the same shape."""
        branches = [self.aspp1(x), *(branch(x) for branch in self.aspp_deforms)]
        everywhere = self.global_avg_pool(x).expand(-1, -1, *x.shape[2:])
        return F.relu(self.bn1(self.conv1(torch.cat([*branches, everywhere], 1))))

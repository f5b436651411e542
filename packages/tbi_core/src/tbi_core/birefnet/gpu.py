"""BiRefNet on a GPU: everything between the photo's pixels and the cutout's happens there."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tbi_core.birefnet import weights as weights_file
from tbi_core.birefnet.fuse import Matte, fuse
from tbi_core.cutout import Cutout
from tbi_core.edges import clean_edges_torch
from tbi_core.errors import ModelError
from tbi_core.image import Alpha, Pixels
from tbi_core.models import Size

if TYPE_CHECKING:
    from tbi_core.device import Device

log = logging.getLogger(__name__)

GRAPHS = 2
"""How many batch sizes get a CUDA graph of their own: one image, and a full batch."""


class GpuModel:
    """The fused network on a torch device."""

    batch = 8

    def __init__(self, matte: Matte, size: Size, device: torch.device) -> None:
        self.size = size
        self._matte = matte
        self._device = device
        self._graphs: dict[int, tuple[torch.cuda.CUDAGraph, Tensor, Tensor]] = {}
        self._graphs_work = device.type == "cuda"

    @classmethod
    def load(cls, weights: Path, size: Size, device: "Device") -> "GpuModel":
        """Loads the network onto a device.

        Args:
            weights: a safetensors file.
            size: what the network sees, multiples of 32.
            device: where it runs and in which precision.

        Raises:
            ModelError: see `weights.load`.
        """
        # Sums in float32 where they are asked for may use the matrix units.
        torch.set_float32_matmul_precision("high")
        matte = Matte(fuse(weights_file.load(weights)))
        place, dtype = torch.device(device.kind), getattr(torch, device.dtype)
        nn.Module.to(matte.model, dtype)
        return cls(matte.to(place).to(memory_format=torch.channels_last), size, place)

    @torch.no_grad()
    def alphas(self, images: Sequence[Pixels]) -> list[Alpha]:
        """The alpha of each image at its own size, float32 (H, W) in [0, 1]."""
        photos = [self.upload(rgb) for rgb in images]
        return [alpha.cpu().numpy() for alpha in self.full_size(photos)]

    @torch.no_grad()
    def cutouts(self, images: Sequence[Pixels]) -> list[Cutout]:
        """Each image on transparency, uint8 (H, W, 4)."""
        photos = [self.upload(rgb) for rgb in images]
        cutouts = []
        for photo, alpha in zip(photos, self.full_size(photos), strict=True):
            grey = (alpha * 255 + 0.5).to(torch.uint8)
            rgba = torch.cat([clean_edges_torch(photo, grey / 255), grey[..., None]], 2)
            rgba *= (grey > 0)[..., None]
            cutouts.append(self.download(rgba))
        return cutouts

    def full_size(self, photos: Sequence[Tensor]) -> list[Tensor]:
        """The alpha of each photo, (H, W, 3), at its own size."""
        small = torch.stack([shrink(photo, self.size) for photo in photos])
        alphas = []
        for photo, alpha in zip(photos, self.halve_until_it_fits(small), strict=True):
            up = F.interpolate(alpha[None, None], size=photo.shape[:2], mode="bilinear", align_corners=False)
            alphas.append(up[0, 0].clamp_(0, 1))
        return alphas

    def halve_until_it_fits(self, pixels: Tensor) -> Tensor:
        """The network on a batch, (B, h, w, 3) to (B, h, w); in smaller batches where memory does not suffice.

        Raises:
            ModelError: not even one image fits.
        """
        try:
            return self.run(pixels)
        except torch.OutOfMemoryError as error:
            if len(pixels) == 1:
                self.free()
                height, width = self.size
                raise ModelError(
                    f"The memory of {self._device} does not suffice for one image of {height}×{width}; wanted "
                    "less else on the device, a smaller model, or device='cpu'."
                ) from error
        # Outside the handler: the traceback would keep the failed run's tensors alive.
        self.free()
        half = len(pixels) // 2
        log.warning("Out of memory with a batch of %d: going on with %d.", len(pixels), len(pixels) - half)
        parts = [self.halve_until_it_fits(part) for part in (pixels[:half], pixels[half:])]
        return torch.cat(parts)

    def free(self) -> None:
        """Gives back what a failed run, and the graphs, held."""
        self._graphs.clear()
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def run(self, pixels: Tensor) -> Tensor:
        """The network on a batch that fits, (B, h, w, 3) to (B, h, w); replayed as a CUDA graph where it can be."""
        batch = len(pixels)
        if self._graphs_work and batch not in self._graphs and len(self._graphs) < GRAPHS:
            try:
                self._graphs[batch] = self.capture(pixels)
            except torch.OutOfMemoryError:
                raise
            except RuntimeError as error:
                log.warning("CUDA graphs are not to be had here (%s): going on without.", error)
                self._graphs_work = False
        if batch not in self._graphs:
            return self._matte(pixels)
        graph, given, result = self._graphs[batch]
        given.copy_(pixels)
        graph.replay()
        return result.clone()

    def capture(self, pixels: Tensor) -> tuple[torch.cuda.CUDAGraph, Tensor, Tensor]:
        """Records the network for one batch size: at batch 1 its thousand small launches would take the longest."""
        given = pixels.clone()
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):  # cuDNN and cuBLAS choose and allocate in the first runs
            for _ in range(2):
                self._matte(given)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            result = self._matte(given)
        return graph, given, result

    def upload(self, rgb: Pixels) -> Tensor:
        """uint8 (H, W, 3) onto the device."""
        if self._device.type != "cuda":
            return torch.tensor(rgb, device=self._device)
        pinned = torch.empty(rgb.shape, dtype=torch.uint8, pin_memory=True)
        np.copyto(pinned.numpy(), rgb)
        return pinned.to(self._device, non_blocking=True)

    def download(self, pixels: Tensor) -> Cutout:
        """Back from the device."""
        if self._device.type != "cuda":
            return pixels.cpu().numpy()
        pinned = torch.empty(pixels.shape, dtype=pixels.dtype, pin_memory=True)
        pinned.copy_(pixels)
        return pinned.numpy()


def shrink(photo: Tensor, size: Size) -> Tensor:
    """A photo, uint8 (H, W, 3), at the network's size, rounded as PIL's bilinear resize does it."""
    image = photo.permute(2, 0, 1)[None].float()
    small = F.interpolate(image, size=size, mode="bilinear", antialias=True)
    return small[0].permute(1, 2, 0).round_()

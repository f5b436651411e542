"""BiRefNet on a GPU: everything between the photo's pixels and the cutout's happens there."""

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

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

BATCH = 8

Result = TypeVar("Result")


class GpuModel:
    """The fused network on a torch device. It may be called from several threads: they take turns."""

    def __init__(self, matte: Matte, size: Size, device: torch.device) -> None:
        self.size = size
        self.batch = BATCH
        self._matte = matte
        self._device = device
        self._turn = threading.Lock()
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
            ModelError: see `weights.load`; or the device's memory does not hold the weights.
        """
        matte = Matte(fuse(weights_file.load(weights)))
        place, dtype = torch.device(device.kind), getattr(torch, device.dtype)
        nn.Module.to(matte.model, dtype)
        try:
            matte = matte.to(memory_format=torch.channels_last).to(place)
        except RuntimeError as error:
            raise ModelError(
                f"The weights {weights.name} can't be put on {place} ({str(error).splitlines()[0]}); wanted free "
                "memory on it, a smaller model, or device='cpu'."
            ) from error
        return cls(matte, size, place)

    def alphas(self, images: Sequence[Pixels]) -> list[Alpha]:
        """The alpha of each image at its own size, float32 (H, W) in [0, 1].

        Raises:
            ModelError: the device's memory does not suffice for one of them.
        """
        with self._turn, torch.no_grad():
            return self.divide(images, lambda _, alpha: alpha.cpu().numpy())

    def cutouts(self, images: Sequence[Pixels]) -> list[Cutout]:
        """Each image on transparency, uint8 (H, W, 4).

        Raises:
            ModelError: the device's memory does not suffice for one of them.
        """
        with self._turn, torch.no_grad():
            return self.divide(images, self.cut_out)

    def divide(self, images: Sequence[Pixels], finish: Callable[[Tensor, Tensor], Result]) -> list[Result]:
        """Works a batch off; where memory does not suffice, in halves, and a last one with the device to itself."""
        for last in (False, True):
            try:
                return self.work(images, finish)
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
            # Outside the handler: the traceback would keep the failed run's tensors alive.
            self.free()
            if len(images) > 1:
                half = len(images) // 2
                self.batch = min(self.batch, len(images) - half)
                log.warning("Out of memory with a batch of %d: going on with %d.", len(images), self.batch)
                return self.divide(images[:half], finish) + self.divide(images[half:], finish)
            if last:
                break
        height, width = images[0].shape[:2]
        raise ModelError(
            f"The memory of {self._device} does not suffice for one photo of {width}×{height} at "
            f"{self.size[0]}×{self.size[1]}; wanted less else on the device, a smaller model, or device='cpu'."
        )

    def work(self, images: Sequence[Pixels], finish: Callable[[Tensor, Tensor], Result]) -> list[Result]:
        """The whole way for a batch; `finish` takes each photo, (H, W, 3), and its alpha, (H, W), on the device."""
        photos = [self.upload(rgb) for rgb in images]
        alphas = self.run(torch.stack([shrink(photo, self.size) for photo in photos]))
        results = []
        for photo, alpha in zip(photos, alphas, strict=True):
            full = F.interpolate(alpha[None, None], size=photo.shape[:2], mode="bilinear", align_corners=False)
            results.append(finish(photo, full[0, 0].clamp_(0, 1)))
        return results

    def cut_out(self, photo: Tensor, alpha: Tensor) -> Cutout:
        """A cutout, brought back from the device."""
        grey = (alpha * 255 + 0.5).to(torch.uint8)
        rgba = torch.cat([clean_edges_torch(photo, grey / 255), grey[..., None]], 2)
        rgba *= (grey > 0)[..., None]
        return self.download(rgba)

    def free(self) -> None:
        """Gives back what a failed run, and the graphs, held."""
        self._graphs.clear()
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
        elif self._device.type == "mps":
            torch.mps.empty_cache()

    def run(self, pixels: Tensor) -> Tensor:
        """The network alone, (B, h, w, 3) to (B, h, w); one image and a full batch replay a CUDA graph."""
        batch = len(pixels)
        if self._graphs_work and batch not in self._graphs and batch in (1, self.batch):
            try:
                self._graphs[batch] = self.capture(pixels)
            except RuntimeError as error:
                if is_out_of_memory(error):
                    raise
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
        # Other threads may read tensors from the device meanwhile.
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):
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
        return pinned.numpy().copy()  # pinned memory is scarce, and goes back to torch


def is_out_of_memory(error: RuntimeError) -> bool:
    """CUDA raises a class of its own, Apple's GPU a plain error."""
    return isinstance(error, torch.OutOfMemoryError) or "out of memory" in str(error).lower()


def shrink(photo: Tensor, size: Size) -> Tensor:
    """A photo, uint8 (H, W, 3), at the network's size, rounded as PIL's bilinear resize does it."""
    image = photo.permute(2, 0, 1)[None].float()
    small = F.interpolate(image, size=size, mode="bilinear", antialias=True)
    return small[0].permute(1, 2, 0).round_()

"""Load a model once, cut out many subjects."""

import logging
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from tbi_core.builtin import BuiltinModel
from tbi_core.cutout import as_image
from tbi_core.device import Device, choose_device
from tbi_core.errors import ModelError
from tbi_core.image import Alpha, ImageInput, read_image
from tbi_core.models import BUILTIN, MODELS, ModelSpec, Size, is_path, require_packages, resolve
from tbi_core.pipeline import Model, cut_out_all

log = logging.getLogger(__name__)

Source = TypeVar("Source")
Result = TypeVar("Result")

LOCAL_SIZE = (1024, 1024)
"""What a network from a local file sees, unless told otherwise: what most released weights were trained at."""


class Segmenter:
    """A loaded model. Its methods may be called from several threads.

    Attributes:
        spec: which model it is.
        device: where it runs, in which precision, and why there.
        reason: why this model was taken.
    """

    def __init__(self, spec: ModelSpec, model: Model, device: Device, reason: str) -> None:
        self.spec = spec
        self.device = device
        self.reason = reason
        self._model = model

    @classmethod
    def load(cls, name: str | Path = "auto", device: str = "auto", size: Size | None = None) -> "Segmenter":
        """Loads a model by name, or from a file of weights.

        "auto" takes `birefnet` on a GPU and `birefnet-lite` on a CPU, or `builtin` where these can't be had; its
        `reason` says which and why. Released weights come from the hub's cache; only what is not there is fetched.

        Args:
            name: a key of `MODELS`, "auto", or the path of a safetensors file or of a folder with one.
            device: "auto", "cuda", "mps" or "cpu".
            size: what BiRefNet's network sees, (height, width), multiples of 32; None takes the model's own.

        Raises:
            ModelError: the name is unknown, its weights are missing or damaged, packages are missing, or it
                can't run on `device`.
        """
        name = str(name)
        check_size(size)
        if name == "auto":
            return cls.load_best(device, size)
        if name == BUILTIN.name:
            if device not in ("auto", "cpu"):
                raise ModelError(f"The model 'builtin' runs on 'cpu'; got device {device!r}.")
            if size is not None:
                raise ModelError(f"The model 'builtin' chooses its sizes itself; got size {size!r}.")
            return cls.load_builtin("asked for by name")
        if is_path(name):
            require_packages()
            from tbi_core.birefnet import weights

            path = weights.find(name)
            spec = ModelSpec(path.stem, "from a local file", "its owner's", str(path), LOCAL_SIZE)
            return cls.load_birefnet(spec, path, choose_device(device), size, "asked for by path")
        spec = resolve(name)
        require_packages()
        from tbi_core.birefnet import weights

        return cls.load_birefnet(spec, weights.fetch(spec), choose_device(device), size, "asked for by name")

    @classmethod
    def load_best(cls, device: str, size: Size | None) -> "Segmenter":
        """What "auto" stands for on this machine."""
        try:
            require_packages()
            from tbi_core.birefnet import weights

            chosen = choose_device(device)
            spec = MODELS["birefnet-lite" if chosen.kind == "cpu" else "birefnet"]
            path = weights.fetch(spec)
            return cls.load_birefnet(spec, path, chosen, size, f"the best for this machine: {chosen.reason}")
        except ModelError as error:
            if device not in ("auto", "cpu"):
                raise
            log.warning("Taking the built-in model. %s", error)
            return cls.load_builtin(str(error))

    @classmethod
    def load_builtin(cls, reason: str) -> "Segmenter":
        """The built-in model."""
        device = Device("cpu", "float32", "the built-in networks are small enough")
        return cls(BUILTIN, BuiltinModel.load(), device, reason)

    @classmethod
    def load_birefnet(
        cls, spec: ModelSpec, path: Path, device: Device, size: Size | None, reason: str
    ) -> "Segmenter":
        """BiRefNet from a file of weights."""
        size = size or spec.size or LOCAL_SIZE
        log.info("Loading %s on %s: %s.", spec.name, device, device.reason)
        model: Model
        if device.kind == "cpu":
            from tbi_core.birefnet.cpu import CpuModel

            model = CpuModel.load(path, size, device.dtype)
        else:
            from tbi_core.birefnet.gpu import GpuModel

            model = GpuModel.load(path, size, device)
        return cls(spec, model, device, reason)

    def alpha(self, image: ImageInput) -> Alpha:
        """The subject's alpha.

        Args:
            image: see `read_image`.

        Returns:
            float32 (H, W) in [0, 1], at the source's size, upright; with the built-in model all zero where there
            is no subject.

        Raises:
            ImageError: see `read_image`.
            ModelError: the device's memory does not suffice.
        """
        return self._model.alphas([np.asarray(read_image(image))])[0]

    def segment(self, image: ImageInput) -> Image.Image:
        """The subject on transparency.

        Args:
            image: see `read_image`.

        Returns:
            A PIL image, RGBA with straight alpha, at the source's size, upright. In the soft edge the colours are
            the subject's own; where alpha is 0 they are 0.

        Raises:
            ImageError: see `read_image`.
            ModelError: the device's memory does not suffice.
        """
        rgb = read_image(image)
        return as_image(self._model.cutouts([np.asarray(rgb)])[0], rgb)

    def segment_batch(self, images: Iterable[ImageInput]) -> list[Image.Image]:
        """`segment` for many images, in their order; none gives an empty list.

        One forward pass per batch on a GPU; reading overlaps the network.

        Raises:
            ImageError: for the first image that can't be read.
            ModelError: the device's memory does not suffice for one image.
        """
        cutouts = []
        for _, result in self.segment_all(images, read_image, lambda _, cutout: cutout):
            if isinstance(result, Exception):
                raise result
            cutouts.append(result)
        return cutouts

    def segment_all(
        self,
        sources: Iterable[Source],
        read: Callable[[Source], Image.Image],
        write: Callable[[Source, Image.Image], Result],
    ) -> Iterator[tuple[Source, Result | Exception]]:
        """Many photos, with reading and writing in threads beside the network; see `pipeline.cut_out_all`."""
        return cut_out_all(self._model, sources, read, write)


def check_size(size: Size | None) -> None:
    """Checks a size that a person chose.

    Raises:
        ModelError: no multiples of 32, or out of reach.
    """
    if size is not None and not all(side % 32 == 0 and 256 <= side <= 4096 for side in size):
        raise ModelError(f"The size {size!r} can't be used; wanted two multiples of 32 from 256 to 4096.")


def segment(image: ImageInput, model: str = "auto") -> Image.Image:
    """Cuts out the subject of one image: `Segmenter.load(model).segment(image)`, the model kept loaded.

    >>> segment("photo.jpg").save("cutout.png")  # doctest: +SKIP
    """
    return loaded(model).segment(image)


@lru_cache(maxsize=1)
def loaded(model: str) -> Segmenter:
    """The last model that `segment` used."""
    return Segmenter.load(model)

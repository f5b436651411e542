"""Load a model once, cut out many subjects."""

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tbi_core.builtin import BuiltinModel
from tbi_core.cutout import compose
from tbi_core.errors import ModelError
from tbi_core.image import ImageInput, read_image
from tbi_core.models import ModelSpec, resolve


class Segmenter:
    """A loaded model. Its methods may be called from several threads.

    Attributes:
        spec: which model it is.
        device: where it runs.
        reason: why this model was taken.
    """

    def __init__(self, spec: ModelSpec, model: BuiltinModel, device: str, reason: str) -> None:
        self.spec = spec
        self.device = device
        self.reason = reason
        self._model = model

    @classmethod
    def load(cls, name: str = "auto", device: str = "auto") -> "Segmenter":
        """Loads a model by name.

        Args:
            name: a key of `MODELS`, or "auto".
            device: "auto" or "cpu".

        Raises:
            ModelError: the name is unknown, its weights are missing, or it can't run on `device`.
        """
        spec, reason = resolve(name)
        if device not in ("auto", "cpu"):
            raise ModelError(f"The model {spec.name!r} runs on 'cpu'; got device {device!r}.")
        return cls(spec, BuiltinModel.load(), "cpu", reason)

    def alpha(self, image: ImageInput) -> NDArray[np.float32]:
        """The subject's alpha.

        Args:
            image: see `read_image`.

        Returns:
            float32 (H, W) in [0, 1], at the source's size, upright; all zero where there is no subject.

        Raises:
            ImageError: see `read_image`.
        """
        return self._model.alpha(np.asarray(read_image(image)))

    def segment(self, image: ImageInput) -> Image.Image:
        """The subject on transparency.

        Args:
            image: see `read_image`.

        Returns:
            A PIL image, RGBA with straight alpha, at the source's size, upright.

        Raises:
            ImageError: see `read_image`.
        """
        rgb = read_image(image)
        return compose(rgb, self._model.alpha(np.asarray(rgb)))

    def segment_batch(self, images: Iterable[ImageInput]) -> list[Image.Image]:
        """`segment` for many images, in their order; none gives an empty list."""
        return [self.segment(image) for image in images]


def segment(image: ImageInput, model: str = "auto") -> Image.Image:
    """Cuts out the subject of one image: `Segmenter.load(model).segment(image)`, the model kept loaded.

    >>> segment("photo.jpg").save("cutout.png")  # doctest: +SKIP
    """
    return loaded(model).segment(image)


@lru_cache(maxsize=1)
def loaded(model: str) -> Segmenter:
    """The last model that `segment` used."""
    return Segmenter.load(model)

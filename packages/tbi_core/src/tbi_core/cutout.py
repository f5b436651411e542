"""Put an image and its alpha together: the cutout."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def alpha_image(alpha: NDArray[np.float32]) -> Image.Image:
    """An alpha, float32 (H, W) in [0, 1], as a grey image, [0, 255], rounded."""
    return Image.fromarray((alpha * 255.0 + 0.5).astype(np.uint8))


def compose(image: Image.Image, alpha: NDArray[np.float32]) -> Image.Image:
    """The subject on transparency.

    Args:
        image: mode RGB, (H, W).
        alpha: float32 (H, W) in [0, 1].

    Returns:
        RGBA with straight alpha. Colours under alpha 0 are zeroed: what was cut away is not in the file.
        The image's colour profile goes along.
    """
    grey = alpha_image(alpha)
    rgba = np.dstack((np.asarray(image), np.asarray(grey)))
    rgba[rgba[..., 3] == 0] = 0
    cutout = Image.fromarray(rgba)
    cutout.info = dict(image.info)
    return cutout

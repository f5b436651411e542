"""Put an image and its alpha together: the cutout."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tbi_core.edges import clean_edges
from tbi_core.image import Alpha, Pixels

Cutout = NDArray[np.uint8]
"""uint8 (H, W, 4), RGBA with straight alpha."""


def alpha_image(alpha: Alpha) -> Image.Image:
    """An alpha, float32 (H, W) in [0, 1], as a grey image, [0, 255], rounded."""
    return Image.fromarray((alpha * 255.0 + 0.5).astype(np.uint8))


def edge_image(image: Image.Image, alpha: Alpha) -> Image.Image:
    """The subject's own colours in the soft edge: laid over the photo, they take the background's share out.

    Args:
        image: RGB, upright.
        alpha: float32 (H, W) in [0, 1], of the image's size.

    Returns:
        RGBA, opaque where 0 < alpha < 1 once the alpha is written in 8 bits, and zero elsewhere.
    """
    grey = (alpha * 255.0 + 0.5).astype(np.uint8)
    edge = (grey > 0) & (grey < 255)
    rgba = np.zeros((*alpha.shape, 4), np.uint8)
    colours = clean_edges(np.asarray(image), np.divide(grey, 255, dtype=np.float32))
    rgba[edge, :3] = colours[edge]
    rgba[edge, 3] = 255
    edges = Image.fromarray(rgba)
    edges.info = {key: value for key, value in image.info.items() if key == "icc_profile"}
    return edges


def compose_pixels(rgb: Pixels, alpha: Alpha) -> Cutout:
    """The subject on transparency.

    Args:
        rgb: uint8 (H, W, 3).
        alpha: float32 (H, W) in [0, 1].

    Returns:
        uint8 (H, W, 4). Colours in the soft edge are the subject's own, without the background's share; colours
        under alpha 0 are zeroed: what was cut away is not in the file.
    """
    grey = (alpha * 255.0 + 0.5).astype(np.uint8)
    # A sigmoid never reaches 0 or 1: what the file's 8 bits call opaque is opaque.
    written: Alpha = np.divide(grey, 255, dtype=np.float32)
    rgba = np.dstack((clean_edges(rgb, written), grey))
    rgba[grey == 0] = 0
    return rgba


def as_image(cutout: Cutout, source: Image.Image) -> Image.Image:
    """A cutout as a PIL image, RGBA, with the colour profile of its source."""
    image = Image.fromarray(cutout)
    image.info = dict(source.info)
    return image

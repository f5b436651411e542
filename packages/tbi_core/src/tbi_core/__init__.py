"""Background removal: an image in, its subject on transparency out.

    from tbi_core import segment
    segment("photo.jpg").save("cutout.png")

Importing this loads no inference engine; the first `Segmenter.load` does.
"""

from tbi_core.errors import ImageError, ModelError, TbiError
from tbi_core.image import MAX_PIXELS, ImageInput, read_image
from tbi_core.models import MODELS, ModelSpec
from tbi_core.segmenter import Segmenter, segment

__all__ = [
    "MAX_PIXELS",
    "MODELS",
    "ImageError",
    "ImageInput",
    "ModelError",
    "ModelSpec",
    "Segmenter",
    "TbiError",
    "read_image",
    "segment",
]

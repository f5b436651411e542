"""Read any photo as an upright 8-bit RGB image, and bring an alpha back to its size."""

import io
import os
import re
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeGuard, Union

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from tbi_core.bombs import check_cost
from tbi_core.errors import ImageError

if TYPE_CHECKING:
    from torch import Tensor

Pixels = NDArray[np.uint8]
"""uint8 (H, W, 3), RGB."""

Alpha = NDArray[np.float32]
"""float32 (H, W) in [0, 1]."""

ImageInput = Union[str, os.PathLike[str], bytes, BinaryIO, Image.Image, NDArray[np.uint8], "Tensor"]
INPUTS = "a path, bytes, a binary file, a PIL image, a uint8 array (H, W, 3 or 4) or a uint8 tensor (3, H, W)"

MAX_PIXELS = 100_000_000
"""The largest image that is decoded, in pixels; read from the header, before any pixel is."""

# Only decoders for photos: Pillow knows more formats (EPS would start Ghostscript).
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF", "GIF", "BMP")
ACCEPTED = "JPEG, PNG, WebP, AVIF, HEIC, TIFF, GIF or BMP of at most 100 megapixels"

GUIDE_SIDE = 1280
"""Long side of the copy on which the guided filter is fitted, in pixels."""

GUIDE_RADIUS = 3
GUIDE_EPSILON = 2e-4

SNAP = 0.08
"""Alphas this near 0 or 1 become 0 or 1; what lies between is stretched, so that there is no step."""

# What Pillow and its decoders raise on damaged files, beside OSError.
DAMAGED = (
    OSError, RuntimeError, SyntaxError, ValueError, EOFError, IndexError, TypeError, OverflowError, struct.error
)  # fmt: skip


def read_image(source: ImageInput) -> Image.Image:
    """Reads a photo.

    EXIF orientation is applied, transparency is flattened on white, animations give their first frame,
    16 bits become 8, CMYK becomes sRGB. Any other RGB colour profile stays with the image, in
    `info["icc_profile"]`, so that what is saved from it keeps its colours.

    Args:
        source: a path, bytes, a binary file, a PIL image, a uint8 array (H, W, 3) or (H, W, 4), RGB(A), or a
            uint8 torch tensor (3, H, W), RGB.

    Returns:
        A new PIL image, mode RGB, upright.

    Raises:
        ImageError: not an image, damaged, of an unknown kind, empty, or over `MAX_PIXELS`.
    """
    if is_tensor(source):
        return from_tensor(source)
    if isinstance(source, np.ndarray):
        return flatten(from_array(source))
    if isinstance(source, Image.Image):
        check_size(source.size, "image")
        with damage_reported("image"):
            return upright_rgb(source, "image")
    name, file = open_source(source)
    try:
        with damage_reported(name):
            check_cost(file, name)
            image = open_header(file, name)
            check_size(image.size, name)
            image.load()
            return upright_rgb(image, name)
    finally:
        if file is not source:
            file.close()


def open_source(source: object) -> tuple[str, BinaryIO]:
    """A name for messages, and the bytes as a file."""
    if isinstance(source, bytes | bytearray | memoryview):
        return f"{len(source)} bytes", io.BytesIO(source)
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        try:
            return path.name, path.open("rb")
        except OSError as error:
            raise ImageError(f"{str(path)!r} can't be read ({error.strerror}); wanted {ACCEPTED}.") from error
    if hasattr(source, "read") and hasattr(source, "seek"):
        return str(getattr(source, "name", "file")), source  # type: ignore[return-value]  # just asked
    raise ImageError(f"Got a {type(source).__name__}; wanted {INPUTS}.")


def open_header(file: BinaryIO, name: str) -> Image.Image:
    """Opens without decoding."""
    register_heif()
    try:
        return Image.open(file, formats=FORMATS)
    except UnidentifiedImageError as error:
        file.seek(0)
        raise ImageError(f"{name!r} is not an image: {_looks_like(file.read(256))}; wanted {ACCEPTED}.") from error
    except Image.DecompressionBombError as error:
        pixels = re.search(r"\d+", str(error))
        raise too_large(name, int(pixels.group()) if pixels else MAX_PIXELS + 1) from error


def _looks_like(start: bytes) -> str:
    """What the first bytes of a file that is no image look like, for the person who chose it."""
    if not start:
        return "it is empty"
    if start.lstrip()[:1] == b"<":
        return "it begins like a page or a drawing in SVG or HTML"
    if all(32 <= byte < 127 or byte in b"\t\n\r" for byte in start):
        return "it begins like a text"
    return "it begins like no kind of image that is known here, or is damaged"


def register_heif() -> None:
    """Teaches Pillow HEIC, once; its library is loaded with the first image, not at import."""
    if "HEIF" not in Image.OPEN:
        import pi_heif

        pi_heif.register_heif_opener(thumbnails=False)


@contextmanager
def damage_reported(name: str) -> Iterator[None]:
    """Turns a decoder's exception into one sentence; its warnings are the caller's to see or to drop."""
    try:
        yield
    except DAMAGED as error:
        said = str(error) or type(error).__name__
        raise ImageError(f"{name!r} is damaged or cut short ({said}); wanted a whole {ACCEPTED}.") from error


def check_size(size: tuple[int, int], name: str) -> None:
    """Refuses an image without pixels and one with too many."""
    width, height = size
    if width * height > MAX_PIXELS:
        raise too_large(name, width * height, f" ({width} × {height})")
    if width * height == 0:
        raise ImageError(f"{name!r} has no pixels ({width} × {height}); wanted {ACCEPTED}.")


def too_large(name: str, pixels: int, shape: str = "") -> ImageError:
    """The refusal of an image over the limit."""
    return ImageError(
        f"{name!r} has {pixels / 1e6:.1f} megapixels{shape}; wanted at most {MAX_PIXELS // 1_000_000}."
    )


def is_tensor(source: object) -> TypeGuard["Tensor"]:
    """Whether it is a torch tensor; whoever has one has imported torch."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(source, torch.Tensor)


def from_tensor(tensor: "Tensor") -> Image.Image:
    """A uint8 tensor (3, H, W), on any device, as an image."""
    if str(tensor.dtype) != "torch.uint8" or tensor.ndim != 3 or tensor.shape[0] != 3:
        raise ImageError(
            f"Got a tensor of shape {tuple(tensor.shape)} and {tensor.dtype}; "
            "wanted (3, height, width) and torch.uint8, RGB in [0, 255]."
        )
    return from_array(tensor.permute(1, 2, 0).cpu().numpy())


def from_array(array: NDArray[Any]) -> Image.Image:
    """A uint8 array (H, W, 3|4) as a PIL image."""
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] not in (3, 4):
        raise ImageError(
            f"Got an array of shape {array.shape} and dtype {array.dtype}; "
            "wanted (height, width, 3 or 4) and uint8, RGB(A) in [0, 255]."
        )
    check_size((array.shape[1], array.shape[0]), "array")
    return Image.fromarray(np.ascontiguousarray(array))


def upright_rgb(image: Image.Image, name: str) -> Image.Image:
    """Orientation, depth, colour space and transparency of a decoded image."""
    profile = image.info.get("icc_profile")
    image = ImageOps.exif_transpose(image)
    if image.mode == "CMYK":
        rgb = cmyk_to_srgb(image, profile)
        profile = None
    else:
        rgb = flatten(eight_bits(image, name))
        # A grey or palette profile says nothing about RGB.
        profile = profile if image.mode in ("RGB", "RGBA", "RGBX") else None
    rgb.info = {"icc_profile": profile} if profile else {}
    return rgb


def eight_bits(image: Image.Image, name: str) -> Image.Image:
    """16-bit grey scaled to 8 bits; the other modes of Pillow are 8 bits deep already."""
    if image.mode.startswith("I"):
        samples = np.asarray(image).astype(np.float32)
        return Image.fromarray((samples / 257).round().clip(0, 255).astype(np.uint8))
    if image.mode == "F":
        raise ImageError(f"{name!r} has floating-point samples; wanted 8 or 16 bits a channel.")
    return image


def flatten(image: Image.Image) -> Image.Image:
    """RGB, with transparency laid on white."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    rgba = image.convert("RGBA")
    white = Image.new("RGBA", rgba.size, "white")
    return Image.alpha_composite(white, rgba).convert("RGB")


def cmyk_to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Through the image's own profile where it has one that works, else by Pillow's plain formula."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if converted is not None:
                return converted
        except (OSError, ImageCms.PyCMSError):
            pass  # a broken profile must not cost the person the photo
    return image.convert("RGB")


def resize(image: NDArray[Any], size: tuple[int, ...]) -> NDArray[Any]:
    """To (height, width): averages where that is smaller, interpolates linearly where it is larger."""
    height, width = size
    shrinks = height * width < image.shape[0] * image.shape[1]
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def alpha_to_size(alpha: Alpha, rgb: Pixels) -> Alpha:
    """Brings an alpha to the photo's size along the photo's own edges.

    A fast guided filter (He and Sun, "Fast Guided Filter", 2015): in each small window the alpha is a line over
    the photo's grey, alpha = a · grey + b. The lines are fitted on a small copy and applied at full size, which
    opencv-contrib's filter can't do. Where the alpha is constant, it stays exactly so.

    Args:
        alpha: float32 (h, w) in [0, 1].
        rgb: uint8 (H, W, 3).

    Returns:
        float32 (H, W) in [0, 1].
    """
    height, width = rgb.shape[:2]
    scale = min(1.0, GUIDE_SIDE / max(height, width))
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    guide = resize(grey, (max(1, round(height * scale)), max(1, round(width * scale)))).astype(np.float32) / 255
    target = resize(alpha, guide.shape)
    mean_guide, mean_target = window_mean(guide), window_mean(target)
    covariance = window_mean(guide * target) - mean_guide * mean_target
    variance = window_mean(guide * guide) - mean_guide * mean_guide
    a = covariance / (variance + GUIDE_EPSILON)
    b = mean_target - a * mean_guide
    # The 255 levels of grey and the stretch between the snapped ends go into the lines.
    a = window_mean(a) / (255 * (1 - 2 * SNAP))
    b = (window_mean(b) - SNAP) / (1 - 2 * SNAP)
    full: Alpha = cv2.multiply(resize(a, (height, width)), grey, dtype=cv2.CV_32F)  # type: ignore[assignment]  # stubs: any
    cv2.add(full, resize(b, (height, width)), full)
    return np.clip(full, 0, 1, out=full)


def window_mean(values: NDArray[Any]) -> NDArray[Any]:
    """The mean over the guided filter's window around each pixel."""
    side = 2 * GUIDE_RADIUS + 1
    return cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT)

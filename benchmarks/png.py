"""Measures ways to write PNG on a folder of photos: time, size, and both against Pillow's level 1.

Usage: python benchmarks/png.py FOLDER

Each JPEG is brought to 12 megapixels, with a little grain so that it is not smoother than a real photo of that
size, and cut out by the built-in model. Three tables: the cutout as `compose` makes it (RGBA, colours zeroed under
alpha 0), the opaque photo (RGB), and the alpha alone (L). Medians; the ways alternate.
"""

import io
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from tbi_core import read_image
from tbi_core.builtin import BuiltinModel
from tbi_core.cutout import alpha_image, as_image, compose_pixels
from tbi_core.png import encode_png

PIXELS = 12_000_000
ROUNDS = 3
GRAIN = 1.5
"""Standard deviation of the noise that is added, of 255."""


def with_pillow(image: Image.Image, level: int) -> bytes:
    """Pillow's writer; 6 is its default."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=level)
    return buffer.getvalue()


def with_opencv(image: Image.Image, *options: int) -> bytes:
    """OpenCV's writer, with the reordering that it asks for."""
    orders = {"RGBA": cv2.COLOR_RGBA2BGRA, "RGB": cv2.COLOR_RGB2BGR}
    pixels = np.asarray(image)
    if image.mode in orders:
        pixels = cv2.cvtColor(pixels, orders[image.mode])
    return cv2.imencode(".png", pixels, options)[1].tobytes()


LEVEL_1 = (cv2.IMWRITE_PNG_COMPRESSION, 1)
RLE = (cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE)

WAYS: dict[str, Callable[[Image.Image], bytes]] = {
    "Pillow 1": lambda image: with_pillow(image, 1),
    "Pillow 6": lambda image: with_pillow(image, 6),
    "OpenCV": with_opencv,
    "OpenCV 1": lambda image: with_opencv(image, *LEVEL_1),
    "OpenCV 1 RLE Up": lambda image: with_opencv(
        image, *LEVEL_1, *RLE, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP
    ),
    "OpenCV 1 RLE Average": lambda image: with_opencv(
        image, *LEVEL_1, *RLE, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_AVG
    ),
    "encode_png": encode_png,
}


def kinds(photo: Path, model: BuiltinModel, random: np.random.Generator) -> dict[str, Image.Image]:
    """The three images of a photo."""
    small = np.asarray(read_image(photo))
    scale = (PIXELS / (small.shape[0] * small.shape[1])) ** 0.5
    rgb = cv2.resize(small, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    grain = np.float32(GRAIN) * random.standard_normal(rgb.shape, np.float32)
    rgb = np.clip(rgb + grain + 0.5, 0, 255).astype(np.uint8)
    alpha = model.alpha(rgb)
    image = Image.fromarray(rgb)
    return {
        "cutout, RGBA": as_image(compose_pixels(np.asarray(image), alpha), image),
        "opaque, RGB": image,
        "alpha, L": alpha_image(alpha),
    }


def main() -> None:
    """Prints the tables."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    photos = sorted(Path(sys.argv[1]).glob("*.jpg"))
    if not photos:
        sys.exit(f"No *.jpg in {sys.argv[1]!r}.")
    model, random = BuiltinModel.load(), np.random.default_rng(0)
    seconds: dict[str, dict[str, list[float]]] = {}
    sizes: dict[str, dict[str, list[int]]] = {}
    for photo in photos:
        for kind, image in kinds(photo, model, random).items():
            for _ in range(ROUNDS):
                for way, encode in WAYS.items():
                    start = time.perf_counter()
                    data = encode(image)
                    seconds.setdefault(kind, {}).setdefault(way, []).append(time.perf_counter() - start)
                    sizes.setdefault(kind, {}).setdefault(way, []).append(len(data))
    for kind, times in seconds.items():
        print(f"{kind:22} {'ms':>6} {'× Pillow 1':>11} {'MB':>7} {'× Pillow 1':>11}")
        time_1, size_1 = statistics.median(times["Pillow 1"]), statistics.mean(sizes[kind]["Pillow 1"])
        for way in WAYS:
            took, size = statistics.median(times[way]), statistics.mean(sizes[kind][way])
            print(f"{way:22} {took * 1e3:6.0f} {took / time_1:11.2f} {size / 1e6:7.2f} {size / size_1:11.2f}")
        print()


if __name__ == "__main__":
    main()

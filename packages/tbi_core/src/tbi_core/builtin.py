"""The built-in model: U²-Net-p and MODNet on onnxruntime, made into one alpha by fusion.py."""

import hashlib
import os
from collections.abc import Sequence
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tbi_core.cutout import Cutout, compose_pixels
from tbi_core.errors import ModelError
from tbi_core.fusion import fuse
from tbi_core.image import Alpha, Pixels, alpha_to_size, resize

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

IMAGENET_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
IMAGENET_STD = np.array([0.229, 0.224, 0.225], np.float32)

WORKING_SIDE = 1280
"""Long side of the copy that both networks are fed from, in pixels; neither sees more than 512 by 2048."""

MARGIN = 0.3
"""What a second look adds around its find, as a share of the find's long side."""


class BuiltinModel:
    """Both networks, loaded.

    U²-Net-p: Qin et al., "U²-Net: Going Deeper with Nested U-Structure for Salient Object Detection", 2020.
    MODNet: Ke et al., "MODNet: Real-Time Trimap-Free Portrait Matting via Objective Decomposition", 2022.
    """

    batch = 1

    def __init__(self, u2netp: "InferenceSession", modnet: "InferenceSession") -> None:
        self._u2netp = u2netp
        self._modnet = modnet

    @classmethod
    def load(cls) -> "BuiltinModel":
        """Loads the weights that lie in the package.

        Raises:
            ModelError: they do not.
        """
        return cls(open_session("u2netp.onnx"), open_session("modnet.onnx"))

    def alphas(self, images: Sequence[Pixels]) -> list[Alpha]:
        """The alpha of each image, uint8 (H, W, 3), at its own size."""
        return [self.alpha(rgb) for rgb in images]

    def cutouts(self, images: Sequence[Pixels]) -> list[Cutout]:
        """Each image, uint8 (H, W, 3), on transparency."""
        return [compose_pixels(rgb, self.alpha(rgb)) for rgb in images]

    def alpha(self, rgb: Pixels) -> Alpha:
        """The alpha of a photo.

        Args:
            rgb: uint8 (H, W, 3).

        Returns:
            float32 (H, W) in [0, 1]; all zero where there is no subject.
        """
        height, width = rgb.shape[:2]
        scale = min(1.0, WORKING_SIDE / max(height, width))
        small = resize(rgb, (max(1, round(height * scale)), max(1, round(width * scale))))
        alpha = fuse(self.salience(small), self.matte(small), lambda salience: self.second_look(small, salience))
        return alpha_to_size(alpha, rgb) if alpha.any() else np.zeros((height, width), np.float32)

    def salience(self, rgb: Pixels) -> Alpha:
        """U²-Net-p: what stands out. Any size in, 320 × 320 out; pixels are divided by the image's maximum."""
        pixels = resize(rgb, (320, 320)).astype(np.float32)
        brightest = max(float(pixels.max()), 1.0)
        return infer(self._u2netp, (pixels / brightest - IMAGENET_MEAN) / IMAGENET_STD)

    def matte(self, rgb: Pixels) -> Alpha:
        """MODNet: people and their hair. Short side near 512, both sides multiples of 32, pixels in [-1, 1]."""
        scale = 512 / min(rgb.shape[:2])
        height, width = (min(2048, max(32, round(side * scale / 32) * 32)) for side in rgb.shape[:2])
        return infer(self._modnet, resize(rgb, (height, width)).astype(np.float32) / 127.5 - 1)

    def second_look(self, rgb: Pixels, salience: Alpha) -> Alpha:
        """U²-Net-p on the bounding box of what it found, for more pixels on it; 0 elsewhere.

        Args:
            rgb: uint8 (H, W, 3).
            salience: (h, w), the same view at any size, with a pixel over 0.5.

        Returns:
            (h, w).
        """
        height, width = salience.shape
        ys, xs = np.nonzero(salience > 0.5)
        margin = MARGIN * max(np.ptp(ys), np.ptp(xs)) + 1
        top, bottom = max(0, int(ys.min() - margin)), min(height, int(ys.max() + 1 + margin))
        left, right = max(0, int(xs.min() - margin)), min(width, int(xs.max() + 1 + margin))
        down, across = rgb.shape[0] / height, rgb.shape[1] / width
        rows = slice(int(top * down), max(int(top * down) + 1, int(bottom * down)))
        columns = slice(int(left * across), max(int(left * across) + 1, int(right * across)))
        again = np.zeros_like(salience)
        again[top:bottom, left:right] = resize(self.salience(rgb[rows, columns]), (bottom - top, right - left))
        return again


def open_session(name: str) -> "InferenceSession":
    """Loads one of the package's ONNX files."""
    # From 1.32 on it writes a device id into the home folder and reports to its maker, unless told not to.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()  # if somebody had imported it before
    options = onnxruntime.SessionOptions()
    # A plan of its memory, made in the first run, takes half as much again from the second on and saves no time.
    options.enable_mem_pattern = False
    with as_file(files("tbi_core") / "weights" / name) as path:
        if not path.is_file():
            raise ModelError(
                f"The built-in weights {name} are missing from the package (looked in {path.parent}); "
                "install tbi-core again: its build fetches them."
            )
        try:
            return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's own errors have no common base
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            raise ModelError(
                f"The built-in weights {name} can't be loaded (SHA-256 {digest}: {error}); install tbi-core again."
            ) from error


def infer(session: "InferenceSession", pixels: NDArray[np.float32]) -> Alpha:
    """Runs a network on (H, W, 3); its first output, (H, W), as it is: no stretching to the image's range."""
    batch = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None], np.float32)
    (output,) = session.run([session.get_outputs()[0].name], {session.get_inputs()[0].name: batch})
    alpha: Alpha = np.clip(np.asarray(output)[0, 0], 0, 1)
    return alpha

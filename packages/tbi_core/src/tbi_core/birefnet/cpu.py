"""BiRefNet on a CPU: the fused network, compiled by OpenVINO and kept in a cache."""

import hashlib
import importlib.metadata
import logging
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from tbi_core.cutout import Cutout, compose_pixels
from tbi_core.errors import ModelError
from tbi_core.image import Alpha, Pixels, resize
from tbi_core.models import Size

if TYPE_CHECKING:
    import openvino

log = logging.getLogger(__name__)


class CpuModel:
    """A compiled network for one size. It may be called from several threads: they take turns."""

    batch = 1  # a CPU wins nothing by more, and memory grows with it

    def __init__(self, compiled: "openvino.CompiledModel", size: Size) -> None:
        self.size = size
        self._compiled = compiled
        self._turn = threading.Lock()

    @classmethod
    def load(cls, weights: Path, size: Size, dtype: str) -> "CpuModel":
        """Compiles the network; the first time for a file and size it is converted too, which takes longer.

        Args:
            weights: a safetensors file.
            size: what the network sees, multiples of 32.
            dtype: "float32" or "bfloat16".

        Raises:
            ModelError: see `weights.load`; or the cache can't be written.
        """
        core = import_openvino().Core()
        folder = cache_folder()
        prefix, name = names_for(weights, size)
        graph = folder / name / "graph.xml"
        if not graph.is_file():
            log.info("Preparing %s for this processor; this happens once and takes up to a minute.", weights.name)
            try:
                convert(weights, size, folder, name)
            except OSError as error:
                raise ModelError(
                    f"The network can't be prepared in {str(folder)!r} ({error}); wanted a "
                    "folder with room for up to 1 GB: set XDG_CACHE_HOME to another."
                ) from error
            for old in folder.glob(f"{prefix}*"):
                if old.name != name:  # of an older version
                    shutil.rmtree(old, ignore_errors=True)
        hints = {
            "INFERENCE_PRECISION_HINT": "bf16" if dtype == "bfloat16" else "f32",
            "PERFORMANCE_HINT": "LATENCY",
        }
        # What Ray and others share a machine by; OpenVINO itself does not read it.
        if os.environ.get("OMP_NUM_THREADS", "").isdecimal():
            hints["INFERENCE_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"]
        return cls(core.compile_model(core.read_model(graph), "CPU", hints), size)

    def matte(self, pixels: Pixels) -> Alpha:
        """The network alone: uint8 (h, w, 3) of its own size to float32 (h, w) in [0, 1]."""
        with self._turn:
            return np.array(self._compiled(pixels[None])[0][0])

    def alphas(self, images: Sequence[Pixels]) -> list[Alpha]:
        """The alpha of each image at its own size, float32 (H, W) in [0, 1]."""
        alphas = []
        for rgb in images:
            small = Image.fromarray(rgb).resize(self.size[::-1], Image.Resampling.BILINEAR)
            alpha = self.matte(np.asarray(small))
            alphas.append(resize(alpha, rgb.shape[:2]))
        return alphas

    def cutouts(self, images: Sequence[Pixels]) -> list[Cutout]:
        """Each image on transparency, uint8 (H, W, 4)."""
        return [compose_pixels(rgb, alpha) for rgb, alpha in zip(images, self.alphas(images), strict=True)]


def import_openvino() -> ModuleType:
    """OpenVINO without its telemetry: importing it would otherwise report home and write an id into HOME."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # makes its import fail, as it may
    import openvino

    return openvino


def has_bfloat16() -> bool:
    """Whether this processor multiplies in bfloat16."""
    return "BF16" in import_openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def convert(weights: Path, size: Size, folder: Path, name: str) -> None:
    """Writes the fused network as an OpenVINO graph into `folder`/`name`, whole or not at all."""
    import torch

    from tbi_core.birefnet.fuse import Matte, fuse, lay_out
    from tbi_core.birefnet.weights import load

    ov = import_openvino()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".part-") as part:  # first of all: it may not be writable
        model = fuse(load(weights))
        lay_out(model, size)
        pixels = torch.zeros(1, *size, 3, dtype=torch.uint8)
        with torch.no_grad():
            program = torch.export.export(Matte(model), (pixels,))
        graph = ov.convert_model(program)
        graph.reshape([1, *size, 3])
        # Whoever reads the graph maps the file: rounding it to float16 would save disk, not time.
        ov.save_model(graph, Path(part) / "new" / "graph.xml", compress_to_fp16=False)
        try:
            (Path(part) / "new").rename(folder / name)
        except OSError:  # another process was faster, with the same bytes
            if not (folder / name / "graph.xml").is_file():
                raise


def cache_folder() -> Path:
    """Where converted networks are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "tbi"


def names_for(weights: Path, size: Size) -> tuple[str, str]:
    """Names a conversion, by the weights' bytes and the size, then by this code and OpenVINO's version.

    Returns:
        What all versions' names begin with, and this version's.
    """
    with weights.open("rb") as file:
        bytes_ = hashlib.file_digest(file, "sha256").hexdigest()[:24]
    code = hashlib.sha256(importlib.metadata.version("openvino").encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        code.update(source.read_bytes())
    prefix = f"{bytes_}-{size[0]}x{size[1]}-"
    return prefix, prefix + code.hexdigest()[:12]

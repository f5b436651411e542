"""BiRefNet weights made by rule, where the released ones can't be: every parameter's name gives its values.

`data/keys_*.json` has the released models' parameter names and shapes, `data/golden_*.npz` what the original
network makes of these weights (the authors' code, float32, on a CPU), rounded to 2e-6 to be small.
"""

import json
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DATA = Path(__file__).parent / "data"


def keys(variant: str) -> dict[str, tuple[int, ...]]:
    """The released parameters of "large" or "lite": name to shape."""
    return {
        name: tuple(entry[0]) for name, entry in json.loads((DATA / f"keys_{variant}.json").read_text()).items()
    }


def values(name: str, shape: tuple[int, ...]) -> NDArray[np.generic]:
    """A parameter's values: as large as a trained network's, and always the same."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    if name.endswith("num_batches_tracked"):
        return np.zeros(shape, np.int64)
    if name.endswith("running_var"):
        return (1 + 0.1 * rng.random(shape)).astype(np.float32)
    if name.endswith("running_mean"):
        return (0.05 * rng.standard_normal(shape)).astype(np.float32)
    if len(shape) <= 1:
        return ((1.0 if name.endswith("weight") else 0.0) + 0.05 * rng.standard_normal(shape)).astype(np.float32)
    return (rng.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32)


def write(variant: str, path: Path, dtype: type = np.float32) -> Path:
    """Writes "large" or "lite" as a safetensors file, in `dtype`."""
    from safetensors.numpy import save_file

    arrays = {}
    for name, shape in keys(variant).items():
        if name.endswith("relative_position_index"):
            arrays[name] = np.zeros(shape, np.int64)  # never read: it follows from the window's size
        else:
            made = values(name, shape)
            arrays[name] = made.astype(dtype) if made.dtype == np.float32 else made
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(arrays, path)
    return path


def image(index: int) -> NDArray[np.float32]:
    """The golden input of index 0 or 1, (1, 3, H, W), normalised."""
    height, width = ((256, 256), (320, 448))[index]
    return np.random.default_rng(100 + index).standard_normal((1, 3, height, width)).astype(np.float32)


def golden(variant: str, index: int) -> NDArray[np.float32]:
    """The original network's logits, (H, W)."""
    height, width = ((256, 256), (320, 448))[index]
    logits: NDArray[np.float32] = np.load(DATA / f"golden_{variant}_{height}x{width}.npz")["logits"]
    return logits

"""One side of a comparison, in a process of its own, so that its memory is its own.

Started by bench.py: `python benchmarks/side.py SIDE CHECKPOINT DEVICE`. Reads one command a line ("network 1",
"ceiling 0",
"whole PHOTO", "stages PHOTO"), does it, and answers with a line of JSON.
"""

import gc
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


class Ours:
    """tbi_core's Segmenter."""

    def __init__(self, checkpoint: Path, device: str) -> None:
        from tbi_core import Segmenter

        self.segmenter = Segmenter.load(checkpoint if checkpoint.is_file() else checkpoint.name, device=device)
        self.model: Any = self.segmenter._model
        self.pixels = np.zeros((1024, 1024, 3), np.uint8)

    def network(self, batch: int = 1) -> None:
        """The network alone at 1024×1024, pixels in, alpha out."""
        if self.segmenter.device.kind == "cpu":
            self.model.matte(self.pixels)
            return
        import torch

        with torch.no_grad():
            self.model.run(torch.zeros(batch, 1024, 1024, 3, dtype=torch.uint8, device=self.segmenter.device.kind))

    def ceiling(self, _: int) -> dict[str, float]:
        """What one large matrix product reaches here, in the network's own precision: GFLOP/s, the best of ten."""
        import torch

        device = self.segmenter.device
        dtype = torch.float32 if device.dtype == "float32" else torch.bfloat16
        side = 3072 if device.kind == "cpu" else 8192
        a, b = (torch.randn(side, side, device=device.kind, dtype=dtype) for _ in range(2))
        seconds = []
        for _ in range(10):
            times: dict[str, float] = {}
            timed(times, "product", lambda: a @ b)
            seconds.append(times["product"] / 1000)
        return {"gflops": 2 * side**3 / min(seconds) / 1e9}

    def whole(self, photo: Path) -> bytes:
        """A file in, a PNG out."""
        from tbi_core.png import encode_png

        return encode_png(self.segmenter.segment(photo))

    def stages(self, photo: Path) -> dict[str, float]:
        """Where the milliseconds of `whole` go."""
        from tbi_core import read_image
        from tbi_core.cutout import as_image, compose_pixels
        from tbi_core.png import encode_png

        times: dict[str, float] = {}
        image = timed(times, "decode", lambda: read_image(photo))
        rgb = np.asarray(image)
        if self.segmenter.device.kind == "cpu":
            alpha = timed(times, "resize, network, alpha at full size", lambda: self.model.alphas([rgb])[0])
            rgba = timed(times, "edge colours, cutout", lambda: compose_pixels(rgb, alpha))
        else:
            timed(times, "network", self.network)
            rgba = timed(times, "upload to download, with edge colours", lambda: self.model.cutouts([rgb])[0])
        timed(times, "encode", lambda: encode_png(as_image(rgba, image)))
        return times


def timed(times: dict[str, float], name: str, work: Callable[[], Any]) -> Any:
    """Does it, and notes the milliseconds."""
    start = time.perf_counter()
    result = work()
    synchronize()
    times[name] = (time.perf_counter() - start) * 1000
    return result


def synchronize() -> None:
    """Waits for the GPU, where one works."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.synchronize()


def side(name: str, checkpoint: Path, device: str) -> Any:
    """The side by name."""
    if name == "ours":
        return Ours(checkpoint, device)
    if name == "plain":
        from plain import Plain

        return Plain(checkpoint, device)
    from rembg_side import Rembg

    return Rembg(checkpoint)


def main() -> None:
    """Answers commands until the input ends."""
    name, checkpoint, device = sys.argv[1:4]
    start = time.perf_counter()
    worker = side(name, Path(checkpoint), device)
    print(json.dumps({"load": time.perf_counter() - start}), flush=True)
    for line in sys.stdin:
        command, argument = line.split()
        value: Any = Path(argument) if command in ("whole", "stages") else int(argument)
        gc.collect()
        synchronize()
        start = time.perf_counter()
        result = getattr(worker, command)(value)
        synchronize()
        answer: dict[str, Any] = {"seconds": time.perf_counter() - start}
        answer["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        torch = sys.modules.get("torch")
        if torch is not None and torch.cuda.is_initialized():
            answer["peak_gpu_mb"] = torch.cuda.max_memory_allocated() / 1e6
        if isinstance(result, dict):
            answer["stages"] = result
        elif isinstance(result, bytes):
            answer["bytes"] = len(result)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()

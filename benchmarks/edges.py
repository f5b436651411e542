"""Measures how well and how fast the soft edge's colours are found, beside pymatting's own multilevel code.

Usage: python benchmarks/edges.py [FOLDER]      (FOLDER: NAME.png, NAME_alpha.png and NAME_foreground.png)

1. Error: mean absolute difference of 255 to the known subject where 0.02 < alpha < 0.98, on mixtures made by
   rule of the sample photos, and on FOLDER's pictures if given (pymatting's data/lemur is one).
2. Speed: median of five on 4000×3000 photos with the built-in model's alpha; on a GPU, if there is one, with
   the way there and back.
3. What pymatting costs a fresh process, with a cold and with a warm numba cache.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import cv2
import numpy as np
import torch
from PIL import Image
from pymatting.foreground.estimate_foreground_ml import estimate_foreground_ml

from tbi_core import Segmenter, read_image
from tbi_core.edges import clean_edges, clean_edges_torch
from tbi_core.image import Alpha, Pixels, resize

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests/core"))

from test_edges import Mixture, error, hairy_ellipse, mix  # noqa: E402  # the tests' data is made by the same rule

SAMPLES = ROOT / "web/static/samples"
PAIRS = (("chelsea", "coffee"), ("astronaut", "chelsea"), ("coffee", "rocket"), ("rocket", "astronaut"))
LARGE = (3000, 4000)
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"

FRESH = """
import time
start = time.perf_counter()
import numpy as np
loaded = time.perf_counter()
from pymatting.foreground.estimate_foreground_ml import estimate_foreground_ml
print(f"import {time.perf_counter() - loaded:.2f} s", end=", ")
rgb, alpha = np.random.rand(1000, 1000, 3).astype("f4"), np.random.rand(1000, 1000).astype("f4")
loaded = time.perf_counter()
estimate_foreground_ml(rgb, alpha)
print(f"first call on 1 MP {time.perf_counter() - loaded:.2f} s, all {time.perf_counter() - start:.2f} s")
"""


def pymatting_ml(rgb: Pixels, alpha: Alpha) -> Pixels:
    """The paper's own code, for uint8."""
    found: Pixels = (estimate_foreground_ml(rgb / np.float32(255), alpha) * 255).round().astype(np.uint8)
    return found


def on_torch(rgb: Pixels, alpha: Alpha) -> Pixels:
    """`clean_edges_torch`, on a GPU if there is one."""
    found: Pixels = clean_edges_torch(*(torch.from_numpy(array).to(DEVICE) for array in (rgb, alpha))).cpu().numpy()
    return found


ESTIMATES: dict[str, Callable[[Pixels, Alpha], Pixels]] = {
    "none": lambda rgb, _: rgb,
    "pymatting": pymatting_ml,
    "edges.py": clean_edges,
    "edges.py, torch": on_torch,
}


def sample(name: str) -> Pixels:
    """A sample photo, uint8 (H, W, 3)."""
    return np.asarray(read_image(next(SAMPLES.glob(f"{name}.*"))))


def mixtures(folder: Path | None) -> dict[str, Mixture]:
    """Photos, their alphas and their subjects' colours."""
    found = {}
    for name, behind in PAIRS:
        subject = sample(name)
        found[f"{name} over {behind}"] = mix(subject, sample(behind), hairy_ellipse(subject.shape[:2], softness=3))
    for path in sorted(folder.glob("*_foreground.png")) if folder else ():
        name = path.name.removesuffix("_foreground.png")
        # Pillow, not `read_image`: a photo that has an alpha of its own is not to be laid on white.
        photo, subject = (pixels(path.with_name(f"{name}{end}.png"), "RGB") for end in ("", "_foreground"))
        grey = pixels(path.with_name(f"{name}_alpha.png"), "L")
        found[name] = (photo, grey.astype(np.float32) / np.float32(255), subject)
    return found


def pixels(path: Path, mode: str) -> Pixels:
    """A file's samples, uint8."""
    with Image.open(path) as image:
        return np.array(image.convert(mode))


def seconds(work: Callable[[], object]) -> float:
    """Median of five."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return median(times)


def large(name: str, segmenter: Segmenter) -> dict[str, tuple[Pixels, Alpha]]:
    """A sample photo enlarged to 12 MP, with two alphas: its own, and the small photo's, enlarged."""
    rgb = sample(name)
    height, width = LARGE
    photo = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    alphas = {name: segmenter.alpha(photo), f"{name}, wide": resize(segmenter.alpha(rgb), LARGE)}
    return {label: (photo, alpha) for label, alpha in alphas.items()}


def main() -> None:
    """Prints the three tables."""
    if len(sys.argv) > 2:
        sys.exit(__doc__)
    print(f"{'error of 255':26}" + "".join(f"{name:>17}" for name in ESTIMATES))
    for name, (photo, alpha, subject) in mixtures(Path(sys.argv[1]) if sys.argv[1:] else None).items():
        errors = [error(estimate(photo, alpha), subject, alpha) for estimate in ESTIMATES.values()]
        print(f"{name:26}" + "".join(f"{value:17.2f}" for value in errors))

    timed = {"pymatting": pymatting_ml, "edges.py": clean_edges} | ({"GPU": on_torch} if DEVICE == "cuda" else {})
    print(f"\n{'ms for 12 MP':22}{'soft':>8}" + "".join(f"{name:>17}" for name in timed))
    segmenter = Segmenter.load("builtin")
    for name in ("astronaut", "chelsea", "coffee", "rocket"):
        for label, (photo, alpha) in large(name, segmenter).items():
            row = f"{label:22}{((alpha > 0) & (alpha < 1)).mean():8.1%}"
            for estimate in timed.values():
                row += f"{1000 * seconds(partial(estimate, photo, alpha)):17.0f}"
            print(row, flush=True)

    print("\npymatting in a fresh process")
    with tempfile.TemporaryDirectory() as cache:
        for state in ("cold cache", "warm cache", "warm cache"):
            print(f"{state}: ", end="", flush=True)
            subprocess.run([sys.executable, "-c", FRESH], env={**os.environ, "NUMBA_CACHE_DIR": cache}, check=True)


if __name__ == "__main__":
    main()

"""Measures the built-in rule against what it is made of, on a folder of photos with reference alphas.

Usage: python benchmarks/fusion.py FOLDER      (NAME.jpg beside NAME.alpha.png)

A row a photo with the IoU at 0.5 of U²-Net-p alone, MODNet alone, the better of the two, the plain rule
"MODNet where the two agree (IoU > 0.6), else the one with fewer undecided pixels", and the rule of fusion.py;
then the means, with the mean absolute error. All at the photo's full size, through the same upsampling.
"""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tbi_core import read_image
from tbi_core.builtin import WORKING_SIDE, BuiltinModel
from tbi_core.image import Alpha, Pixels, alpha_to_size, resize

COLUMNS = ("U²-Net-p", "MODNet", "better", "plain rule", "fusion.py")


def iou(a: Alpha, b: Alpha) -> float:
    """Intersection over union of what is over 0.5."""
    return float(((a > 0.5) & (b > 0.5)).sum() / max(1, ((a > 0.5) | (b > 0.5)).sum()))


def undecided(alpha: Alpha) -> float:
    """The share of pixels that are neither subject nor background."""
    return float(((alpha > 0.1) & (alpha < 0.9)).mean())


def alphas(model: BuiltinModel, rgb: Pixels) -> list[Alpha]:
    """One alpha for each way but "better", (H, W)."""
    scale = min(1.0, WORKING_SIDE / max(rgb.shape[:2]))
    small = resize(rgb, (round(rgb.shape[0] * scale), round(rgb.shape[1] * scale)))
    matte = model.matte(small)
    salience = resize(model.salience(small), matte.shape)
    plain = matte if iou(salience, matte) > 0.6 else min(salience, matte, key=undecided)
    return [*(alpha_to_size(alpha, rgb) for alpha in (salience, matte, plain)), model.alpha(rgb)]


def scores(model: BuiltinModel, photo: Path) -> NDArray[np.float64]:
    """IoU and mean absolute error of each column, (5, 2)."""
    rgb = np.asarray(read_image(photo))
    with Image.open(photo.with_suffix(".alpha.png")) as image:
        want = np.asarray(image.convert("L").resize(rgb.shape[1::-1]), np.float32) / 255
    salience, matte, plain, fused = (
        (iou(alpha, want), float(np.abs(alpha - want).mean())) for alpha in alphas(model, rgb)
    )
    return np.array([salience, matte, max(salience, matte), plain, fused])


def main() -> None:
    """Prints the table."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    photos = sorted(Path(sys.argv[1]).glob("*.jpg"))
    if not photos:
        sys.exit(f"No .jpg in {sys.argv[1]!r}.")
    model = BuiltinModel.load()
    rows = []
    print(f"{'':24}" + "".join(f"{name:>14}" for name in COLUMNS))
    for photo in photos:
        rows.append(scores(model, photo))
        print(f"{photo.stem:24}" + "".join(f"{value:14.3f}" for value in rows[-1][:, 0]))
    mean = np.mean(rows, axis=0)
    print(f"{'mean IoU':24}" + "".join(f"{value:14.3f}" for value in mean[:, 0]))
    print(f"{'mean absolute error':24}" + "".join(f"{value:14.4f}" for value in mean[:, 1]))


if __name__ == "__main__":
    main()

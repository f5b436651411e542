"""Copies the sample photos (public domain or CC0) out of the scikit-image wheel into web/static/samples.

Beside each lies a small square of it, for the start page.
"""

import importlib.util
import shutil
from pathlib import Path

from PIL import Image, ImageOps

#: In pixels: three times what a phone shows it at.
SQUARE = 270

PHOTOS = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg")


def main() -> None:
    """Finds the wheel's folder without importing it: its dependencies are not installed."""
    spec = importlib.util.find_spec("skimage")
    if spec is None or spec.origin is None:
        raise SystemExit("scikit-image is not installed; run `make build`.")
    target = Path(__file__).parents[1] / "static/samples"
    target.mkdir(parents=True, exist_ok=True)
    for name in PHOTOS:
        shutil.copyfile(Path(spec.origin).parent / "data" / name, target / name)
        with Image.open(target / name) as photo:
            square = ImageOps.fit(photo.convert("RGB"), (SQUARE, SQUARE), Image.Resampling.LANCZOS)
        square.save((target / name).with_suffix(".small.webp"), quality=80, method=6)


if __name__ == "__main__":
    main()

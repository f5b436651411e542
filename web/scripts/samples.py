"""Copies the sample photos (public domain or CC0) out of the scikit-image wheel into web/static/samples."""

import importlib.util
import shutil
from pathlib import Path

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


if __name__ == "__main__":
    main()

"""Many photos by path: which one goes where, and a cutout on disk, whole or not at all."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tbi_core.errors import ImageError
from tbi_core.png import encode_png

# What a folder is searched for; a file named outright is tried whatever its name.
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".heif", ".tif", ".tiff", ".gif", ".bmp"}


@dataclass(frozen=True)
class Job:
    """One photo and where its cutout goes."""

    source: Path
    target: Path


def plan(inputs: Iterable[Path], output: Path) -> list[Job]:
    """Which photo goes where.

    One photo and a name that ends in .png: that file. Else a folder, in which the photos of an input folder
    keep their subfolders, and those of several input folders these folders' names too. Photos that would share
    a name keep their suffix (a.jpg.png, a.webp.png).

    Raises:
        ImageError: nothing to do, or a cutout would replace a photo or another cutout.
    """
    inputs, resolved = list(inputs), output.resolve()
    found = [
        (path, base)
        for item in inputs
        for path, base in photos_in(item, alone=len(inputs) == 1)
        # A folder of cutouts inside the folder of photos is not to be cut out again.
        if not (item.resolve() in resolved.parents and path.is_relative_to(resolved))
    ]
    if not found:
        raise ImageError(
            f"No photo in {', '.join(map(str, inputs))}; wanted files that end in {' '.join(sorted(SUFFIXES))}."
        )
    if output.suffix.lower() == ".png" and not output.is_dir():
        if len(found) > 1:
            raise ImageError(f"{len(found)} photos don't fit into the one file {str(output)!r}; wanted a folder.")
        jobs = [Job(found[0][0], output)]
    else:
        plain = Counter(path.relative_to(base).with_suffix(".png") for path, base in found)
        jobs = []
        for path, base in found:
            name = path.relative_to(base)
            shared = plain[name.with_suffix(".png")] > 1
            jobs.append(
                Job(
                    path,
                    output / (name.with_name(name.name + ".png") if shared else name.with_suffix(".png")),
                )
            )
    sources = {job.source.resolve() for job in jobs}
    targets: dict[str, Path] = {}
    for job in jobs:
        other = targets.setdefault(str(job.target.resolve()).casefold(), job.source)  # as many disks do
        if other != job.source:
            raise ImageError(
                f"{str(other)!r} and {str(job.source)!r} would both become {str(job.target)!r}; "
                "wanted different names, or one run each."
            )
        if job.target.resolve() in sources:
            raise ImageError(f"The cutout {str(job.target)!r} would replace a photo; wanted another output folder.")
    return jobs


def photos_in(item: Path, alone: bool) -> list[tuple[Path, Path]]:
    """The photos under a path, each with the folder that its name is relative to; `alone` is the only input."""
    if not item.is_dir():
        return [(item, item.parent)]
    base = item.resolve() if alone else item.resolve().parent
    photos = (path for path in sorted(item.resolve().rglob("*")) if path.suffix.lower() in SUFFIXES)
    return [(path, base) for path in photos if path.is_file()]


def save(job: Job, cutout: Image.Image) -> None:
    """Writes whole or not at all."""
    job.target.parent.mkdir(parents=True, exist_ok=True)
    part = job.target.with_name(job.target.name + ".part")
    try:
        part.write_bytes(encode_png(cutout))
        part.replace(job.target)
    finally:
        part.unlink(missing_ok=True)

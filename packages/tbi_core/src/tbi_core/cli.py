"""The command `tbi`: segment files and folders, list the models, examine the installation."""

import argparse
import importlib.metadata
import platform
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tbi_core.errors import ImageError, TbiError
from tbi_core.image import read_image, register_heif
from tbi_core.models import MODELS, resolve
from tbi_core.segmenter import Segmenter

# What a folder is searched for; a file named outright is tried whatever its name.
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".heif", ".tif", ".tiff", ".gif", ".bmp"}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status: 0 all done, 1 something failed, 2 wrong usage."""
    arguments = parser().parse_args(argv)
    try:
        status: int = arguments.run(arguments)
    except TbiError as error:
        print(f"tbi: {error}", file=sys.stderr)
        return 1
    return status


def parser() -> argparse.ArgumentParser:
    """The command line."""
    root = argparse.ArgumentParser(prog="tbi", description="Cut the subject out of photos.")
    commands = root.add_subparsers(required=True, metavar="COMMAND")

    segment = commands.add_parser("segment", help="cut the subject out of files and folders")
    segment.add_argument("inputs", nargs="+", type=Path, metavar="IN", help="a photo, or a folder of photos")
    segment.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="a .png file or a folder")
    segment.add_argument("--model", default="auto", help=f"auto (default), {', '.join(MODELS)}")
    segment.set_defaults(run=run_segment)

    models = commands.add_parser("models", help="list the models")
    models.set_defaults(run=run_models)

    doctor = commands.add_parser("doctor", help="what is installed, and what a run would use")
    doctor.set_defaults(run=run_doctor)
    return root


@dataclass(frozen=True)
class Job:
    """One photo and where its cutout goes."""

    source: Path
    target: Path


def run_segment(arguments: argparse.Namespace) -> int:
    """Writes one PNG for each photo; a photo that fails is named and the others go on."""
    from tqdm import tqdm

    jobs = plan(arguments.inputs, arguments.output)
    segmenter = Segmenter.load(arguments.model)
    failures = 0
    with tqdm(jobs, unit="photo", disable=not sys.stderr.isatty()) as progress:
        for job in progress:
            progress.set_postfix_str(job.source.name)
            try:
                save(segmenter, job)
            except (TbiError, OSError) as error:
                failures += 1
                progress.write(f"tbi: {job.source}: {error}", file=sys.stderr)
    print(f"{len(jobs) - failures} of {len(jobs)} photos cut out with {segmenter.spec.name}.")
    return 1 if failures else 0


def plan(inputs: Iterable[Path], output: Path) -> list[Job]:
    """Which photo goes where.

    One photo and a name that ends in .png: that file. Else a folder, in which the photos of an input folder
    keep their subfolders, and those of several input folders these folders' names too. Photos that would share
    a name keep their suffix (a.jpg.png, a.webp.png).

    Raises:
        ImageError: nothing to do, or a cutout would replace a photo or another cutout.
    """
    inputs = list(inputs)
    found = [
        (path, base)
        for item in inputs
        for path, base in photos_in(item, alone=len(inputs) == 1)
        # A folder of cutouts inside the folder of photos is not to be cut out again.
        if not (item.resolve() in output.resolve().parents and path.is_relative_to(output.resolve()))
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
    targets: dict[Path, Path] = {}
    for job in jobs:
        other = targets.setdefault(job.target.resolve(), job.source)
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


def save(segmenter: Segmenter, job: Job) -> None:
    """Writes whole or not at all."""
    cutout = segmenter.segment(job.source)
    job.target.parent.mkdir(parents=True, exist_ok=True)
    part = job.target.with_name(job.target.name + ".part")
    try:
        cutout.save(part, format="PNG", compress_level=1)
        part.replace(job.target)
    finally:
        part.unlink(missing_ok=True)


def run_models(arguments: argparse.Namespace) -> int:
    """Prints the table of models."""
    width = max(map(len, MODELS))
    for spec in MODELS.values():
        print(f"{spec.name:{width}}  {spec.purpose} ({spec.licence}, {spec.source})")
    return 0


def run_doctor(arguments: argparse.Namespace) -> int:
    """Prints what is installed, and whether the built-in model really runs here."""
    print(f"Python       {platform.python_version()} on {platform.system()} {platform.machine()}")
    for package in (
        "tbi-core",
        "onnxruntime",
        "opencv-python-headless",
        "pillow",
        "pi-heif",
        "torch",
        "transformers",
    ):
        try:
            print(f"{package:12} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            print(f"{package:12} not installed")
    register_heif()
    spec, reason = resolve("auto")
    print(f"model        auto takes {spec.name}: {reason}")
    segmenter = Segmenter.load("auto")
    print(f"device       {segmenter.device}: the built-in models run on onnxruntime's CPU provider")
    alpha = segmenter.alpha(read_image(Image.new("RGB", (64, 48), "grey")))
    print(f"try          a plain picture gives an alpha of shape {alpha.shape}: works")
    return 0


if __name__ == "__main__":
    sys.exit(main())

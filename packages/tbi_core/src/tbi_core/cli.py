"""The command `tbi`: segment files and folders, list the models, examine the installation."""

import argparse
import importlib.metadata
import logging
import platform
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image

from tbi_core.device import DEVICES
from tbi_core.errors import ImageError, TbiError
from tbi_core.image import read_image, register_heif
from tbi_core.jobs import SUFFIXES, Job, plan, save
from tbi_core.models import MODELS, PACKAGES, Size
from tbi_core.segmenter import Segmenter

log = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status: 0 all done, 1 something failed, 2 wrong usage."""
    arguments = parser().parse_args(argv)
    logging.basicConfig(format="tbi: %(message)s")
    logging.getLogger("tbi_core").setLevel(logging.INFO)
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
    segment.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help="a .png file or a folder; else the last IN"
    )
    segment.add_argument("--model", default="auto", help="auto (default), a name (see `tbi models`), or a path")
    segment.add_argument("--device", default="auto", choices=DEVICES, help="where the model runs")
    segment.add_argument("--size", type=size, metavar="HxW", help="what BiRefNet sees, such as 1024x1024")
    segment.add_argument("--resume", action="store_true", help="skip photos whose cutout is there")
    segment.add_argument(
        "--engine",
        default="local",
        choices=("local", "ray"),
        help="local (default), or ray: a cluster, or this machine; always resumes",
    )
    segment.set_defaults(run=run_segment)

    models = commands.add_parser("models", help="list the models")
    models.set_defaults(run=run_models)

    doctor = commands.add_parser("doctor", help="what is installed, and what a run would use")
    doctor.set_defaults(run=run_doctor)
    # What the server adds, where it is installed: this package knows nothing of it.
    for command in importlib.metadata.entry_points(group="tbi.commands"):
        command.load()(commands)
    return root


def size(text: str) -> Size:
    """A size as it is written on the command line."""
    height, separator, width = text.lower().partition("x")
    if not separator or not height.isdecimal() or not width.isdecimal():
        raise argparse.ArgumentTypeError(f"got {text!r}; wanted HEIGHTxWIDTH, such as 1024x1024")
    return int(height), int(width)


def run_segment(arguments: argparse.Namespace) -> int:
    """Writes one PNG for each photo; a photo that fails is named and the others go on."""
    from tqdm import tqdm

    inputs, output = arguments.inputs, arguments.output
    if output is None:
        *inputs, output = inputs
        # A photo may come last by mistake (`*.png`): what is there is replaced only where -o says so.
        if not inputs or output.is_file() or output.suffix.lower() in SUFFIXES - {".png"}:
            raise ImageError(
                f"Nowhere to write to: got {str(output)!r} last; wanted a folder or a new .png file, or -o."
            )
    jobs = plan(inputs, output)
    todo = (
        [job for job in jobs if not job.target.is_file()] if arguments.resume or arguments.engine == "ray" else jobs
    )
    failures = 0
    with tqdm(total=len(todo), unit="photo", disable=not sys.stderr.isatty()) as progress:
        for job, error in run_jobs(todo, arguments):
            progress.update()
            if error is not None:
                failures += 1
                progress.write(f"tbi: {job.source}: {error}", file=sys.stderr)
    skipped = f", {len(jobs) - len(todo)} were there already" if len(todo) < len(jobs) else ""
    print(f"{len(todo) - failures} of {len(todo)} photos cut out{skipped}.")
    return 1 if failures else 0


def run_jobs(jobs: Sequence[Job], arguments: argparse.Namespace) -> Iterator[tuple[Job, object]]:
    """Each job, with what went wrong or None."""
    if not jobs:
        return
    if arguments.engine == "ray":
        from tbi_core import bulk

        yield from bulk.run(jobs, arguments.model, arguments.device, arguments.size)
        return
    segmenter = Segmenter.load(arguments.model, arguments.device, arguments.size)
    log.info("Model %s on %s.", segmenter.spec.name, segmenter.device)
    yield from segmenter.segment_all(jobs, lambda job: read_image(job.source), save)


def run_models(arguments: argparse.Namespace) -> int:
    """Prints the table of models."""
    width = max(map(len, MODELS))
    for spec in MODELS.values():
        size = f", {spec.size[0]}×{spec.size[1]}" if spec.size else ""
        print(f"{spec.name:{width}}  {spec.purpose} ({spec.licence}, {spec.source}{size})")
    return 0


def run_doctor(arguments: argparse.Namespace) -> int:
    """Prints what is installed, and whether the built-in model really runs here."""
    print(f"Python       {platform.python_version()} on {platform.system()} {platform.machine()}")
    for package in ("tbi-core", "onnxruntime", "opencv-python-headless", "pillow", "pi-heif", *PACKAGES, "ray"):
        try:
            print(f"{package:15} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            print(f"{package:15} not installed")
    register_heif()
    segmenter = Segmenter.load("auto")
    print(f"model        auto takes {segmenter.spec.name}: {segmenter.reason}")
    print(f"device       {segmenter.device}: {segmenter.device.reason}")
    alpha = segmenter.alpha(read_image(Image.new("RGB", (64, 48), "grey")))
    print(f"try          a plain picture gives an alpha of shape {alpha.shape}: works")
    return 0


if __name__ == "__main__":
    sys.exit(main())

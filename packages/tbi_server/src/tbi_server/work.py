"""What jobs do, in their lane's thread: read, find the subject, draw, encode."""

import contextlib
import io
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from tbi_core import TbiError, read_image
from tbi_core.cutout import alpha_image, edge_image
from tbi_core.png import encode_png
from tbi_server.lanes import Job, JobError
from tbi_server.parts import Cutter
from tbi_server.renderer import Renderer, RenderError
from tbi_server.uploads import QuotaError, UploadError

WEBP_SIDE = 16383
"""The longest side of a WebP, in pixels."""

WEBP_PIXELS = 48_000_000
"""libwebp's quick methods end in an error at some 80 megapixels."""

Files = dict[str, bytes]
"""What a job makes, by file name."""


def read(job: Job, file: Path | BinaryIO) -> Image.Image:
    """The photo."""
    with job.stage("decode", 0.05, "Reading the photo"):
        return read_image(file)


def alpha_and_edges(job: Job, path: Path, model: "Future[Cutter]") -> Files:
    """The alpha as a grey PNG, and the edge colours."""
    photo = read(job, path)
    cutter = loaded(job, model)
    with job.stage("network", 0.25, "Finding the subject"):
        alpha = cutter.alpha(photo)
    with job.stage("edges", 0.75, "Cleaning the edge"):
        edges = edge_image(photo, alpha)
    with job.stage("encode", 0.9, "Writing the picture"):
        return {"alpha.png": encode_png(alpha_image(alpha)), **encode_edges(edges)}


def cut_out(job: Job, photo: Image.Image, model: "Future[Cutter]") -> Image.Image:
    """The subject on transparency."""
    cutter = loaded(job, model)
    with job.stage("network", 0.25, "Finding the subject"):
        cutout = cutter.segment(photo)
    job.check()
    return cutout


def cutout_file(job: Job, path: Path, model: "Future[Cutter]") -> Files:
    """The subject on transparency, as a PNG."""
    cutout = cut_out(job, read(job, path), model)
    with job.stage("encode", 0.8, "Writing the picture"):
        return {"cutout.png": encode_png(cutout)}


def converted(job: Job, path: Path) -> Files:
    """The photo as a JPEG."""
    photo = read(job, path)
    with job.stage("encode", 0.5, "Writing the picture"):
        return {"photo.jpg": encode_jpeg(photo)}


def usable(renderer: Renderer | RenderError) -> Renderer:
    """What draws.

    Raises:
        RenderError: nothing does, and why.
    """
    if isinstance(renderer, RenderError):
        raise renderer
    return renderer


def drawn(
    job: Job, renderer: Renderer | RenderError, photo: Image.Image, cutout: Image.Image, what: dict[str, Any]
) -> Files:
    """The document over the photo, as a PNG."""
    with job.stage("render", 0.6, "Drawing the picture"):
        return {"picture.png": usable(renderer).draw(photo, cutout, what, job.check)}


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Turns what may go wrong with a person's photo into a sentence for them."""
    try:
        yield
    except UploadError as error:
        raise JobError(str(error), "upload") from error
    except TbiError as error:
        raise JobError(str(error), type(error).__name__.removesuffix("Error").lower()) from error
    except RenderError as error:
        raise JobError(str(error), "render") from error
    except QuotaError as error:
        raise JobError(str(error), "disk") from error
    except MemoryError as error:
        raise JobError("The server's memory does not suffice for this photo; try a smaller.", "memory") from error


def encode_edges(edges: Image.Image) -> dict[str, bytes]:
    """Edge colours as a file, by name: WebP, whose alpha is exact, at a third of a PNG's bytes.

    `benchmarks/server.py` measures them; the colours are off by some 1.6 levels of 255 in the mean.
    """
    if max(edges.size) > WEBP_SIDE or edges.width * edges.height > WEBP_PIXELS:
        return {"edges.png": encode_png(edges)}
    file = io.BytesIO()
    edges.save(file, "WEBP", quality=90, method=0, icc_profile=edges.info.get("icc_profile"))
    return {"edges.webp": file.getvalue()}


def encode_jpeg(photo: Image.Image) -> bytes:
    """A JPEG that shows no difference to the photo.

    Raises:
        JobError: a side is too long for JPEG.
    """
    file = io.BytesIO()
    try:
        photo.save(file, "JPEG", quality=95, icc_profile=photo.info.get("icc_profile"))
    except OSError as error:
        raise JobError(f"The picture could not be written ({error}).", "image") from error
    return file.getvalue()


def loaded(job: Job, model: "Future[Cutter]") -> Cutter:
    """The model, waited for.

    Raises:
        JobError: it could not be loaded.
        CancelledJobError: nobody wants the job any more.
    """
    if not model.done():
        with job.stage("load", 0.1, "Loading the model"):
            while not wait_for([model], timeout=0.2).done:
                job.check()
    try:
        return model.result()
    except TbiError as error:
        raise JobError(str(error), "model") from error
    except Exception as error:
        raise JobError(f"The model could not be loaded ({type(error).__name__}).", "model") from error

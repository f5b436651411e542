"""Many photos: reading, the network and writing overlap, so that none waits for another."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Protocol, TypeVar

import numpy as np
from PIL import Image

from tbi_core.cutout import Cutout, as_image
from tbi_core.errors import TbiError
from tbi_core.image import Alpha, Pixels

Source = TypeVar("Source")
Result = TypeVar("Result")


class Model(Protocol):
    """What a loaded model does, whatever runs it.

    Attributes:
        batch: how many images it takes best in one go.
    """

    batch: int

    def alphas(self, images: list[Pixels]) -> list[Alpha]:
        """The alpha of each image, uint8 (H, W, 3), at its own size, float32 (H, W) in [0, 1]."""

    def cutouts(self, images: list[Pixels]) -> list[Cutout]:
        """Each image, uint8 (H, W, 3), on transparency, uint8 (H, W, 4)."""


def cut_out_all(
    model: Model,
    sources: Iterable[Source],
    read: Callable[[Source], Image.Image],
    write: Callable[[Source, Image.Image], Result],
    workers: int = 4,
) -> Iterator[tuple[Source, Result | Exception]]:
    """Cuts out many photos, one forward pass per batch.

    Args:
        model: does the work, in the calling thread.
        sources: what `read` takes; taken only as fast as it is worked off.
        read: gives an image, mode RGB; called in threads.
        write: takes the cutout, RGBA; called in threads.
        workers: threads for each of reading and writing.

    Yields:
        Each source, in order, with what `write` returned, or with the TbiError or OSError of `read` or `write`.

    Raises:
        ModelError: the model can't go on.
    """
    sources = iter(sources)
    reading: deque[tuple[Source, Future[Image.Image]]] = deque()
    writing: deque[tuple[Source, Future[Result] | Exception]] = deque()
    with ThreadPoolExecutor(workers) as readers, ThreadPoolExecutor(workers) as writers:
        try:
            while True:
                ahead = 2 * model.batch + workers - len(reading)
                reading.extend((source, readers.submit(read, source)) for source in islice(sources, max(0, ahead)))
                if not reading:
                    break
                batch: list[tuple[Source, Image.Image]] = []
                while reading and len(batch) < model.batch:
                    source, image = reading.popleft()
                    try:
                        batch.append((source, image.result()))
                    except (TbiError, OSError) as error:
                        batch = submit(model, batch, write, writers, writing)
                        writing.append((source, error))
                submit(model, batch, write, writers, writing)
                # What is written is handed on; the rest may wait while the network works, up to two batches.
                while writing and (len(writing) > 2 * model.batch or is_done(writing[0][1])):
                    yield outcome(*writing.popleft())  # type: ignore[arg-type]  # mypy takes Result for the union
            while writing:
                yield outcome(*writing.popleft())  # type: ignore[arg-type]
        finally:
            readers.shutdown(wait=False, cancel_futures=True)
            writers.shutdown(wait=False, cancel_futures=False)


def submit(
    model: Model,
    batch: list[tuple[Source, Image.Image]],
    write: Callable[[Source, Image.Image], Result],
    writers: ThreadPoolExecutor,
    writing: deque[tuple[Source, Future[Result] | Exception]],
) -> list[tuple[Source, Image.Image]]:
    """Runs the network on a batch, hands its cutouts to the writers, and returns the next batch, empty."""
    if batch:
        cutouts = model.cutouts([np.asarray(image) for _, image in batch])
        for (source, image), cutout in zip(batch, cutouts, strict=True):
            writing.append((source, writers.submit(write, source, as_image(cutout, image))))
    return []


def is_done(result: Future[Result] | Exception) -> bool:
    """Whether nothing has to be waited for."""
    return not isinstance(result, Future) or result.done()


def outcome(source: Source, result: "Future[Result] | Exception") -> "tuple[Source, Result | Exception]":
    """Waits for a write; what went wrong with one photo is told, not raised."""
    if isinstance(result, Exception):
        return source, result
    try:
        return source, result.result()
    except (TbiError, OSError) as error:
        return source, error

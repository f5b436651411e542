"""Many photos at once: order, overlap, bounds and what a broken one does."""

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from tbi_core import ImageError, ModelError, Segmenter
from tbi_core.cutout import Cutout
from tbi_core.image import Alpha, Pixels
from tbi_core.pipeline import cut_out_all


class Opaque:
    """A model for which everything is subject; it counts."""

    def __init__(self, batch: int) -> None:
        self.batch = batch
        self.batches: list[int] = []
        self.threads: set[int] = set()

    def alphas(self, images: list[Pixels]) -> list[Alpha]:
        return [np.ones(rgb.shape[:2], np.float32) for rgb in images]

    def cutouts(self, images: list[Pixels]) -> list[Cutout]:
        self.batches.append(len(images))
        self.threads.add(threading.get_ident())
        return [np.dstack((rgb, np.full(rgb.shape[:2], 255, np.uint8))) for rgb in images]


def picture(number: int) -> Image.Image:
    return Image.new("RGB", (1, 1), (number, 0, 0))


def red(source: int, cutout: Image.Image) -> int:
    return int(np.asarray(cutout)[0, 0, 0])


def test_results_come_in_order_in_full_batches() -> None:
    model = Opaque(4)
    got = list(cut_out_all(model, range(11), picture, red))
    assert got == [(number, number) for number in range(11)]
    assert model.batches == [4, 4, 3]
    assert model.threads == {threading.get_ident()}


def test_a_broken_photo_is_told_in_its_place_and_the_others_go_on() -> None:
    def read(number: int) -> Image.Image:
        if number % 3 == 1:
            raise ImageError(f"{number} is broken")
        return picture(number)

    def write(number: int, cutout: Image.Image) -> int:
        if number == 5:
            raise OSError("disk full")
        return red(number, cutout)

    got = list(cut_out_all(Opaque(2), range(8), read, write))
    assert [source for source, _ in got] == list(range(8))
    assert [str(result) for _, result in got] == [
        "0",
        "1 is broken",
        "2",
        "3",
        "4 is broken",
        "disk full",
        "6",
        "7 is broken",
    ]


def test_other_errors_are_raised() -> None:
    class Broken(Opaque):
        def cutouts(self, images: list[Pixels]) -> list[Cutout]:
            raise ModelError("out of memory")

    with pytest.raises(ModelError, match="out of memory"):
        list(cut_out_all(Broken(2), range(8), picture, red))


def test_sources_are_taken_only_as_fast_as_they_are_worked_off() -> None:
    taken = 0

    def sources() -> Iterator[int]:
        nonlocal taken
        for number in range(1000):
            taken += 1
            yield number

    results = cut_out_all(Opaque(2), sources(), picture, red)
    next(results)
    assert taken < 20
    results.close()  # type: ignore[attr-defined]  # a generator


def test_reading_and_writing_overlap_the_network() -> None:
    """Each step takes 30 ms: one after the other, 12 photos would take 12 · 90 ms."""

    class Slow(Opaque):
        def cutouts(self, images: list[Pixels]) -> list[Cutout]:
            time.sleep(0.03 * len(images))
            return super().cutouts(images)

    def read(number: int) -> Image.Image:
        time.sleep(0.03)
        return picture(number)

    def write(number: int, cutout: Image.Image) -> int:
        time.sleep(0.03)
        return number

    start = time.perf_counter()
    assert len(list(cut_out_all(Slow(1), range(12), read, write))) == 12
    assert time.perf_counter() - start < 12 * 0.09 * 0.7


def test_a_batch_raises_for_a_broken_image() -> None:
    with pytest.raises(ImageError):
        Segmenter.load("builtin").segment_batch([b"no image"])

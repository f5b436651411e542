"""The rule that makes one alpha of both networks, on drawn scenes."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tbi_core.fusion import fuse

Alpha = NDArray[np.float32]
SIZE = (160, 200)


def blob(y: int, x: int, radius: int, value: float = 1.0) -> Alpha:
    ys, xs = np.mgrid[: SIZE[0], : SIZE[1]]
    return np.where((ys - y) ** 2 + (xs - x) ** 2 <= radius**2, value, 0).astype(np.float32)


def never(salience: Alpha) -> Alpha:
    raise AssertionError("No second look is needed here.")


def test_where_both_agree_the_matte_is_taken() -> None:
    matte = blob(80, 100, 40)
    matte[80, 60] = 0.5  # a hair
    assert np.abs(fuse(blob(80, 100, 39), matte, never) - matte).max() < 0.01


def test_an_island_without_salience_goes() -> None:
    matte = blob(80, 60, 35)
    matte[40, 150:180] = 1  # too thin to be a dispute
    fused = fuse(blob(80, 60, 35), matte, never)
    assert fused[40, 165] == 0
    assert fused[80, 60] == 1


def test_a_thick_region_that_salience_is_sure_of_is_added() -> None:
    # 0.9 is sure of a region, and not enough for the rule about what lies deep inside.
    fused = fuse(np.maximum(blob(50, 100, 30), blob(110, 100, 35, 0.9)), blob(50, 100, 30), never)
    assert fused[115, 100] == pytest.approx(0.9, abs=0.01)


def test_a_thick_region_that_salience_is_unsure_of_stays_with_the_matte() -> None:
    salience = np.maximum(blob(50, 100, 30), blob(110, 100, 35, 0.6))
    assert fuse(salience, blob(50, 100, 30), never)[115, 100] == 0


def test_a_region_that_salience_is_sure_is_background_goes_even_when_it_touches() -> None:
    matte = np.maximum(blob(60, 60, 30), blob(60, 130, 50))
    assert fuse(blob(60, 60, 30), matte, never)[60, 150] < 0.01


def test_a_hole_in_the_matte_deep_inside_is_filled() -> None:
    matte = blob(80, 100, 60)
    matte[80, 90:110] = 0
    assert fuse(blob(80, 100, 60), matte, never)[80, 100] > 0.99


def test_no_salience_is_no_subject_whatever_the_matte_says() -> None:
    assert not fuse(blob(80, 100, 60, 0.4), blob(80, 100, 60), never).any()


def test_a_find_of_salience_alone_counts_once_a_second_look_confirms_it() -> None:
    find = blob(80, 100, 12)
    assert np.array_equal(fuse(find, blob(0, 0, 0), lambda _: find), find)


@pytest.mark.parametrize(
    "again",
    [blob(80, 100, 12, 0.8), blob(80, 100, 40), blob(20, 20, 12), blob(0, 0, 0, 0.2)],
    ids=["unsure", "of another size", "elsewhere", "nothing"],
)
def test_a_find_that_a_second_look_does_not_confirm_is_no_subject(again: Alpha) -> None:
    assert not fuse(blob(80, 100, 12), np.zeros(SIZE, np.float32), lambda _: again).any()


def test_salience_of_another_size_is_brought_to_the_matte() -> None:
    assert fuse(blob(80, 100, 40)[::2, ::2], blob(80, 100, 40), never).shape == SIZE

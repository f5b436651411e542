"""The subject's own colours in the soft edge, on mixtures whose subject is known, and beside pymatting."""

import importlib.util
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from tbi_core import edges, read_image
from tbi_core.edges import clean_edges, clean_edges_torch
from tbi_core.image import Alpha, Pixels, resize

Mixture = tuple[Pixels, Alpha, Pixels]
"""The photo, its alpha, and the subject's colours."""

Estimate = Callable[[Pixels, Alpha], Pixels]


def hairy_ellipse(shape: tuple[int, ...], softness: float) -> Alpha:
    """A soft ellipse with hairs of one to two pixels, in 256 levels as a matte file has."""
    height, width = shape
    rng = np.random.default_rng(0)
    body, hair = np.zeros((2, height, width), np.float32)
    middle, radii = np.array([width / 2, height * 0.55]), np.array([width * 0.28, height * 0.33])
    cv2.ellipse(body, (middle.tolist(), (2 * radii).tolist(), 0), 1.0, -1)
    for turn in rng.uniform(0, 2 * np.pi, 200):
        bends = turn + rng.normal(0, 0.4) + rng.normal(0, 0.12, 24).cumsum()
        steps = 0.006 * min(height, width) * np.stack((np.cos(bends), np.sin(bends)), 1)
        line = middle + 0.95 * radii * (np.cos(turn), np.sin(turn)) + steps.cumsum(0)
        one = np.zeros_like(hair)
        cv2.polylines(one, [(line * 16).astype(np.int32)], False, rng.uniform(0.3, 1), 1, cv2.LINE_AA, 4)
        hair = np.maximum(hair, one)
    alpha = np.maximum(cv2.GaussianBlur(body, (0, 0), softness), cv2.GaussianBlur(hair, (0, 0), 0.7))
    return ((alpha * 255).clip(0, 255).round() / 255).astype(np.float32)


def mix(subject: Pixels, background: Pixels, alpha: Alpha) -> Mixture:
    a = alpha[..., None]
    photo = a * subject + (1 - a) * resize(background, alpha.shape)
    return photo.round().astype(np.uint8), alpha, subject


@pytest.fixture(scope="module", params=["chelsea over coffee", "astronaut over chelsea", "coffee over rocket"])
def mixture(request: pytest.FixtureRequest, astronaut: Path) -> Mixture:
    names = {path.stem: path for path in astronaut.parent.iterdir()}
    subject, background = (np.asarray(read_image(names[name])) for name in request.param.split(" over "))
    return mix(subject, background, hairy_ellipse(subject.shape[:2], softness=3))


def on_torch(rgb: Pixels, alpha: Alpha) -> Pixels:
    cleaned: Pixels = clean_edges_torch(torch.from_numpy(rgb), torch.from_numpy(alpha)).numpy()
    return cleaned


ESTIMATES = pytest.mark.parametrize("estimate", [clean_edges, on_torch])


@pytest.fixture(scope="module")
def pymatting_ml() -> Estimate:
    """The paper's own code, without the rest of pymatting: compiling that takes numba a minute, this 8 s, once."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("pymatting", "pymatting.foreground"):
            spec = importlib.util.find_spec(name)
            assert spec is not None
            patch.setitem(sys.modules, name, importlib.util.module_from_spec(spec))
        ml = importlib.import_module("pymatting.foreground.estimate_foreground_ml")
    return lambda rgb, alpha: (
        (ml.estimate_foreground_ml(rgb / np.float32(255), alpha) * 255).round().astype(np.uint8)
    )


def flat(shape: tuple[int, ...], *colour: int) -> Pixels:
    return np.full((*shape, 3), colour, np.uint8)


def noise(height: int, width: int) -> Pixels:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def soft(alpha: Alpha) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return (alpha > 0) & (alpha < 1)


def error(found: Pixels, wanted: Pixels, alpha: Alpha) -> float:
    """Mean absolute error in [0, 255] where 0.02 < alpha < 0.98."""
    difference = np.abs(found.astype(np.int16) - wanted)
    return float(difference[(alpha > 0.02) & (alpha < 0.98)].mean())


def test_the_subject_is_found_as_well_as_by_pymatting(mixture: Mixture, pymatting_ml: Estimate) -> None:
    # Measured, of 255, photo / pymatting 1.1.14 / ours: 41.3 / 16.4 / 14.3, 51.2 / 32.4 / 28.1, 57.3 / 19.1 / 14.6.
    photo, alpha, subject = mixture
    ours, theirs = (error(estimate(photo, alpha), subject, alpha) for estimate in (clean_edges, pymatting_ml))
    assert ours <= theirs
    assert ours < 0.6 * error(photo, subject, alpha)


def test_both_implementations_agree(mixture: Mixture) -> None:
    # Measured: mean 0.15 to 0.16, at most 4, from rounding to 8 bits between the levels.
    photo, alpha, _ = mixture
    difference = np.abs(clean_edges(photo, alpha).astype(np.int16) - on_torch(photo, alpha))[soft(alpha)]
    assert difference.mean() < 0.25
    assert difference.max() <= 8


@ESTIMATES
def test_a_red_disc_on_green_keeps_no_green(estimate: Estimate) -> None:
    alpha = hairy_ellipse((120, 160), softness=4)
    photo, _, red = mix(flat(alpha.shape, 200, 30, 20), flat(alpha.shape, 20, 180, 40), alpha)
    found = estimate(photo, alpha).astype(np.int16)
    assert np.abs(found - red)[alpha > 0].max() <= 2  # the photo itself is rounded


@ESTIMATES
def test_what_is_not_soft_is_untouched(mixture: Mixture, estimate: Estimate) -> None:
    photo, alpha, _ = mixture
    before = photo.copy()
    cleaned = estimate(photo, alpha)
    assert np.array_equal(cleaned[~soft(alpha)], before[~soft(alpha)])
    assert np.array_equal(photo, before)
    assert cleaned.dtype == np.uint8
    assert cleaned.flags.writeable


@ESTIMATES
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_without_a_soft_edge_all_stays(estimate: Estimate, value: float) -> None:
    photo = noise(30, 40)
    assert np.array_equal(estimate(photo, np.full((30, 40), value, np.float32)), photo)


@ESTIMATES
def test_where_nothing_tells_subject_from_background_the_photo_stays(estimate: Estimate) -> None:
    # F = B = I explains it, and the levels agree on that.
    photo = np.asarray(noise(30, 40))
    cleaned = estimate(photo, np.full((30, 40), 0.5, np.float32)).astype(np.int16)
    assert np.abs(cleaned - photo).max() <= 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 2), (1, 9), (9, 1), (3, 5), (1, 300), (300, 2), (17, 33)])
def test_any_shape_will_do(shape: tuple[int, int]) -> None:
    photo, alpha = noise(*shape), np.random.default_rng(1).random(shape).astype(np.float32)
    cleaned = clean_edges(photo, alpha)
    assert cleaned.shape == photo.shape
    assert np.abs(cleaned.astype(np.int16) - on_torch(photo, alpha)).max() <= 2


def test_views_and_read_only_arrays_will_do(mixture: Mixture) -> None:
    photo, alpha, _ = mixture
    view, turned = photo[:, ::-1], alpha[:, ::-1]
    view.flags.writeable = False
    assert np.array_equal(clean_edges(view, turned), clean_edges(view.copy(), turned.copy()))


def test_strips_give_what_the_whole_gives(mixture: Mixture, monkeypatch: pytest.MonkeyPatch) -> None:
    photo, alpha, _ = mixture
    whole = clean_edges(photo, alpha)
    monkeypatch.setattr(edges, "STRIP", 3 * photo.shape[1])
    assert np.array_equal(clean_edges(photo, alpha), whole)


def test_memory_stays_small_when_all_is_soft(monkeypatch: pytest.MonkeyPatch) -> None:
    # Measured: 10.6 bytes a pixel with strips, 94 without; the result itself is 3.
    photo, alpha = noise(700, 700), np.full((700, 700), 0.5, np.float32)
    monkeypatch.setattr(edges, "STRIP", 1 << 13)
    tracemalloc.start()
    clean_edges(photo, alpha)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 15 * alpha.size


def test_the_same_input_gives_the_same_output(mixture: Mixture) -> None:
    photo, alpha, _ = mixture
    assert np.array_equal(clean_edges(photo, alpha), clean_edges(photo, alpha))

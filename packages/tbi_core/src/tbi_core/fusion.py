"""One alpha out of two: U²-Net-p says what the subject is, MODNet says where it ends.

1. The alpha is MODNet's, less the islands in which U²-Net-p sees no subject at all.
2. Where the two dispute a thick region, U²-Net-p has the last word if it is sure of that region.
3. Where MODNet sees next to nothing of U²-Net-p's find, a second, closer look must confirm it; else: no subject.

Every constant below was chosen once for all photos; a photo's own scores are never stretched.
"""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tbi_core.image import Alpha, resize

SURE_SUBJECT = 0.8
"""Mean salience over a region from which on U²-Net-p is sure that it is subject."""

SURE_BACKGROUND = 0.01
"""Mean salience over a region up to which U²-Net-p is sure that it is none."""

THICK = 0.015
"""Radius of the disc that fits into a thick region, as a share of the short side; the rest is a matter of edges."""

DEEP = 0.95
"""Salience that, all around a pixel, leaves no doubt of that pixel."""

SEEN = 0.1
"""MODNet "sees" a find if it covers this share of it."""

SURE_ALONE = 0.9
"""Mean salience that a second look needs to count alone."""

Mask = NDArray[Any]


def fuse(salience: Alpha, matte: Alpha, look_again: Callable[[Alpha], Alpha]) -> Alpha:
    """Combines what the two networks say of one view.

    Args:
        salience: U²-Net-p's output, float32 in [0, 1], any size.
        matte: MODNet's output, float32 (h, w) in [0, 1].
        look_again: U²-Net-p's second look at a salience of (h, w).

    Returns:
        float32 (h, w) in [0, 1]; all zero where there is no subject.
    """
    salience = resize(salience, matte.shape)
    found = salience > 0.5
    if not found.any():
        return np.zeros_like(matte)
    if np.count_nonzero(found & (matte > 0.5)) < SEEN * np.count_nonzero(found):
        return confirmed(found, look_again(salience))
    radius = max(1, round(THICK * min(matte.shape)))
    alpha = without_islands(matte, found)
    alpha = settle_disputes(alpha, matte, salience, radius)
    deep = cv2.erode((salience > DEEP).astype(np.uint8), disc(2 * radius)).astype(np.float32)
    fused: Alpha = np.maximum(alpha, cv2.GaussianBlur(deep, (0, 0), radius / 3))
    return fused.clip(0, 1)


def confirmed(found: Mask, again: Alpha) -> Alpha:
    """The second look, where it is sure and agrees with the first; else nothing."""
    kept = again > 0.5
    agree = np.count_nonzero(kept & found) >= 0.5 * np.count_nonzero(kept | found)
    if agree and kept.any() and float(again[kept].mean()) >= SURE_ALONE:
        return again
    return np.zeros_like(again)


def without_islands(matte: Alpha, found: Mask) -> Alpha:
    """MODNet's alpha, less each connected part that holds no salient pixel."""
    count, islands = cv2.connectedComponents((matte > 0.1).astype(np.uint8))
    keep = np.bincount(islands[found], minlength=count) > 0
    keep[0] = False  # label 0 is what lies between the islands
    return matte * cv2.dilate(keep[islands].astype(np.uint8), disc(3))


def settle_disputes(alpha: Alpha, matte: Alpha, salience: Alpha, radius: int) -> Alpha:
    """Takes U²-Net-p's side over each thick region that only one of the two calls subject, if it is sure."""
    taken = np.zeros(matte.shape, np.float32)
    found, seen = salience > 0.5, matte > 0.5
    for disputed in (found & ~seen, seen & ~found):
        count, regions = cv2.connectedComponents(thick_parts(disputed, radius))
        pixels = np.maximum(np.bincount(regions.ravel(), minlength=count), 1)
        mean = np.bincount(regions.ravel(), salience.ravel(), count) / pixels
        sure = (mean > SURE_SUBJECT) | (mean < SURE_BACKGROUND)
        sure[0] = False  # label 0 is what is not disputed
        taken = np.maximum(taken, sure[regions].astype(np.float32))
    # Back over what thinning took away, and with a soft seam.
    taken = cv2.GaussianBlur(cv2.dilate(taken, disc(2 * radius)), (0, 0), radius / 3).astype(np.float32)
    return alpha + (salience - alpha) * taken


def thick_parts(mask: Mask, radius: int) -> Mask:
    """The parts of a mask in which the disc fits; at the picture's border the mask is taken to go on."""
    rim = 2 * radius
    padded = cv2.copyMakeBorder(mask.astype(np.uint8), rim, rim, rim, rim, cv2.BORDER_REPLICATE)
    return cv2.morphologyEx(padded, cv2.MORPH_OPEN, disc(radius))[rim:-rim, rim:-rim]


def disc(radius: int) -> Mask:
    """A disc for morphology."""
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))

"""Give the soft edge the subject's own colours: what the background lends to a half-covered pixel goes.

In a photo a pixel with 0 < alpha < 1 is a mixture, I = alpha · F + (1 - alpha) · B. The subject's colour F and
the background's B are found by multilevel estimation (Germer, Uelwer, Conrad and Harmeling, "Fast Multi-Level
Foreground Estimation", ICPR 2020): on each level of a pyramid, from one pixel up, both are drawn to their
neighbours' colours, the more so where the alpha changes, and made to explain the photo. What is ours:

- Only pixels in and next to the soft edge are unknowns, in packed arrays: most of a picture is neither.
- Jacobi's sweeps instead of Gauss and Seidel's, as those suit arrays, and many on the small levels, where they
  are cheap. The full level needs none: what comes up from the half-size one is made to explain the photo.
- A level is every second pixel of the one above: it obeys the same equation, and needs no copy.

The paper's own code, pymatting, runs on numba: over a second to load, a minute the first time.
"""

from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from tbi_core.image import Alpha, Pixels

if TYPE_CHECKING:
    from torch import Tensor

SWEEPS = (4, 12)
"""Sweeps on the half-size level, and on each smaller one."""

REGULARIZATION = 1e-5
"""What draws a pixel to its neighbours where the alpha is constant; the paper's epsilon."""

STRIP = 1 << 19
"""Pixels that are worked on at once: what is needed beside the picture stays small, whatever the alpha."""

MEAN_SIDE = 256
"""The mean colours are taken from every n-th pixel, so that about so many make a side."""

Colours = NDArray[np.uint8]
"""uint8 (h, w, 6): F and B on a level; zero where they are not asked for."""

Mask = NDArray[np.bool_]
Indices = NDArray[np.int64]
Floats = NDArray[np.float32]


def clean_edges(rgb: Pixels, alpha: Alpha) -> Pixels:
    """The subject's colours.

    Args:
        rgb: uint8 (H, W, 3).
        alpha: float32 (H, W) in [0, 1].

    Returns:
        uint8 (H, W, 3), a new array: the photo's own colours where alpha is 0 or 1, F where it lies between.
    """
    rgb, alpha = np.ascontiguousarray(rgb), np.ascontiguousarray(alpha)  # or each look-up would copy all
    cleaned = rgb.copy()
    masks: list[Mask] = [(alpha > 0) & (alpha < 1)]
    if not masks[0].any():
        return cleaned
    while max(masks[-1].shape) > 1:
        masks.append(unknowns_below(masks[-1]))
    colours = mean_colours(rgb, alpha)
    for level in range(len(masks) - 1, 0, -1):
        colours = solve_level(rgb, alpha, masks[level], level, colours)
    for top, bottom in strips(masks[0]):
        at = places(masks[0], top, bottom)
        a = alpha.ravel()[at]
        state = brought_up(colours, at, alpha.shape[1])
        explain(state, photo_at(rgb, at), a, a * a + (1 - a) ** 2)
        cleaned.reshape(-1, 3)[at] = rounded(state[:3])
    return cleaned


def unknowns_below(mask: Mask) -> Mask:
    """The unknowns of the next smaller level: what `brought_up` will read for this one, and a rim around it.

    The rim holds the pure colours on both sides of the edge.
    """
    return cv2.dilate(mask.view(np.uint8), np.ones((5, 5), np.uint8))[::2, ::2].astype(np.bool_)


def strips(mask: Mask) -> list[tuple[int, int]]:
    """First row and end of each strip of a level."""
    height, width = mask.shape
    rows = max(1, STRIP // width)
    return [(top, min(top + rows, height)) for top in range(0, height, rows)]


def places(mask: Mask, top: int, bottom: int) -> Indices:
    """Flat indices of a mask's pixels from row `top` to before row `bottom`, ascending: (n,)."""
    at: Indices = np.flatnonzero(mask[top:bottom]) + top * mask.shape[1]
    return at


def mean_colours(rgb: Pixels, alpha: Alpha) -> Colours:
    """Mean colours of subject and background: where the smallest level starts from, (1, 1, 6)."""
    step = -(-max(alpha.shape) // MEAN_SIDE)
    sample = rgb[::step, ::step].reshape(-1, 3).astype(np.float64)
    # The small term stands in where the sample holds nothing of the one or the other.
    subject = alpha[::step, ::step].reshape(-1).astype(np.float64) + 1e-6
    background = 1 + 2e-6 - subject
    means = [weight @ sample / weight.sum() for weight in (subject, background)]
    return np.concatenate(means).round().astype(np.uint8).reshape(1, 1, 6)


def solve_level(rgb: Pixels, alpha: Alpha, mask: Mask, level: int, below: Colours) -> Colours:
    """F and B on a level.

    Args:
        rgb: uint8 (H, W, 3), the full picture.
        alpha: float32 (H, W).
        mask: bool (h, w), the level's unknowns.
        level: its pixels are every 2^level-th of the picture.
        below: F and B on the next smaller level.

    Returns:
        uint8 (h, w, 6).
    """
    height, width = mask.shape
    sweeps = SWEEPS[level > 1]
    colours = np.zeros((height, width, 6), np.uint8)
    for top, bottom in strips(mask):
        # A sweep reaches one row far: with that many rows more, a strip's result is the whole level's.
        at = places(mask, max(0, top - sweeps), min(height, bottom + sweeps))
        if not len(at):
            continue
        y, x = np.divmod(at, width)
        source = (y * alpha.shape[1] + x) << level
        state = brought_up(below, at, width)
        state = swept(state, photo_at(rgb, source), alpha.ravel()[source], neighbours(at, width), sweeps)
        inside = slice(*np.searchsorted(at, (top * width, bottom * width)))
        colours.reshape(-1, 6)[at[inside]] = rounded(state[:, inside])
    return colours


def brought_up(below: Colours, at: Indices, width: int) -> Floats:
    """A smaller level's colours at pixels of this one, whose width is `width`: float32 (6, n).

    Every second pixel in a row or column is one of the smaller level's; the others lie halfway between two:

        this level      0   1   2   3   4
        the smaller     0       1       2
    """
    height_below, width_below = below.shape[:2]
    y, x = np.divmod(at, width)
    total = np.zeros((len(at), 6), np.uint16)
    for row in (y // 2, np.minimum((y + 1) // 2, height_below - 1)):
        for column in (x // 2, np.minimum((x + 1) // 2, width_below - 1)):
            total += below.reshape(-1, 6).take(row * width_below + column, 0)
    return total.T.astype(np.float32, order="C") * np.float32(0.25)


def photo_at(rgb: Pixels, at: Indices) -> Floats:
    """The photo's colours at flat indices: float32 (3, n)."""
    return rgb.reshape(-1, 3).take(at, 0).T.astype(np.float32, order="C")


def rounded(state: Floats) -> NDArray[np.uint8]:
    """Colours (c, n) in [0, 255] as uint8 (n, c)."""
    return (state.T + np.float32(0.5)).astype(np.uint8)


def neighbours(at: Indices, width: int) -> list[Indices]:
    """Where in `at` the pixel to the left, right, up and down stands; the pixel itself where there is none."""
    own = np.arange(len(at))
    # A row of "nothing there" on either end, for the first and the last pixel to ask for.
    place = np.full(at[-1] - at[0] + 2 * width + 1, -1, np.int64)
    shifted = at - at[0] + width
    place[shifted] = own
    column = at % width
    found = []
    for step, inside in ((-1, column > 0), (1, column < width - 1), (-width, True), (width, True)):
        index = place.take(shifted + step)
        found.append(np.where(inside & (index >= 0), index, own))
    return found


def swept(state: Floats, photo: Floats, a: Floats, links: list[Indices], sweeps: int) -> Floats:
    """Jacobi sweeps: in each, every unknown takes its neighbours' mean and then explains the photo.

    Args:
        state: float32 (6, n), F and B of n unknowns; overwritten.
        photo: float32 (3, n).
        a: float32 (n,), alpha.
        links: see `neighbours`.
        sweeps: how many.

    Returns:
        float32 (6, n).
    """
    pulls = [np.abs(a - a[index]) + np.float32(REGULARIZATION) for index in links]
    pull = pulls[0] + pulls[1] + pulls[2] + pulls[3]
    shares = [each / pull for each in pulls]
    norm = a * a + (1 - a) ** 2 + pull
    mean, term = np.empty_like(state), np.empty_like(a)
    for _ in range(sweeps):
        for channel, total in zip(state, mean, strict=True):
            total[:] = 0
            for index, share in zip(links, shares, strict=True):
                channel.take(index, out=term, mode="clip")  # "raise" would copy
                term *= share
                total += term
        explain(mean, photo, a, norm)
        state, mean = mean, state
    return state


def explain(state: Floats, photo: Floats, a: Floats, norm: Floats) -> None:
    """Moves F and B, in place, towards what mixes to the photo's colour.

    For a pixel whose neighbours pull with a total of d towards their means f and b, the paper's 2×2 system has the
    solution F = f + alpha · k, B = b + (1 - alpha) · k,
    where k = (I - alpha · f - (1 - alpha) · b) / (alpha² + (1 - alpha)² + d).

    Args:
        state: float32 (6, n), f and b in, F and B out, in [0, 255].
        photo: float32 (3, n), I.
        a: float32 (n,), alpha.
        norm: float32 (n,), alpha² + (1 - alpha)² + d.
    """
    to_subject, to_background = a / norm, (1 - a) / norm
    for subject, background, colour in zip(state[:3], state[3:], photo, strict=True):
        unexplained = colour - background - a * (subject - background)
        subject += to_subject * unexplained
        background += to_background * unexplained
    np.clip(state, 0, 255, out=state)


def clean_edges_torch(rgb: "Tensor", alpha: "Tensor") -> "Tensor":
    """`clean_edges` for a picture on a GPU: the same levels and sweeps, each over the whole of a level.

    That is 50 times the work, and nothing for a GPU; on a CPU it takes seconds, so take `clean_edges` there.

    Args:
        rgb: uint8 (H, W, 3).
        alpha: float32 (H, W) in [0, 1], on the same device.

    Returns:
        uint8 (H, W, 3), on that device; it differs from `clean_edges` by rounding between levels and by what
        lies beyond the unknowns' rim.
    """
    import torch

    cleaned = rgb.clone()
    at = ((alpha > 0) & (alpha < 1)).nonzero(as_tuple=True)
    if not len(at[0]):
        return cleaned
    step = -(-max(alpha.shape) // MEAN_SIDE)
    share = alpha[::step, ::step, None] + 1e-6
    weights = torch.stack((share, 1 + 2e-6 - share))
    colours = ((weights * rgb[::step, ::step]).sum((1, 2)) / weights.sum((1, 2))).view(2, 3, 1, 1)
    for level in range((max(alpha.shape) - 1).bit_length(), 0, -1):
        photo = rgb[:: 1 << level, :: 1 << level].permute(2, 0, 1).float()
        a = alpha[:: 1 << level, :: 1 << level]
        y, x = (torch.arange(side, device=rgb.device) for side in a.shape)
        colours = between(colours, y[:, None], x)
        colours = swept_torch(colours, photo, a, SWEEPS[level > 1])
    a = alpha[at]
    subject, _ = explained(between(colours, *at), rgb[at].T, a, torch.stack((a, 1 - a)) / (a**2 + (1 - a) ** 2))
    cleaned[at] = subject.T.round().to(torch.uint8)
    return cleaned


def between(below: "Tensor", y: "Tensor", x: "Tensor") -> "Tensor":
    """`brought_up` for (2, 3, h, w), at rows `y` and columns `x`."""
    height, width = below.shape[2:]
    rows = (y // 2, ((y + 1) // 2).clamp(max=height - 1))
    columns = (x // 2, ((x + 1) // 2).clamp(max=width - 1))
    return sum(below[:, :, row, column] for row in rows for column in columns) / 4  # type: ignore[return-value]


def swept_torch(colours: "Tensor", photo: "Tensor", a: "Tensor", sweeps: int) -> "Tensor":
    """`swept` for F and B (2, 3, h, w), photo (3, h, w) and alpha (h, w)."""
    import torch
    from torch.nn.functional import pad

    def around(values: "Tensor") -> list["Tensor"]:
        wide = pad(values, (1, 1, 1, 1), "replicate")
        return [wide[..., 1:-1, :-2], wide[..., 1:-1, 2:], wide[..., :-2, 1:-1], wide[..., 2:, 1:-1]]

    pulls = [(a - other[0]).abs() + REGULARIZATION for other in around(a[None])]
    pull = pulls[0] + pulls[1] + pulls[2] + pulls[3]
    shares = [each / pull for each in pulls]
    move = torch.stack((a, 1 - a)) / (a**2 + (1 - a) ** 2 + pull)
    for _ in range(sweeps):
        left, right, up, down = around(colours)
        mean = (left * shares[0]).addcmul_(right, shares[1]).addcmul_(up, shares[2]).addcmul_(down, shares[3])
        colours = explained(mean, photo, a, move)
    return colours


def explained(mean: "Tensor", photo: "Tensor", a: "Tensor", move: "Tensor") -> "Tensor":
    """`explain` for F and B (2, 3, ...), overwritten; photo (3, ...), alpha (...), (a, 1 - a) / norm (2, ...)."""
    import torch

    unexplained = photo - torch.lerp(mean[1], mean[0], a)
    return mean.addcmul_(unexplained, move[:, None]).clamp_(0, 255)

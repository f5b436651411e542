"""Small files that would take a decoder minutes are refused at once, and ordinary ones are not."""

import io
import time

import numpy as np
import pytest
from PIL import Image

from tbi_core import ImageError, read_image
from tbi_core.bombs import MAX_SCANS


def progressive(size: tuple[int, int] = (64, 48)) -> bytes:
    file = io.BytesIO()
    noise = np.random.default_rng(3).integers(0, 255, (size[1], size[0], 3), np.uint8)
    Image.fromarray(noise).save(file, "JPEG", progressive=True)
    return file.getvalue()


def test_a_progressive_photo_is_read() -> None:
    assert read_image(progressive()).size == (64, 48)
    assert 2 < progressive().count(b"\xff\xda") < 20


def test_a_jpeg_of_thousands_of_scans_is_refused_at_once() -> None:
    plain = progressive((4000, 4000))
    last = plain.rindex(b"\xff\xda")
    scan = plain[last : last + 14]
    bomb = plain[:-2] + scan * 5000 + b"\xff\xd9"
    begin = time.perf_counter()
    with pytest.raises(ImageError, match=f"more than {MAX_SCANS} scans"):
        read_image(bomb)
    assert time.perf_counter() - begin < 1


def gif(comments: int) -> bytes:
    file = io.BytesIO()
    Image.new("P", (8, 8), 3).save(file, "GIF")
    plain = file.getvalue()
    at = plain.index(b",")
    extensions = plain.index(b"!") if b"!" in plain[:at] else at
    return plain[:extensions] + b"!\xfe\x01a\0" * comments + plain[extensions:]


def test_a_gif_with_a_comment_is_read() -> None:
    assert read_image(gif(3)).size == (8, 8)


def test_a_gif_of_nothing_but_comments_is_refused_at_once() -> None:
    begin = time.perf_counter()
    with pytest.raises(ImageError, match="kB of comments"):
        read_image(gif(2_000_000))
    assert time.perf_counter() - begin < 2


@pytest.mark.parametrize("cut", [1, 5, 6, 8, 13, 14, 20])
def test_a_file_that_ends_early_is_only_damaged(cut: int) -> None:
    for whole in (progressive(), gif(1)):
        with pytest.raises(ImageError):
            read_image(whole[:cut])

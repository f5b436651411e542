"""PNG files that any reader takes: lossless, whole, with their colour profile, and quick to make."""

import io
import statistics
import struct
import time
import zlib
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from tbi_core import ImageError
from tbi_core.png import COLOUR_TYPES, STRIP_BYTES, encode_png

MODES = ["RGBA", "RGB", "L"]
# The last fills a strip and a part of the next.
SIZES = [(1, 1), (1, 5000), (5000, 1), (33, 7), (1001, 2 * STRIP_BYTES // 1001)]


def noise(mode: str, size: tuple[int, int]) -> Image.Image:
    """Every value in every channel, without any pattern."""
    shape = (size[1], size[0], len(mode)) if len(mode) > 1 else (size[1], size[0])
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, shape, np.uint8))


@pytest.fixture(scope="module")
def cutout() -> Image.Image:
    """2448 × 1632, a grainy disc with a soft edge on transparency: a third is subject."""
    y, x = np.mgrid[:1632, :2448].astype(np.float32)
    alpha = np.clip((640 - np.hypot(y - 816, x - 1224)) / 6 + 0.5, 0, 1)
    shades = np.stack((x / 20 + 60, y / 16 + 90, 100 + 60 * np.sin(x / 90) * np.cos(y / 70)), axis=2)
    shades += np.random.default_rng(1).normal(0, 3, shades.shape)
    rgba = np.dstack((np.clip(shades, 0, 255), alpha * 255)).astype(np.uint8)
    rgba[rgba[..., 3] == 0] = 0
    return Image.fromarray(rgba)


def with_pillow(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def decoded(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
        image.load()
        return image


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and data of each chunk, its checksum tested."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    position = 8
    while position < len(data):
        length, name = struct.unpack_from(">I4s", data, position)
        body = data[position + 8 : position + 8 + length]
        assert struct.unpack_from(">I", data, position + 8 + length) == (zlib.crc32(name + body),), name
        yield name, body
        position += 12 + length


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", SIZES)
def test_what_is_read_back_is_what_was_written(mode: str, size: tuple[int, int]) -> None:
    image = noise(mode, size)
    again = decoded(encode_png(image))
    assert (again.mode, again.size) == (mode, size)
    assert again.tobytes() == image.tobytes()


def test_another_decoder_reads_the_same_pixels(cutout: Image.Image) -> None:
    bgra = cv2.imdecode(np.frombuffer(encode_png(cutout), np.uint8), cv2.IMREAD_UNCHANGED)
    assert bgra is not None
    assert np.array_equal(cv2.cvtColor(bgra, cv2.COLOR_BGRA2RGBA), np.asarray(cutout))


@pytest.mark.parametrize("mode", MODES)
def test_every_chunk_and_the_whole_stream_have_right_checksums(mode: str) -> None:
    image = noise(mode, (1001, 1200))
    data = encode_png(image)
    parts = list(chunks(data))
    names = [name for name, _ in parts]
    assert (names[0], names[-1]) == (b"IHDR", b"IEND")
    assert names.count(b"IDAT") > 3
    stream = zlib.decompressobj()
    filtered = stream.decompress(b"".join(body for name, body in parts if name == b"IDAT"))  # tests Adler-32
    assert stream.eof
    assert stream.unused_data == b""
    assert len(filtered) == 1200 * (1001 * len(mode) + 1)
    with Image.open(io.BytesIO(data)) as opened:
        opened.verify()


@pytest.mark.parametrize("mode", MODES)
def test_the_colour_profile_is_kept_byte_for_byte(mode: str) -> None:
    image = noise(mode, (33, 7))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image.info = {"icc_profile": profile}
    data = encode_png(image)
    assert decoded(data).info["icc_profile"] == profile
    names = [name for name, _ in chunks(data)]
    assert names.index(b"iCCP") < names.index(b"IDAT")


def test_without_a_profile_there_is_no_chunk_for_one() -> None:
    assert [name for name, _ in chunks(encode_png(noise("RGB", (33, 7))))][:2] == [b"IHDR", b"IDAT"]


def test_the_same_image_gives_the_same_bytes_on_any_number_of_cores(
    cutout: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = encode_png(cutout)
    assert encode_png(cutout) == data
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert encode_png(cutout) == data


def test_an_image_that_is_still_in_its_file_is_encoded(cutout: Image.Image) -> None:
    with Image.open(io.BytesIO(with_pillow(cutout))) as lazy:
        assert encode_png(lazy) == encode_png(cutout)


@pytest.mark.parametrize("mode", ["P", "1", "LA", "CMYK", "I;16", "F"])
def test_another_mode_is_refused_in_one_sentence(mode: str) -> None:
    assert mode not in COLOUR_TYPES
    with pytest.raises(ImageError, match=rf"^Got an image of mode '{mode}' .*; wanted L, RGB or RGBA .*\.$"):
        encode_png(Image.new(mode, (4, 4)))


def test_an_image_without_pixels_is_refused() -> None:
    with pytest.raises(ImageError, match=r"size 0 × 5; wanted .* at least one pixel"):
        encode_png(Image.new("RGB", (0, 5)))


def seconds(encode: Callable[[Image.Image], bytes], image: Image.Image) -> float:
    start = time.perf_counter()
    encode(image)
    return time.perf_counter() - start


def test_a_cutout_is_encoded_no_slower_and_no_larger_than_by_pillows_fastest_level(cutout: Image.Image) -> None:
    assert len(encode_png(cutout)) < 1.05 * len(with_pillow(cutout))
    pairs = [(seconds(encode_png, cutout), seconds(with_pillow, cutout)) for _ in range(5)]
    ours, theirs = map(statistics.median, zip(*pairs, strict=True))
    # About a half on one core and a third on two; the slack is for a busy machine.
    assert ours < theirs, f"{ours:.3f} s against {theirs:.3f} s"

"""Any photo becomes an upright 8-bit RGB image, or an error that a person can act on."""

import contextlib
import io
import zlib
from pathlib import Path

import cv2
import numpy as np
import pi_heif
import pytest
from PIL import Image, ImageCms

from tbi_core import ImageError, read_image

LEFT, RIGHT = (200, 30, 40), (20, 60, 210)


@pytest.fixture
def picture() -> Image.Image:
    """48 × 32, red on the left, blue on the right."""
    pixels = np.empty((32, 48, 3), np.uint8)
    pixels[:, :24], pixels[:, 24:] = LEFT, RIGHT
    return Image.fromarray(pixels)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def assert_red_then_blue(image: Image.Image, tolerance: int = 12) -> None:
    assert image.mode == "RGB"
    pixels = np.asarray(image).astype(int)
    middle = image.height // 2
    assert np.abs(pixels[middle, image.width // 4] - LEFT).max() <= tolerance
    assert np.abs(pixels[middle, 3 * image.width // 4] - RIGHT).max() <= tolerance


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF", "BMP"])
def test_every_accepted_kind_is_read(picture: Image.Image, kind: str) -> None:
    image = read_image(encoded(picture, kind))
    assert image.size == (48, 32)
    assert_red_then_blue(image)


def test_a_heic_photo_is_read(heic: bytes) -> None:
    image = read_image(heic)
    assert image.size == (64, 64)
    assert image.mode == "RGB"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_comes_out_upright(picture: Image.Image, orientation: int) -> None:
    # What a camera stores so that this orientation undoes it.
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = picture.transpose(undo[orientation]) if orientation in undo else picture
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = read_image(encoded(stored, "PNG", exif=exif))
    assert image.size == (48, 32)
    assert_red_then_blue(image, tolerance=0)


def test_cmyk_becomes_rgb(picture: Image.Image) -> None:
    assert_red_then_blue(read_image(encoded(picture.convert("CMYK"), "TIFF")), tolerance=2)


def test_cmyk_with_a_profile_that_does_not_work_is_still_read(picture: Image.Image) -> None:
    data = encoded(picture.convert("CMYK"), "TIFF", icc_profile=b"not a profile")
    assert_red_then_blue(read_image(data), tolerance=2)


def test_sixteen_bit_grey_keeps_its_brightness() -> None:
    ramp = np.tile(np.linspace(0, 65535, 64, dtype=np.uint16), (8, 1))
    image = read_image(encoded(Image.fromarray(ramp), "PNG"))
    assert np.abs(np.asarray(image)[0, :, 0].astype(int) - ramp[0] // 257).max() <= 1


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_sixteen_bit_colour_keeps_its_brightness(picture: Image.Image, suffix: str) -> None:
    deep = np.asarray(picture)[..., ::-1].astype(np.uint16) * 257
    done, data = cv2.imencode(suffix, deep)
    assert done
    assert_red_then_blue(read_image(data.tobytes()), tolerance=1)


def test_a_palette_becomes_rgb(picture: Image.Image) -> None:
    assert_red_then_blue(read_image(encoded(picture.convert("P", palette=Image.Palette.ADAPTIVE), "PNG")))


def test_grey_becomes_rgb() -> None:
    image = read_image(encoded(Image.new("L", (5, 4), 77), "PNG"))
    assert image.mode == "RGB"
    assert image.getpixel((2, 2)) == (77, 77, 77)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_is_flattened_on_white(mode: str) -> None:
    image = Image.new("RGBA", (10, 10), (0, 0, 0, 0))
    image.paste((90, 90, 90, 255), (0, 0, 5, 10))
    flat = read_image(encoded(image.convert(mode), "PNG"))
    assert flat.getpixel((8, 5)) == (255, 255, 255)
    assert abs(flat.getpixel((2, 5))[0] - 90) <= 2


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_gives_its_first_frame(picture: Image.Image, kind: str) -> None:
    other = Image.new("RGB", picture.size, "lime")
    data = encoded(picture, kind, save_all=True, append_images=[other], lossless=True)
    assert_red_then_blue(read_image(data))


def test_a_colour_profile_stays_with_the_image(picture: Image.Image) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert read_image(encoded(picture, "PNG", icc_profile=profile)).info["icc_profile"] == profile
    assert read_image(encoded(picture.convert("L"), "PNG", icc_profile=profile)).info == {}


def test_paths_bytes_files_images_and_arrays_are_the_same(picture: Image.Image, tmp_path: Path) -> None:
    data = encoded(picture, "PNG")
    path = tmp_path / "p.png"
    path.write_bytes(data)
    want = np.asarray(picture)
    for source in (path, str(path), data, io.BytesIO(data), picture, want, picture.convert("RGBA")):
        assert np.array_equal(np.asarray(read_image(source)), want)


def test_what_is_given_stays_as_it_was(picture: Image.Image) -> None:
    exif = picture.getexif()
    exif[0x0112] = 6
    assert read_image(picture).size == (32, 48)
    assert picture.size == (48, 32)
    file = io.BytesIO(encoded(picture, "PNG"))
    read_image(file)
    assert not file.closed


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF", "BMP"])
def test_a_truncated_file_is_an_image_error(astronaut: Path, kind: str) -> None:
    data = encoded(Image.open(astronaut).convert("RGB"), kind)
    with pytest.raises(ImageError, match=r"damaged or cut short|not an image"):
        read_image(data[: len(data) // 2])


@pytest.mark.filterwarnings("ignore")  # Pillow's, of sizes and damaged tags
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_broken_exif_is_an_image_error_or_ignored(picture: Image.Image, kind: str) -> None:
    for exif in (b"Exif\0\0junk", b"Exif\0\0II*\0\x08\0\0\0\x05\0\x12\x01", b"Exif\0\0MM\0*\xff\xff\xff\xff"):
        with contextlib.suppress(ImageError):
            assert_red_then_blue(read_image(encoded(picture, kind, exif=exif)))


def test_a_truncated_pil_image_is_an_image_error(astronaut: Path) -> None:
    with (
        Image.open(io.BytesIO(astronaut.read_bytes()[:50_000])) as image,
        pytest.raises(ImageError, match="cut short"),
    ):
        read_image(image)


@pytest.mark.parametrize(
    ("data", "got"),
    [
        (b"", "it is empty"),
        (b"hello", "like a text"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG or HTML"),
        (b"%!PS-Adobe-3.0 EPSF", "like a text"),
        (b"PK\x03\x04" + bytes(40), "no kind of image"),
    ],
)
def test_what_is_not_a_photo_is_an_image_error_that_says_what_was_got(data: bytes, got: str) -> None:
    with pytest.raises(ImageError, match=r"is not an image: .*wanted JPEG, PNG") as error:
        read_image(data)
    assert got in str(error.value)


def test_a_missing_file_is_an_image_error_that_names_it() -> None:
    with pytest.raises(ImageError, match=r"nowhere\.jpg.*No such file"):
        read_image("nowhere.jpg")


@pytest.mark.filterwarnings("ignore")  # Pillow's, of sizes and damaged tags
@pytest.mark.parametrize("side", [10_001, 20_000, 60_000])
def test_an_enormous_image_is_refused_from_its_header(side: int) -> None:
    # A PNG that says its size and has no pixels: decoding would say something else, and later.
    start = b"IHDR" + side.to_bytes(4) * 2 + b"\x08\x02\x00\x00\x00"
    header = b"\x89PNG\r\n\x1a\n\x00\x00\x00\r" + start + zlib.crc32(start).to_bytes(4) + b"\x00\x00\x00\x01IDAT"
    with pytest.raises(ImageError, match=rf"{side * side / 1e6:.1f} megapixels.*at most 100"):
        read_image(header)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 2), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_a_wrong_array_is_an_image_error(array: np.ndarray) -> None:
    with pytest.raises(ImageError, match=r"shape|no pixels"):
        read_image(array)


def test_something_else_is_an_image_error() -> None:
    with pytest.raises(ImageError, match="Got a int"):
        read_image(42)


@pytest.mark.filterwarnings("ignore")  # Pillow's, of sizes and damaged tags
def test_random_damage_never_raises_anything_else(astronaut: Path) -> None:
    random = np.random.default_rng(0)
    photo = Image.open(astronaut).convert("RGB").resize((96, 96))
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "a camera"
    for kind in ("JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF", "BMP"):
        whole = encoded(photo, kind, exif=exif)
        for _ in range(200):
            damaged = bytearray(whole)
            for place in random.integers(0, len(whole), 8):
                damaged[place] = random.integers(0, 256)
            with contextlib.suppress(ImageError):
                read_image(bytes(damaged))


@pytest.fixture
def heic() -> bytes:
    """pi-heif can't write, so this one is committed: 64 × 64."""
    assert pi_heif.libheif_version()
    return (Path(__file__).parent / "data/gradient.heic").read_bytes()

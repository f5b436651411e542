"""What `segment` promises, with the real built-in networks on real photos."""

import io
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from tbi_core import MODELS, ModelError, Segmenter, read_image, segment
from tbi_core.builtin import BuiltinModel, open_session
from tbi_core.image import alpha_to_size


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return Segmenter.load("builtin")


def test_the_astronaut_is_cut_out(segmenter: Segmenter, astronaut: Path) -> None:
    alpha = segmenter.alpha(astronaut)
    assert alpha.shape == (512, 512)
    assert alpha.dtype == np.float32
    assert alpha[110, 225] == 1  # her face
    assert alpha[300, 150] == 1  # her shoulder
    assert alpha[100, 40] == 0  # the flag
    assert alpha[90, 420] == 0  # the model rocket
    assert 0.4 < alpha.mean() < 0.65


@pytest.mark.parametrize(("sample", "inside", "outside"), [
    ("chelsea.png", (150, 150), (40, 430)),
    ("coffee.png", (200, 300), (30, 60)),
    ("rocket.jpg", (250, 321), (100, 100)),
])  # fmt: skip
def test_other_samples_are_cut_out(
    segmenter: Segmenter, astronaut: Path, sample: str, inside: tuple[int, int], outside: tuple[int, int]
) -> None:
    alpha = segmenter.alpha(astronaut.with_name(sample))
    assert alpha[inside] > 0.95
    assert alpha[outside] < 0.05


def noise() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8))


def gradient() -> Image.Image:
    return Image.linear_gradient("L").resize((400, 300)).convert("RGB")


@pytest.mark.parametrize(
    "photo",
    [
        Image.new("RGB", (400, 300), "white"),
        Image.new("RGB", (400, 300), "black"),
        Image.new("RGB", (300, 400), "skyblue"),
        noise(),
        gradient(),
    ],
    ids=["white", "black", "sky", "noise", "gradient"],
)
def test_a_photo_without_a_subject_gives_an_empty_alpha(segmenter: Segmenter, photo: Image.Image) -> None:
    assert not segmenter.alpha(photo).any()


@pytest.mark.parametrize("texture", ["brick.png", "grass.png", "gravel.png", "text.png", "moon.png"])
def test_a_texture_gives_an_empty_alpha(segmenter: Segmenter, texture: str) -> None:
    from importlib.util import find_spec

    spec = find_spec("skimage")
    assert spec is not None
    assert spec.origin is not None
    assert not segmenter.alpha(Path(spec.origin).parent / "data" / texture).any()


def test_a_cutout_has_the_photos_size_its_colours_and_nothing_of_the_background(
    segmenter: Segmenter, astronaut: Path
) -> None:
    cutout = segmenter.segment(astronaut)
    assert cutout.mode == "RGBA"
    assert cutout.size == (512, 512)
    rgba, rgb = np.asarray(cutout), np.asarray(read_image(astronaut))
    opaque = rgba[..., 3] == 255
    assert np.array_equal(rgba[opaque][:, :3], rgb[opaque])
    assert not rgba[rgba[..., 3] == 0].any()
    soft = (rgba[..., 3] > 0) & ~opaque
    assert not np.array_equal(rgba[soft][:, :3], rgb[soft])  # the background's share is taken off


def test_a_rotated_photo_comes_out_upright(segmenter: Segmenter, astronaut: Path) -> None:
    upright = Image.open(astronaut).convert("RGB").crop((0, 0, 512, 400))
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = io.BytesIO()
    upright.transpose(Image.Transpose.ROTATE_90).save(stored, "PNG", exif=exif)
    want, got = segmenter.alpha(upright), segmenter.alpha(stored)
    assert np.array_equal(got, want)


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (33, 2000), (2000, 33)])
def test_odd_sizes_work(segmenter: Segmenter, size: tuple[int, int]) -> None:
    assert segmenter.alpha(Image.new("RGB", size, "red")).shape == size[::-1]


def test_the_same_photo_gives_the_same_alpha_alone_in_a_batch_and_from_threads(
    segmenter: Segmenter, astronaut: Path
) -> None:
    small = ImageOps.contain(read_image(astronaut), (200, 200))
    want = np.asarray(segmenter.segment(small))
    got = [np.asarray(cutout) for cutout in segmenter.segment_batch([small, astronaut, small])]
    assert np.array_equal(got[0], want)
    assert np.array_equal(got[2], want)
    assert got[1].shape == (512, 512, 4)
    results: list[np.ndarray] = []
    threads = [threading.Thread(target=lambda: results.append(segmenter.alpha(small))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert all(np.array_equal(result, results[0]) for result in results)


def test_an_empty_batch_is_an_empty_list(segmenter: Segmenter) -> None:
    assert segmenter.segment_batch([]) == []


def test_segment_keeps_its_model_loaded(astronaut: Path) -> None:
    from tbi_core.segmenter import loaded

    assert segment(astronaut).size == (512, 512)
    assert loaded("auto") is loaded("auto")


def test_auto_says_what_it_took_and_why() -> None:
    segmenter = Segmenter.load("auto")
    assert segmenter.spec is MODELS["builtin"]
    assert segmenter.device.kind == "cpu"
    assert segmenter.reason


def test_an_unknown_model_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(ModelError, match=r"'u3net'.*auto, builtin"):
        Segmenter.load("u3net")


def test_a_device_that_the_model_does_not_run_on_is_an_error() -> None:
    with pytest.raises(ModelError, match="'cuda'"):
        Segmenter.load("builtin", device="cuda")


def test_missing_weights_are_an_error_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tbi_core.builtin.files", lambda package: tmp_path)
    with pytest.raises(ModelError, match=r"u2netp\.onnx are missing.*install tbi-core again"):
        Segmenter.load("builtin")


def test_damaged_weights_are_an_error_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights/u2netp.onnx").write_bytes(b"not a network")
    monkeypatch.setattr("tbi_core.builtin.files", lambda package: tmp_path)
    with pytest.raises(ModelError, match=r"u2netp\.onnx can't be loaded.*install tbi-core again"):
        Segmenter.load("builtin")


def test_an_upsampled_alpha_follows_the_photos_edge() -> None:
    photo = np.zeros((400, 400, 3), np.uint8)
    photo[:, 207:] = 220
    coarse = np.zeros((50, 50), np.float32)
    coarse[:, 26:] = 1  # at 208, and interpolated over 16 pixels
    alpha = alpha_to_size(coarse, photo)
    # Interpolation alone rises by an eighth over these two pixels.
    assert alpha[200, 207] - alpha[200, 205] > 0.4
    assert alpha[200, 230] == 1
    assert alpha[200, 150] == 0


class Recorder:
    """A network that also keeps what it was fed."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.fed: np.ndarray = np.empty(0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.session, name)

    def run(self, outputs: list[str], feed: dict[str, np.ndarray]) -> Any:
        (self.fed,) = feed.values()
        return self.session.run(outputs, feed)


def test_each_network_is_fed_as_it_was_trained() -> None:
    u2netp, modnet = Recorder(open_session("u2netp.onnx")), Recorder(open_session("modnet.onnx"))
    model = BuiltinModel(u2netp, modnet)
    # Half black, half dark grey: U²-Net-p divides by the image's maximum, MODNet by what is possible.
    photo = np.zeros((600, 900, 3), np.uint8)
    photo[:, 450:] = 102
    assert model.salience(photo).shape == (320, 320)
    assert u2netp.fed.shape == (1, 3, 320, 320)
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    assert np.allclose(u2netp.fed[0, :, 100, 10], -mean / std, atol=1e-5)
    assert np.allclose(u2netp.fed[0, :, 100, 310], (1 - mean) / std, atol=1e-5)
    assert model.matte(photo).shape == (512, 768)
    assert modnet.fed.shape == (1, 3, 512, 768)
    assert np.allclose(modnet.fed[0, :, 100, 10], -1)
    assert np.allclose(modnet.fed[0, :, 100, 700], 102 / 127.5 - 1)

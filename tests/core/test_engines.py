"""BiRefNet's two engines, from pixels to cutouts: OpenVINO on a CPU; torch, which GPUs run, here on the CPU."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core import weights_by_rule as rule
from tbi_core import ModelError, Segmenter, read_image
from tbi_core.birefnet import cpu, weights
from tbi_core.birefnet.configuration import BiRefNetConfig
from tbi_core.birefnet.gpu import GpuModel
from tbi_core.birefnet.modeling import BiRefNet
from tbi_core.device import Device

SIZE = (256, 288)


@pytest.fixture(scope="module")
def lite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rule.write("lite", tmp_path_factory.mktemp("lite") / "model.safetensors")


@pytest.fixture(scope="module")
def cached(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def own_cache(cached: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(cached))


@pytest.fixture(scope="module")
def gpu(lite: Path) -> GpuModel:
    """The GPU's engine, on the CPU."""
    return GpuModel.load(lite, SIZE, Device("cpu", "float32", "for the test"))


@pytest.fixture
def photo(astronaut: Path) -> Image.Image:
    return read_image(astronaut).crop((40, 0, 480, 500))


def published(lite: Path, photo: Image.Image) -> np.ndarray:
    """The recipe of the released models, by PIL and the plain network: alpha (h, w)."""
    small = np.asarray(photo.resize(SIZE[::-1], Image.Resampling.BILINEAR), np.float32) / 255
    small = (small - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    with torch.no_grad():
        pixels = torch.from_numpy(small.astype(np.float32)).permute(2, 0, 1)[None]
        return weights.load(lite).logits(pixels)[0, 0].sigmoid().numpy()


def test_both_engines_follow_the_published_recipe(lite: Path, gpu: GpuModel, photo: Image.Image) -> None:
    want = published(lite, photo)
    openvino = Segmenter.load(lite, device="cpu", size=SIZE)
    # The network alone, on the pixels that PIL makes; bfloat16 rounds, where the processor has it.
    small = np.asarray(photo.resize(SIZE[::-1], Image.Resampling.BILINEAR))
    bound = 1e-3 if openvino.device.dtype == "float32" else 0.2
    assert np.abs(openvino._model.matte(small) - want).max() < bound  # type: ignore[attr-defined]
    with torch.no_grad():
        assert np.abs(gpu._matte(torch.tensor(small)[None])[0].numpy() - want).max() < 1e-3
    # All of it: torch's resize and PIL's may round a pixel differently.
    alphas = [segmenter.alphas([np.asarray(photo)])[0] for segmenter in (openvino._model, gpu)]
    for alpha in alphas:
        assert alpha.shape == (500, 440)
        assert alpha.dtype == np.float32
        assert 0 <= alpha.min() < alpha.max() <= 1
    assert np.abs(alphas[0] - alphas[1]).mean() < (2e-3 if bound < 0.1 else 0.1)


def test_a_second_load_neither_converts_nor_imports_torch(lite: Path, cached: Path, astronaut: Path) -> None:
    Segmenter.load(lite, device="cpu", size=SIZE)
    before = sorted(cached.rglob("*"))
    code = f"""
import socket, sys
def refuse(*a, **k): raise AssertionError("asked the network")
socket.getaddrinfo = socket.socket.connect = refuse
from tbi_core import Segmenter
Segmenter.load({str(lite)!r}, device="cpu", size={SIZE}).segment({str(astronaut)!r})
print([name for name in ("torch", "transformers") if name in sys.modules])
"""
    environment = {"HOME": str(cached / "home"), "XDG_CACHE_HOME": str(cached)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr
    assert sorted(cached.rglob("*")) == before  # and OpenVINO left no id in the home folder


def test_other_weights_of_the_same_name_are_converted_anew(lite: Path, tmp_path: Path) -> None:
    other = tmp_path / "model.safetensors"
    data = bytearray(lite.read_bytes())
    data[-1] ^= 1
    other.write_bytes(data)
    assert cpu.names_for(other, SIZE)[1] != cpu.names_for(lite, SIZE)[1]


def test_a_failed_conversion_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    tiny = BiRefNetConfig(embed_dim=24, depths=(1, 1, 1, 1), num_heads=(1, 2, 4, 8), window_size=4)
    monkeypatch.setattr(weights, "load", lambda path: BiRefNet(tiny))
    monkeypatch.setattr(cpu.import_openvino(), "save_model", full)
    with pytest.raises(OSError, match="No space left"):
        cpu.convert(tmp_path / "weights", (64, 64), tmp_path / "cache", "name")
    assert list((tmp_path / "cache").iterdir()) == []


def test_the_gpus_cutouts_are_its_alphas_with_clean_edges(gpu: GpuModel, photo: Image.Image) -> None:
    rgb = np.asarray(photo)
    cutout, alpha = gpu.cutouts([rgb])[0], gpu.alphas([rgb])[0]
    assert cutout.dtype == np.uint8
    assert np.array_equal(cutout[..., 3], (alpha * 255 + 0.5).astype(np.uint8))
    assert not cutout[cutout[..., 3] == 0].any()
    opaque = alpha == 1
    assert np.array_equal(cutout[opaque][:, :3], rgb[opaque])


def test_a_batch_of_several_sizes_gives_what_its_images_give_alone(gpu: GpuModel, photo: Image.Image) -> None:
    images = [np.asarray(photo), np.asarray(photo.resize((100, 80))), np.asarray(photo.transpose(0))]
    for together, alone in zip(gpu.alphas(images), [gpu.alphas([rgb])[0] for rgb in images], strict=True):
        assert np.abs(together - alone).max() < 1e-3


class Scarce:
    """A network on a device whose memory holds only so many images."""

    def __init__(self, network: torch.nn.Module, room: int) -> None:
        self.network, self.room = network, room
        self.batches: list[int] = []

    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        self.batches.append(len(pixels))
        if len(pixels) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory")
        result: torch.Tensor = self.network(pixels)
        return result


def test_out_of_memory_halves_the_batch_and_the_model_stays_usable(
    gpu: GpuModel, photo: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = [np.asarray(photo.rotate(angle)) for angle in range(5)]
    want = gpu.alphas(images)
    scarce = Scarce(gpu._matte, 2)
    monkeypatch.setattr(gpu, "_matte", scarce)
    monkeypatch.setattr(gpu, "batch", 8)
    for got, expected in zip(gpu.alphas(images), want, strict=True):
        assert np.abs(got - expected).max() < 1e-3
    assert scarce.batches == [5, 2, 3, 1, 2]
    assert gpu.batch == 2  # remembered: the next ones fit at once
    scarce.room = 0
    with pytest.raises(ModelError, match="does not suffice for one photo of 440×500 at 256×288"):
        gpu.alphas(images)
    scarce.room = 8
    assert np.abs(gpu.alphas(images[:1])[0] - want[0]).max() < 1e-3


def test_memory_that_lacks_outside_the_network_is_handled_the_same(
    gpu: GpuModel, photo: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter([RuntimeError("MPS backend out of memory")])
    upload = gpu.upload

    def scarce(rgb: np.ndarray) -> torch.Tensor:
        for failure in failures:
            raise failure
        return upload(rgb)

    monkeypatch.setattr(gpu, "upload", scarce)
    assert gpu.cutouts([np.asarray(photo)])[0].shape == (500, 440, 4)


def test_other_errors_of_the_device_are_not_taken_for_its_memory(
    gpu: GpuModel, photo: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(rgb: np.ndarray) -> torch.Tensor:
        raise RuntimeError("device-side assert triggered")

    monkeypatch.setattr(gpu, "upload", broken)
    with pytest.raises(RuntimeError, match="device-side assert"):
        gpu.alphas([np.asarray(photo)])


def test_a_cache_that_cannot_be_written_is_said_before_the_conversion(
    lite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(weights, "load", lambda path: pytest.fail("loaded the weights first"))
    with pytest.raises(ModelError, match="XDG_CACHE_HOME"):
        Segmenter.load(lite, device="cpu", size=SIZE)


def test_a_new_version_replaces_the_old_ones_conversion(
    lite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    prefix, name = cpu.names_for(lite, (64, 64))
    for old in (f"{prefix}old", f"{prefix[:-3]}96-other-size"):
        (tmp_path / "tbi" / old).mkdir(parents=True)
    tiny = BiRefNetConfig(embed_dim=24, depths=(1, 1, 1, 1), num_heads=(1, 2, 4, 8), window_size=4)
    monkeypatch.setattr(weights, "load", lambda path: BiRefNet(tiny))
    cpu.CpuModel.load(lite, (64, 64), "float32")
    assert sorted(path.name for path in (tmp_path / "tbi").iterdir()) == sorted(
        [name, f"{prefix[:-3]}96-other-size"]
    )


@pytest.mark.parametrize("size", [(100, 128), (32, 32), (8192, 8192)])
def test_sizes_out_of_reach_are_refused(lite: Path, size: tuple[int, int]) -> None:
    with pytest.raises(ModelError, match="multiples of 32 from 256 to 4096"):
        Segmenter.load(lite, device="cpu", size=size)

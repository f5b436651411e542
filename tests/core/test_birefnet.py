"""The network against the original's logits, and its weights: what is loaded and what is refused.

Weights are made by rule (weights_by_rule.py). The bound of 1e-3 is for float32 on any processor; here the largest
difference is 2e-6.
"""

import os
import pickle
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file
from transformers import AutoModel

from core import weights_by_rule as rule
from tbi_core import MODELS, ModelError, Segmenter
from tbi_core.birefnet import weights
from tbi_core.birefnet.configuration import BiRefNetConfig
from tbi_core.birefnet.fuse import fuse, gather_taps
from tbi_core.birefnet.modeling import BiRefNet

CONFIGS = {"large": BiRefNetConfig(), "lite": BiRefNetConfig.lite()}


@pytest.fixture(scope="module", params=["lite", "large"])
def variant(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def checkpoint(variant: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rule.write(variant, tmp_path_factory.mktemp(variant) / "model.safetensors")


def logits(model: BiRefNet, index: int) -> np.ndarray:
    with torch.no_grad():
        return model.logits(torch.from_numpy(rule.image(index)))[0, 0].numpy()


def test_names_and_shapes_are_the_released_ones(variant: str) -> None:
    with torch.device("meta"):
        model = BiRefNet(CONFIGS[variant])
    assert {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()} == rule.keys(variant)


def test_the_plain_and_the_fused_network_agree_with_the_original(variant: str, checkpoint: Path) -> None:
    model = weights.load(checkpoint)
    for index in (0, 1):
        assert np.abs(logits(model, index) - rule.golden(variant, index)).max() < 1e-3
    fuse(model)
    for index in (0, 1):
        assert np.abs(logits(model, index) - rule.golden(variant, index)).max() < 1e-3


def test_a_batch_gives_what_its_images_give_alone(lite: Path) -> None:
    model = fuse(weights.load(lite))
    both = torch.from_numpy(np.concatenate([rule.image(0), rule.image(0)[..., ::-1]]))
    with torch.no_grad():
        assert torch.allclose(model.logits(both)[0, 0], model.logits(both[:1])[0, 0], atol=1e-4)
        assert torch.allclose(model.logits(both)[1, 0], model.logits(both[1:])[0, 0], atol=1e-4)


def test_transformers_knows_the_model(tmp_path: Path) -> None:
    config = BiRefNetConfig(embed_dim=24, depths=(1, 1, 1, 1), num_heads=(1, 2, 4, 8), window_size=4)
    model = AutoModel.from_config(config).eval()
    model.save_pretrained(tmp_path)
    again = AutoModel.from_pretrained(tmp_path).eval()
    assert isinstance(again, BiRefNet)
    pixels = torch.from_numpy(rule.image(0)[:, :, :64, :96].copy())
    with torch.no_grad():
        assert torch.allclose(model(pixel_values=pixels).logits, again(pixel_values=pixels).logits, atol=1e-6)
        assert model(pixel_values=pixels).logits.shape == (1, 1, 64, 96)


def test_sides_that_are_no_multiple_of_32_are_refused() -> None:
    with torch.device("meta"), pytest.raises(ValueError, match="multiples of 32; got 100×128"):
        BiRefNet(BiRefNetConfig.lite()).logits(torch.zeros(1, 3, 100, 128))


@pytest.mark.parametrize("kernel", [1, 3, 7])
def test_gathered_taps_give_torchvisions_deformable_convolution(kernel: int) -> None:
    from torchvision.ops import deform_conv2d

    generator = torch.Generator().manual_seed(kernel)
    x = torch.randn(2, 8, 9, 11, generator=generator)
    offsets = 4 * torch.randn(2, 2 * kernel**2, 9, 11, generator=generator)  # far outside, too
    mask = 2 * torch.rand(2, kernel**2, 9, 11, generator=generator)
    weight = torch.randn(5, 8, kernel, kernel, generator=generator)
    want = deform_conv2d(x, offsets, weight, padding=kernel // 2, mask=mask)
    got = gather_taps(x, offsets, mask, kernel) @ weight.permute(0, 2, 3, 1).flatten(1).T
    assert torch.allclose(got.permute(0, 3, 1, 2), want, atol=1e-4)


@pytest.fixture(scope="module")
def lite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rule.write("lite", tmp_path_factory.mktemp("lite") / "model.safetensors")


def changed(lite: Path, folder: Path, change: object) -> Path:
    """A copy of the weights with `change` made to its dictionary."""
    arrays = load_file(lite)
    change(arrays)  # type: ignore[operator]
    save_file(arrays, folder / "changed.safetensors")
    return folder / "changed.safetensors"


def test_half_precision_weights_and_a_folder_are_taken(tmp_path: Path) -> None:
    rule.write("lite", tmp_path / "model.safetensors", np.float16)
    model = weights.load(weights.find(tmp_path))
    assert model.dtype == torch.float32
    assert np.abs(logits(model, 0) - rule.golden("lite", 0)).max() < 0.02  # weights rounded to 11 bits


def test_prefixes_of_training_are_taken_off(lite: Path, tmp_path: Path) -> None:
    def prefix(arrays: dict) -> None:
        for name in list(arrays):
            arrays[f"module._orig_mod.{name}"] = arrays.pop(name)

    model = weights.load(changed(lite, tmp_path, prefix))
    assert np.abs(logits(model, 0) - rule.golden("lite", 0)).max() < 1e-3


@pytest.mark.parametrize(("change", "said"), [
    (lambda a: a.pop("decoder.conv_out1.0.bias"), r"1 missing \(decoder\.conv_out1\.0\.bias"),
    (lambda a: a.update(extra=np.zeros(1)), r"1 unknown \(extra"),
    (lambda a: a.update({"bb.norm0.bias": np.zeros(5)}), r"norm0\.bias has the shape \(5,\); wanted \(96,\)"),
    (lambda a: a.update({"bb.patch_embed.proj.weight": np.zeros((128, 3, 4, 4), np.float32)}), "has 128 channels"),
    (lambda a: a.update({"bb.patch_embed.proj.weight": np.zeros((), np.float32)}), "has 0 channels"),
    (lambda a: a.update({"bb.norm0.bias": np.zeros(96, np.int32)}), r"is torch\.int32; wanted torch\.float32"),
    (lambda a: a.update({"module.bb.norm0.bias": a["bb.norm0.bias"]}), "holds parameters twice"),
    (lambda a: (a.clear(), a.update(x=np.zeros(1))), "no BiRefNet's that is known here"),
])  # fmt: skip
def test_other_weights_are_refused_by_name(lite: Path, tmp_path: Path, change: object, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        weights.load(changed(lite, tmp_path, change))


@pytest.mark.parametrize("cut", [0, 7, 1000, -1000])
def test_damaged_weights_are_refused(lite: Path, tmp_path: Path, cut: int) -> None:
    (tmp_path / "cut.safetensors").write_bytes(lite.read_bytes()[:cut])
    with pytest.raises(ModelError, match="can't be read as safetensors"):
        weights.load(tmp_path / "cut.safetensors")


class Trap:
    def __reduce__(self) -> tuple:
        return os.mkdir, ("sprung",)


@pytest.mark.parametrize("name", ["model.pth", "model.safetensors"])
def test_a_pickle_is_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(pickle.dumps(Trap()))
    with pytest.raises(ModelError, match="pickle" if name.endswith("pth") else "can't be read as safetensors"):
        Segmenter.load(tmp_path / name, device="cpu")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("names", [[], ["a.safetensors", "b.safetensors"]])
def test_a_folder_must_say_which_weights(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(ModelError, match=r"wanted model\.safetensors, or one safetensors file"):
        weights.find(tmp_path)


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(ModelError, match=r"no file 'nowhere/model\.safetensors'"):
        Segmenter.load("nowhere/model.safetensors")


def cache(folder: Path, repository: str, file: Path) -> None:
    """Puts a file where the hub's own client would have put it."""
    revision = "0123456789abcdef0123456789abcdef01234567"
    base = folder / f"models--{repository.replace('/', '--')}"
    (base / "refs").mkdir(parents=True)
    (base / "refs/main").write_text(revision)
    (base / "snapshots" / revision).mkdir(parents=True)
    (base / "snapshots" / revision / "model.safetensors").symlink_to(file)


def run(code: str, **environment: str) -> str:
    environment = {**os.environ, **environment}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


NO_NETWORK = """
import socket
def refuse(*a, **k): raise AssertionError("asked the network")
socket.getaddrinfo = socket.socket.connect = socket.create_connection = refuse
"""


BROKEN_NETWORK = """
import socket
def refuse(*a, **k): raise socket.gaierror(-3, "Temporary failure in name resolution")
socket.getaddrinfo = refuse
"""


@pytest.mark.parametrize("offline", ["0", "1"])
def test_cached_weights_are_found_without_asking_the_network(lite: Path, tmp_path: Path, offline: str) -> None:
    spec = MODELS["birefnet-lite"]
    cache(tmp_path, spec.source, lite)
    code = NO_NETWORK + "from tbi_core.birefnet import weights; from tbi_core import MODELS\n"
    code += "print(weights.fetch(MODELS['birefnet-lite']))"
    assert "models--ZhengPeng7--BiRefNet_lite" in run(code, HF_HUB_CACHE=str(tmp_path), HF_HUB_OFFLINE=offline)


@pytest.mark.parametrize(("offline", "network"), [("1", NO_NETWORK), ("0", BROKEN_NETWORK)])
def test_missing_weights_say_what_to_bring_and_auto_takes_the_builtin_model(
    tmp_path: Path, offline: str, network: str
) -> None:
    code = (
        network
        + """
from tbi_core import ModelError, Segmenter
try:
    Segmenter.load("birefnet", device="cpu")
except ModelError as error:
    print("ERROR", error)
segmenter = Segmenter.load()
print("AUTO", segmenter.spec.name, segmenter.reason)
"""
    )
    start = time.monotonic()
    said = run(code, HF_HUB_CACHE=str(tmp_path), HF_HUB_OFFLINE=offline)
    assert time.monotonic() - start < 25  # the hub's client alone would try for 48 s
    assert "asked the network" not in said
    error, auto = (next(line for line in said.splitlines() if line.startswith(s)) for s in ("ERROR", "AUTO"))
    for part in ("'birefnet'", "model.safetensors", "huggingface.co/ZhengPeng7/BiRefNet", str(tmp_path)):
        assert part in error
    assert auto.startswith("AUTO builtin")
    assert "BiRefNet_lite" in auto


def test_every_row_names_its_repository_size_licence_and_purpose() -> None:
    rows = [spec for spec in MODELS.values() if spec.name != "builtin"]
    assert len(rows) == 16
    assert len({spec.source for spec in rows}) == 16
    for spec in rows:
        assert spec.source.startswith("ZhengPeng7/BiRefNet")
        assert spec.licence == "MIT"
        assert spec.purpose
        assert spec.size is not None
        assert all(side % 32 == 0 for side in spec.size)
    assert MODELS["birefnet-lite-2k"].size == (1440, 2560)  # (height, width)

"""Which device is chosen, and what is said about it."""

import sys

import pytest
import torch

from tbi_core import ModelError, device


def test_without_a_driver_the_cpu_is_taken_and_torch_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(device, "loads", lambda library: False)
    monkeypatch.delitem(sys.modules, "torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: pytest.fail("asked torch"))
    chosen = device.choose_device()
    assert chosen.kind == "cpu"
    assert chosen.reason == "no GPU driver on this machine"


def test_a_driver_that_pytorch_cannot_use_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "loads", lambda library: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert "this PyTorch can't use it" in device.choose_device().reason
    with pytest.raises(ModelError, match="'cuda' can't be used: there is a GPU driver"):
        device.choose_device("cuda")


@pytest.mark.parametrize(("modern", "dtype"), [(True, "bfloat16"), (False, "float16")])
def test_a_gpu_is_taken_in_the_precision_that_it_has(
    monkeypatch: pytest.MonkeyPatch, modern: bool, dtype: str
) -> None:
    monkeypatch.setattr(device, "loads", lambda library: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "NVIDIA H200")
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: modern)
    chosen = device.choose_device()
    assert (chosen.kind, chosen.dtype, chosen.reason) == ("cuda", dtype, "NVIDIA H200 found")


@pytest.mark.parametrize(("capable", "dtype"), [(True, "bfloat16"), (False, "float32")])
def test_a_cpu_computes_in_bfloat16_where_it_can(
    monkeypatch: pytest.MonkeyPatch, capable: bool, dtype: str
) -> None:
    from tbi_core.birefnet import cpu

    monkeypatch.setattr(cpu, "has_bfloat16", lambda: capable)
    assert device.choose_device("cpu") == device.Device("cpu", dtype, "asked for")


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(ModelError, match="no device 'tpu'; wanted one of auto, cuda, mps, cpu"):
        device.choose_device("tpu")

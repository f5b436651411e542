"""Choose where a network runs, and say why."""

import ctypes
import sys
from dataclasses import dataclass

from tbi_core.errors import ModelError


@dataclass(frozen=True)
class Device:
    """Where a network runs.

    Attributes:
        kind: "cuda", "mps" or "cpu".
        dtype: "bfloat16", "float16" or "float32".
        reason: why, in words for a person.
    """

    kind: str
    dtype: str
    reason: str

    def __str__(self) -> str:
        return f"{self.kind} ({self.dtype})"


DEVICES = ("auto", "cuda", "mps", "cpu")


def choose_device(wanted: str = "auto") -> Device:
    """The best device of this machine, or the one that was asked for.

    Args:
        wanted: one of `DEVICES`.

    Raises:
        ModelError: there is no such device, here or at all.
    """
    if wanted not in DEVICES:
        raise ModelError(f"There is no device {wanted!r}; wanted one of {', '.join(DEVICES)}.")
    if wanted == "cpu":
        return cpu("asked for")
    if wanted == "mps":
        found = mps()
    elif wanted == "cuda":
        found = cuda()
    else:
        found = cuda()
        if isinstance(found, str) and sys.platform == "darwin":
            found = mps()
        if isinstance(found, str):
            found = cpu(found)
    if isinstance(found, str):
        raise ModelError(f"The device {wanted!r} can't be used: {found}; wanted 'auto' or 'cpu'.")
    return found


def cuda() -> Device | str:
    """NVIDIA's (and, under ROCm, AMD's) first GPU; or why there is none."""
    # torch takes seconds to import: unless that is paid, first see whether there is a driver at all.
    driver = any(map(loads, ("libcuda.so.1", "libamdhip64.so", "nvcuda.dll")))
    if sys.platform == "linux" and "torch" not in sys.modules and not driver:
        return "no GPU driver on this machine"
    import torch

    if not torch.cuda.is_available():
        return "there is a GPU driver, but this PyTorch can't use it" if driver else "no GPU driver on this machine"
    name = torch.cuda.get_device_name()
    # Ampere and later compute in bfloat16; on older cards it would be emulated.
    dtype = "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16"
    return Device("cuda", dtype, f"{name} found")


def mps() -> Device | str:
    """Apple's GPU; or why there is none."""
    import torch

    if not torch.backends.mps.is_available():
        return "no Apple GPU that PyTorch can use"
    return Device("mps", "float16", "Apple GPU found")


def cpu(reason: str) -> Device:
    """The processor; in bfloat16 where it multiplies in it."""
    from tbi_core.birefnet.cpu import has_bfloat16

    return Device("cpu", "bfloat16" if has_bfloat16() else "float32", reason)


def loads(library: str) -> bool:
    """Whether a shared library is on this machine."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True

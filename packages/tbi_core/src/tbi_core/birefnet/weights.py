"""Weights: from the hub or a local file, checked before anything is built of them. safetensors only."""

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies

from tbi_core.errors import ModelError
from tbi_core.models import ModelSpec

if TYPE_CHECKING:
    from tbi_core.birefnet.configuration import BiRefNetConfig
    from tbi_core.birefnet.modeling import BiRefNet

FILE = "model.safetensors"

PICKLES = {".pth", ".pt", ".bin", ".ckpt", ".pkl", ".pickle"}

PREFIXES = ("_orig_mod.", "module.")
"""What compiled and distributed training puts in front of every name."""


def fetch(spec: ModelSpec) -> Path:
    """A released model's weights: from the hub's cache without asking the network, else from the hub.

    Raises:
        ModelError: neither has them; names the repository, the file and where to put it.
    """
    from huggingface_hub import constants, hf_hub_download, try_to_load_from_cache

    cached = try_to_load_from_cache(spec.source, FILE)
    if isinstance(cached, str):
        return Path(cached)
    try:
        if not constants.HF_HUB_OFFLINE:
            knock(constants.ENDPOINT)
        return Path(hf_hub_download(spec.source, FILE, library_name="tbi-core"))
    except Exception as error:  # the hub's, the network's and the disk's errors have no common base
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        if constants.HF_HUB_OFFLINE:
            first = "HF_HUB_OFFLINE is set"
        raise ModelError(
            f"The weights of {spec.name!r} are not in {constants.HF_HUB_CACHE} and could not be fetched ({first}); "
            f"wanted a network, or the file {FILE} of https://huggingface.co/{spec.source}: "
            "put it anywhere and give its path as the model."
        ) from error


def knock(address: str) -> None:
    """Finds out within seconds that there is no network, which the hub's client takes half a minute to admit.

    Raises:
        OSError: nobody answers.
    """
    parts = urlsplit(address)
    proxies = getproxies()
    if (
        parts.hostname and not proxies.get(parts.scheme) and not proxies.get("all")
    ):  # a proxy may reach what we can't
        port = parts.port or (80 if parts.scheme == "http" else 443)
        socket.create_connection((parts.hostname, port), timeout=5).close()


def find(path: str | os.PathLike[str]) -> Path:
    """A local file of weights.

    Args:
        path: a safetensors file, or a folder with `model.safetensors` or with one safetensors file.

    Raises:
        ModelError: there is none, several, or it is a pickle.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        found = [path / FILE] if (path / FILE).is_file() else sorted(path.glob("*.safetensors"))
        if len(found) != 1:
            names = ", ".join(file.name for file in found) or "none"
            raise ModelError(f"The folder {str(path)!r} has {names}; wanted {FILE}, or one safetensors file.")
        return found[0]
    if path.suffix.lower() in PICKLES:
        raise ModelError(
            f"The file {str(path)!r} is a pickle, which can run any code when it is opened, so it is not opened; "
            "wanted a safetensors file."
        )
    if not path.is_file():
        raise ModelError(f"There is no file {str(path)!r}; wanted a safetensors file, or a folder with one.")
    return path


def load(path: Path) -> "BiRefNet":
    """Builds the network whose weights these are.

    Args:
        path: a safetensors file; float16, bfloat16 and float32 are taken.

    Returns:
        The plain network in float32, on the CPU, for inference.

    Raises:
        ModelError: not a safetensors file, or not the weights of a BiRefNet with a Swin-L or Swin-T backbone.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from tbi_core.birefnet.backbone import relative_positions
    from tbi_core.birefnet.modeling import BiRefNet

    try:
        given = load_file(path)
    except (SafetensorError, OSError) as error:
        raise ModelError(f"The file {str(path)!r} can't be read as safetensors ({error}).") from error
    names = len(given)
    given = {bare(name): tensor for name, tensor in given.items()}
    if len(given) < names:
        raise ModelError(
            f"The file {str(path)!r} holds parameters twice, with and without a prefix; wanted one of each."
        )
    config = variant({name: tuple(tensor.shape) for name, tensor in given.items()}, path)
    with torch.device("meta"):
        model = BiRefNet(config)
    wanted = model.state_dict()
    missing, unknown = sorted(wanted.keys() - given.keys()), sorted(given.keys() - wanted.keys())
    if missing or unknown:
        parts = [f"{len(n)} {what} ({n[0]}, …)" for n, what in ((missing, "missing"), (unknown, "unknown")) if n]
        raise ModelError(f"The file {str(path)!r} is no BiRefNet's: of its parameters {' and '.join(parts)}.")
    for name, tensor in wanted.items():
        if given[name].shape != tensor.shape:
            got, want = tuple(given[name].shape), tuple(tensor.shape)
            raise ModelError(f"In {str(path)!r} the parameter {name} has the shape {got}; wanted {want}.")
        if given[name].is_floating_point() != tensor.is_floating_point():
            raise ModelError(
                f"In {str(path)!r} the parameter {name} is {given[name].dtype}; wanted {tensor.dtype}."
            )
    index = relative_positions(config.window_size)  # computed, never taken from a file: it is used to index
    state = {
        name: index if name.endswith("relative_position_index") else given[name].to(tensor.dtype)
        for name, tensor in wanted.items()
    }
    model.load_state_dict(state, strict=True, assign=True)
    return model.eval().requires_grad_(False)


def bare(name: str) -> str:
    """A parameter's name without what training frameworks put in front."""
    while name.startswith(PREFIXES):
        name = name.split(".", 1)[1]
    return name


def variant(shapes: Mapping[str, tuple[int, ...]], path: Path) -> "BiRefNetConfig":
    """Which network a file is for, by two of its shapes; the hub's config files don't tell.

    Raises:
        ModelError: for none that is known.
    """
    from tbi_core.birefnet.configuration import BiRefNetConfig

    width, *_ = shapes.get("bb.patch_embed.proj.weight") or (0,)
    table, *_ = shapes.get("bb.layers.0.blocks.0.attn.relative_position_bias_table") or (0,)
    for config in (BiRefNetConfig(), BiRefNetConfig.lite()):
        if (width, table) == (config.embed_dim, (2 * config.window_size - 1) ** 2):
            return config
    raise ModelError(
        f"The file {str(path)!r} is no BiRefNet's that is known here: its first layer has {width} channels and its "
        f"bias table {table} rows; wanted 192 and 529 (Swin-L) or 96 and 169 (Swin-T)."
    )

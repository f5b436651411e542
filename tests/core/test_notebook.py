"""The notebook in examples/ runs from top to bottom, its cell on local weights included."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from core import weights_by_rule as rule

NOTEBOOK = Path(__file__).parents[2] / "examples/segment.ipynb"


# The kernel's own housekeeping: sockets that it closes late, and asyncio's policies.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKPOINT", str(rule.write("lite", tmp_path / "own.safetensors")))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    resources = {"metadata": {"path": str(NOTEBOOK.parent)}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources).execute(env=dict(os.environ))
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert len(pictures) >= 6  # cutout, alpha, batch, two backgrounds, own weights
    text = "".join(str(output.get("text", "")) for output in outputs)
    assert "wanted a network, or the file model.safetensors" in text  # BiRefNet's cell: no weights are cached
    assert "own.safetensors" in text


def test_the_notebook_is_committed_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells)

"""Writes a folder that runs as a Hugging Face Space, on a CPU, a GPU, or ZeroGPU.

A Space installs requirements.txt before its own files are there, so the packages' sources lie beside app.py
instead of being installed. On ZeroGPU what runs on the GPU is one function at module level: it runs in a forked
process, and what goes in and comes out is pickled.
"""

import importlib.metadata
import shutil
from pathlib import Path

import tbi_core
import tbi_server
from tbi_core.models import resolve
from tbi_server.editor import editor_folder

PYTHON = "3.12"

APP = '''"""The Space: the model at module level, one function for the GPU, and the server around it."""

import os

import spaces  # before anything that could start CUDA

import numpy as np
from PIL import Image
from tbi_core import Segmenter
from tbi_server.space_app import start

segmenter = Segmenter.load(os.environ.get("TBI_MODEL", "{model}"))


@spaces.GPU
def find_alpha(photo: Image.Image) -> np.ndarray:
    """Runs where the GPU is, maybe in another process: images and arrays in and out."""
    return segmenter.alpha(photo)


demo = start(segmenter, find_alpha)

if __name__ == "__main__":
    demo.block_thread()
'''

README = """---
title: Text behind image
emoji: 🔤
colorFrom: red
colorTo: yellow
sdk: gradio
sdk_version: {gradio}
python_version: "{python}"
app_file: app.py
pinned: false
license: mit
models:
- {model}
short_description: Put text behind the subject of a photo
---

Text behind image: the editor, and the API `/remove_background`.

```python
from gradio_client import Client, handle_file

Client("USER/SPACE").predict(image=handle_file("photo.jpg"), api_name="/remove_background")
```
"""

PACKAGES = (
    "huggingface-hub", "limits", "numpy", "onnxruntime", "opencv-python-headless", "openvino", "pi-heif", "pillow",
    "prometheus-client", "safetensors", "servestatic", "tqdm", "transformers",
)  # fmt: skip
"""What is pinned. gradio and spaces come with the Space's SDK, at the version of the README, and torch at the one
that ZeroGPU offers: a requirement of ours could only break these."""


class SpaceError(Exception):
    """The folder can't be written; says what is wanted."""


def write_space(folder: Path, model: str) -> None:
    """Writes the folder.

    Args:
        folder: new or empty.
        model: what `Segmenter.load` takes there.

    Raises:
        SpaceError: the folder is in use, the editor is not built, or a package is missing here.
        ModelError: there is no model of that name.
    """
    spec = resolve(model)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SpaceError(f"{folder} is in use; wanted a new or an empty folder.")
    editor = editor_folder()
    if not (editor / "index.html").is_file():
        raise SpaceError("The editor is not built; run `make build`.")
    try:
        pins = [f"{name}=={importlib.metadata.version(name)}" for name in PACKAGES]
        gradio = importlib.metadata.version("gradio")
    except importlib.metadata.PackageNotFoundError as error:
        raise SpaceError(
            f"{error.name} is not installed here, so its version is not known; run `make birefnet`."
        ) from error
    folder.mkdir(parents=True, exist_ok=True)
    for package in (tbi_core, tbi_server):
        source = Path(str(package.__file__)).parent
        skip = shutil.ignore_patterns("__pycache__", "editor", "render")
        shutil.copytree(source, folder / source.name, ignore=skip)
    shutil.copytree(editor, folder / "tbi_server/editor")
    (folder / "app.py").write_text(APP.format(model=spec.name), encoding="utf-8")
    (folder / "requirements.txt").write_text("\n".join([*pins, "torch", "torchvision", ""]), encoding="utf-8")
    repository = spec.source if "/" in spec.source else "ZhengPeng7/BiRefNet"
    readme = README.format(gradio=gradio, python=PYTHON, model=repository)
    (folder / "README.md").write_text(readme, encoding="utf-8")

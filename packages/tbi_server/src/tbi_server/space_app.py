"""The server inside a Space: a model that is loaded already, and a function for its GPU."""

import atexit
import os
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from PIL import Image

from tbi_core import Segmenter
from tbi_core.cutout import as_image, compose_pixels
from tbi_core.image import Alpha
from tbi_core.models import BUILTIN
from tbi_server.settings import Settings, prepare_gradio

ENVIRONMENT = {
    "TBI_HOST": "0.0.0.0",  # noqa: S104 - a Space is a container of its own, reached through the hub's proxy
    "TBI_PORT": "7860",
    # Only the hub's proxy reaches a Space, under names that the hub gives; it shows Spaces in a frame of its pages.
    "TBI_HOSTS": "*",
    "TBI_TRUSTED_PROXIES": "*",
    "TBI_ALLOWED_ORIGINS": "https://huggingface.co",
}
"""What is different in a Space, unless its owner sets it."""


class Shared:
    """A model whose network runs elsewhere; the rest of the work stays in this process, on its CPU."""

    def __init__(self, segmenter: Segmenter, find_alpha: Callable[[Image.Image], Alpha]) -> None:
        self.spec = segmenter.spec
        self.device = segmenter.device
        self.reason = segmenter.reason
        self.find_alpha = find_alpha

    def alpha(self, image: Image.Image) -> Alpha:
        """The subject's alpha; see `Segmenter.alpha`."""
        return self.find_alpha(image)

    def segment(self, image: Image.Image) -> Image.Image:
        """The subject on transparency; see `Segmenter.segment`."""
        import numpy as np

        return as_image(compose_pixels(np.asarray(image), self.find_alpha(image)), image)


def start(segmenter: Segmenter, find_alpha: Callable[[Image.Image], Alpha]) -> Any:
    """Launches the server; returns its Gradio Blocks, which a Space expects as `demo`.

    Args:
        segmenter: loaded at module level, as ZeroGPU wants it.
        find_alpha: a module-level function, decorated with `spaces.GPU`.
    """
    settings = Settings.from_environment({**ENVIRONMENT, "TBI_MODEL": segmenter.spec.name, **os.environ})
    folder = tempfile.TemporaryDirectory(prefix="tbi-", ignore_cleanup_errors=True)
    atexit.register(folder.cleanup)
    files = Path(folder.name).resolve() / "files"
    files.mkdir()
    prepare_gradio(str(files.parent), settings)
    from tbi_server import app
    from tbi_server.editor import editor_folder
    from tbi_server.parts import Parts
    from tbi_server.uploads import Store, clean_up_forever

    full: Future[Any] = Future()
    full.set_result(Shared(segmenter, find_alpha))
    draft: Future[Any] | None = None
    if segmenter.spec.name != BUILTIN.name:
        draft = Future()
        draft.set_result(Segmenter.load(BUILTIN.name))
    store = Store(files, settings.disk_mb * 1_000_000, settings.keep_minutes * 60)
    parts = Parts(settings, store, full, draft, editor_folder())
    server = app.create(parts)
    app.launch(server)
    assert parts.queue is not None
    threading.Thread(
        target=clean_up_forever, args=(store, parts.queue.in_use, threading.Event()), daemon=True
    ).start()
    return server.get_blocks()

"""What the functions and routes of one server share."""

from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PIL import Image

from tbi_core import TbiError
from tbi_core.device import Device
from tbi_core.image import Alpha
from tbi_core.models import ModelSpec
from tbi_server.lanes import Lane
from tbi_server.metrics import Metrics
from tbi_server.renderer import Renderer, RenderError
from tbi_server.settings import Settings
from tbi_server.uploads import Store

if TYPE_CHECKING:
    from tbi_server.gradio_queue import QueueRules


class Cutter(Protocol):
    """What the server needs of a `tbi_core.Segmenter`."""

    spec: ModelSpec
    device: Device
    reason: str

    def alpha(self, image: Image.Image) -> Alpha:
        """The subject's alpha; see `Segmenter.alpha`."""

    def segment(self, image: Image.Image) -> Image.Image:
        """The subject on transparency; see `Segmenter.segment`."""


@dataclass
class Parts:
    """What the functions of one server share.

    Attributes:
        settings: see `Settings`.
        store: the files of people.
        full: the model that was asked for, once it is loaded.
        draft: the built-in model, once it is loaded; None where it is what was asked for.
        editor: the built editor, a folder with an index.html.
    """

    settings: Settings
    store: Store
    full: "Future[Cutter]"
    draft: "Future[Cutter] | None"
    editor: Path
    metrics: Metrics = field(default_factory=Metrics)

    def __post_init__(self) -> None:
        size = self.settings.queue_size
        self.lanes = {name: Lane(name, self.metrics, size) for name in ("model", "draft", "render")}
        self.queue: QueueRules | None = None
        self.renderer: Renderer | RenderError = find_renderer()

    @property
    def failure(self) -> str | None:
        """Why there is no model, if loading has failed."""
        error = self.full.exception() if self.full.done() else None
        return None if error is None else str(error) if isinstance(error, TbiError) else type(error).__name__


def find_renderer() -> Renderer | RenderError:
    """What draws pictures, or why nothing does."""
    try:
        return Renderer.find()
    except RenderError as error:
        return error

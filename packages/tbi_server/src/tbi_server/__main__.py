"""Settings, then the model in the background, then the server until it is told to stop."""

import argparse
import contextlib
import logging
import os
import signal
import sys
import tempfile
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from tbi_core import Segmenter, TbiError
from tbi_core.models import BUILTIN, is_path, resolve
from tbi_server.door import open_door, port_taken
from tbi_server.editor import editor_folder
from tbi_server.settings import Settings, SettingsError, has_display, prepare_gradio
from tbi_server.uploads import Store, clean_up_forever

if TYPE_CHECKING:
    from tbi_server.parts import Cutter, Parts

FETCH_SECONDS = 5.0
"""How long a stopping server keeps a result for the client that has not fetched it yet."""


def main() -> int:
    """Serves until SIGINT or SIGTERM; returns the exit status."""
    parser = argparse.ArgumentParser(prog="tbi-server", description="The text-behind-image editor and its API.")
    parser.add_argument("--open", action="store_true", help="open the editor in a browser, where there is one")
    parser.add_argument("--mcp", action="store_true", help="let agents call, at /gradio_api/mcp")
    arguments = parser.parse_args()
    logging.basicConfig(format="tbi-server: %(message)s")
    for name in ("tbi_core", "tbi_server"):
        logging.getLogger(name).setLevel(logging.INFO)
    stop = threading.Event()

    def stop_on_signal(signum: int, frame: FrameType | None) -> None:
        if stop.is_set():  # asked twice: now
            raise KeyboardInterrupt
        stop.set()

    signal.signal(signal.SIGTERM, stop_on_signal)
    signal.signal(signal.SIGINT, stop_on_signal)
    try:
        settings = Settings.from_environment()
        with (
            tempfile.TemporaryDirectory(prefix="tbi-", ignore_cleanup_errors=True) as folder,
            # Gradio takes seconds to import: until then, something else answers.
            open_door(settings.host, settings.port) as (port, door),
        ):
            is_idle = serve(replace(settings, port=port), Path(folder).resolve(), arguments, stop, door)
    except (SettingsError, TbiError, OSError) as error:
        print(f"tbi-server: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print("Stopped.", flush=True)
    if not is_idle:  # a decoder or a network that nothing can end: the grace is over
        os._exit(0)
    return 0


def serve(
    settings: Settings,
    folder: Path,
    arguments: argparse.Namespace,
    stop: threading.Event,
    door: contextlib.ExitStack,
) -> bool:
    """Runs the server over `folder` until `stop` is set; returns whether all its work has ended.

    `door` holds the port until the server takes it over.

    Raises:
        ModelError: there is no model of that name.
        SettingsError: it can't listen.
    """
    if settings.model != "auto" and not is_path(settings.model):
        resolve(settings.model)
    prepare_gradio(str(folder), settings)
    full = in_background(lambda: Segmenter.load(settings.model))
    draft = None if settings.model == BUILTIN.name else in_background(lambda: Segmenter.load(BUILTIN.name))
    if arguments.mcp and find_spec("mcp") is None:
        raise SettingsError(
            "--mcp needs the package mcp, which is missing; wanted `pip install 'tbi-server[mcp]'`."
        )
    # Imports Gradio, which reads the environment and takes seconds; it would take one more for agents of its own.
    with hidden("mcp"):
        from tbi_server import app
    from tbi_server.parts import Parts

    files = folder / "files"  # beside what Gradio makes for itself
    files.mkdir()
    store = Store(files, settings.disk_mb * 1_000_000, settings.keep_minutes * 60)
    parts = Parts(settings, store, full, draft, editor_folder())
    server = app.create(parts, arguments.mcp)
    try:
        try:
            with app.before_listening(door.close):
                address = app.launch(server)
        except OSError as error:
            # Gradio's own words name settings that are not ours.
            raise port_taken(settings.host, settings.port) from error
        queue = parts.queue
        assert queue is not None
        threading.Thread(target=clean_up_forever, args=(store, queue.in_use, stop), daemon=True).start()
        print(f"tbi is at {address}", flush=True)
        full.add_done_callback(lambda _: say_ready(parts, address))
        if arguments.open and (sys.platform != "linux" or has_display()):
            webbrowser.open(address)
        stop.wait()
        return drain(parts)
    finally:
        stop.set()
        server.get_blocks().close(verbose=False)


@contextlib.contextmanager
def hidden(package: str) -> Iterator[None]:
    """Whoever imports the package meanwhile is told that it is not installed."""
    sys.modules[package] = None  # type: ignore[assignment]  # import's own way to say so
    try:
        yield
    finally:
        del sys.modules[package]


def in_background(load: "Callable[[], Cutter]") -> "Future[Cutter]":
    """Loads a model in a thread of its own, which does not keep the process alive."""
    future: Future[Cutter] = Future()

    def run() -> None:
        try:
            future.set_result(load())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="load", daemon=True).start()
    return future


def say_ready(parts: "Parts", address: str) -> None:
    """Prints which model runs, or why none does: the server goes on, and says so to whoever asks."""
    if parts.failure:
        print(f"tbi-server: no model: {parts.failure}", file=sys.stderr, flush=True)
        return
    cutter = parts.full.result()
    print(f"tbi is ready: {address} (model {cutter.spec.name} on {cutter.device.kind})", flush=True)


def drain(parts: "Parts") -> bool:
    """Lets the running jobs end, within the grace, and their clients fetch the results; takes no new ones.

    Returns whether all have ended.
    """
    deadline = time.monotonic() + parts.settings.grace_seconds
    lanes = parts.lanes.values()
    for lane in lanes:
        lane.stop()
    while any(lane.present for lane in lanes) and time.monotonic() < deadline:
        time.sleep(0.05)
    for lane in lanes:
        lane.cancel()
    fetch_by = time.monotonic() + min(FETCH_SECONDS, parts.settings.grace_seconds)
    while parts.store.awaited(FETCH_SECONDS) and time.monotonic() < fetch_by:
        time.sleep(0.05)
    return not any(lane.present for lane in lanes)


if __name__ == "__main__":
    sys.exit(main())

"""Settings, then the model, then the server."""

import argparse
import logging
import signal
import sys
import tempfile
import threading
import webbrowser
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType

from tbi_core import Segmenter, TbiError
from tbi_server.settings import Settings, SettingsError, has_display, prepare_gradio
from tbi_server.uploads import clean_up_forever


def editor_folder() -> Path:
    """The built editor: inside an installed package, else in the checkout."""
    packaged = Path(__file__).parent / "editor"
    return packaged if packaged.is_dir() else Path(__file__).parents[4] / "web/build"


def main() -> int:
    """Serves until SIGINT or SIGTERM; returns the exit status."""
    parser = argparse.ArgumentParser(prog="tbi-server", description="The text-behind-image editor and its API.")
    parser.add_argument("--open", action="store_true", help="open the editor in a browser, where there is one")
    arguments = parser.parse_args()
    logging.basicConfig(format="tbi-server: %(message)s")
    logging.getLogger("tbi_core").setLevel(logging.INFO)
    signal.signal(signal.SIGTERM, stop_on_signal)
    try:
        settings = Settings.from_environment()
        with tempfile.TemporaryDirectory(prefix="tbi-", ignore_cleanup_errors=True) as folder:
            serve(settings, Path(folder).resolve(), arguments.open)
    except (SettingsError, TbiError, OSError) as error:
        print(f"tbi-server: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
    return 0


def serve(settings: Settings, folder: Path, open_browser: bool) -> None:
    """Runs the server over `folder` until it is interrupted."""
    prepare_gradio(str(folder))
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(Segmenter.load, settings.model)
        from tbi_server import app  # imports Gradio, which reads the environment and takes seconds

        segmenter = loading.result()
    server = app.create(settings, segmenter, folder, editor_folder())
    stop = threading.Event()
    threading.Thread(target=clean_up_forever, args=(folder, settings.keep_minutes * 60, stop), daemon=True).start()
    try:
        try:
            address = app.launch(server, settings, folder, editor_folder())
        except OSError as error:
            # Gradio's own words name settings that are not ours.
            taken = f"port {settings.port} (TBI_PORT)" if settings.port else "any port from 7860 on"
            raise SettingsError(f"Can't listen on {taken} of {settings.host}; wanted a free port.") from error
        print(f"tbi is ready: {address} (model {segmenter.spec.name} on {segmenter.device.kind})", flush=True)
        if open_browser and (sys.platform != "linux" or has_display()):
            webbrowser.open(address)
        threading.Event().wait()
    finally:
        stop.set()
        server.get_blocks().close(verbose=False)


def stop_on_signal(signum: int, frame: FrameType | None) -> None:
    """SIGTERM ends the server as Ctrl-C does; Gradio's own handling knows only the latter."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())

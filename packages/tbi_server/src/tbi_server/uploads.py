"""An upload in, a per-job folder out, and both cleaned up by age."""

import contextlib
import secrets
import shutil
import threading
import time
from pathlib import Path
from typing import Any

FILE_DATA = {"_type": "gradio.FileData"}


class UploadError(Exception):
    """What arrived is not a file that was uploaded to this server."""


def uploaded_file(value: Any, folder: Path) -> Path:
    """The file behind what a client sent as FileData.

    Gradio hands a function whatever JSON arrived, and checks paths only where `meta` says FileData; so
    everything is checked here.

    Args:
        value: the dict that Gradio passes on.
        folder: the upload folder, resolved.

    Raises:
        UploadError: not FileData, or not a regular file inside the upload folder.
    """
    if not isinstance(value, dict) or value.get("meta") != FILE_DATA or not isinstance(value.get("path"), str):
        raise UploadError("Wanted a file uploaded through /gradio_api/upload, sent as FileData with its meta.")
    try:
        path = Path(value["path"]).resolve(strict=True)
    except (OSError, ValueError) as error:
        raise UploadError("The uploaded file is not there (any more); upload it again.") from error
    if not path.is_relative_to(folder) or not path.is_file():
        raise UploadError("The file was not uploaded to this server; upload it through /gradio_api/upload.")
    return path


def job_folder(folder: Path) -> Path:
    """A new folder for one job's results; its random name is the only way to them."""
    job = folder / secrets.token_urlsafe(24)
    job.mkdir(mode=0o700)
    return job


def remove_old(folder: Path, keep_seconds: float, now: float | None = None) -> int:
    """Removes the uploads and results in which nothing changed for `keep_seconds`; returns how many."""
    oldest = (time.time() if now is None else now) - keep_seconds
    removed = 0
    for entry in folder.iterdir():
        try:
            newest = max(path.stat().st_mtime for path in (entry, *entry.glob("*")))
        except FileNotFoundError:
            continue  # a client is writing or another clean-up was faster
        if newest < oldest:
            shutil.rmtree(entry, ignore_errors=True) if entry.is_dir() else entry.unlink(missing_ok=True)
            removed += 1
    return removed


def clean_up_forever(folder: Path, keep_seconds: float, stop: threading.Event) -> None:
    """Runs `remove_old` once a minute until `stop` is set."""
    while not stop.wait(60):
        with contextlib.suppress(OSError):  # tried again in a minute
            remove_old(folder, keep_seconds)

"""Uploads in and results out: who may read which, how much they may take, and when they go.

Each lies alone in a folder with a random name. What is known of them is in memory, for one process owns the
folder: a name is looked up, never resolved, and neither a link on disk nor a clock that jumps means anything.
"""

import contextlib
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

FILE_DATA = {"_type": "gradio.FileData"}

Kind = Literal["upload", "result"]


SMALLEST = 8192
"""What the smallest file takes on a disk, with its folder, in bytes."""

YOUNG = 60.0
"""How long nobody's file is removed for another's, in seconds: it is about to be used, or fetched."""


class UploadError(Exception):
    """What arrived is not a file that was uploaded to this server."""


class QuotaError(Exception):
    """The disk, or our share of it, is full."""


@dataclass
class Entry:
    """A folder with one upload, or with one job's results."""

    kind: Kind
    folder: Path
    bytes: int
    created: float
    used: float
    """When it was made, and when a job last took it, by the store's clock."""

    names: frozenset[str] = frozenset()
    fetched: bool = False

    @property
    def cost(self) -> int:
        """What it counts for: a folder and a small file take room too."""
        return max(self.bytes, SMALLEST)


class Store:
    """The uploads and results of one server. Its methods may be called from several threads.

    Args:
        folder: where they lie; nothing else does.
        quota: what they may take together, in bytes.
        keep_seconds: how long one stays after its last use.
        clock: seconds that only ever grow.
    """

    def __init__(
        self, folder: Path, quota: int, keep_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.folder = folder
        self.quota = quota
        self.keep_seconds = keep_seconds
        self.clock = clock
        self.entries: dict[str, Entry] = {}
        self.reserved = 0
        self.lock = threading.Lock()

    @property
    def used(self) -> int:
        """What all of it takes on disk, in bytes."""
        with self.lock:
            return sum(entry.bytes for entry in self.entries.values())

    @contextlib.contextmanager
    def room(self, size: int, in_use: Collection[str] = ()) -> Iterator[None]:
        """Keeps `size` bytes free while something is written, by removing what was not used for longest.

        Args:
            size: in bytes.
            in_use: paths of uploads that jobs wait for; they stay.

        Raises:
            QuotaError: what must stay leaves no room.
        """
        held = {str(Path(path).parent) for path in in_use}
        with self.lock:
            taken = self.reserved + sum(entry.cost for entry in self.entries.values())
            if taken + size > self.quota:
                for entry in sorted(self.entries.values(), key=lambda entry: entry.used):
                    if str(entry.folder) not in held and self.clock() - entry.created > YOUNG:
                        taken -= entry.cost
                        self.forget(entry)
                    if taken + size <= self.quota:
                        break
            if taken + size > self.quota:
                raise QuotaError("The server's disk is full of other people's photos; try again in some minutes.")
            self.reserved += size
        try:
            yield
        finally:
            with self.lock:
                self.reserved -= size

    def add_upload(self, name: str, file: BinaryIO) -> Path:
        """Keeps an upload.

        Args:
            name: what the client calls it; only shown, in messages.
            file: read from its start.

        Raises:
            QuotaError: the disk is full.
        """
        with self.new("upload") as entry:
            path: Path = entry.folder / safe_name(name)
            file.seek(0)
            with path.open("wb") as target:
                shutil.copyfileobj(file, target, 1 << 20)
            entry.bytes, entry.names = path.stat().st_size, frozenset({path.name})
        return path

    def add_results(self, files: dict[str, bytes], in_use: Collection[str] = ()) -> list[Path]:
        """Keeps what a job made, by file name; see `room`.

        Raises:
            QuotaError: the disk is full.
        """
        size = sum(map(len, files.values()))
        with self.room(size, in_use), self.new("result") as entry:
            for name, data in files.items():
                (entry.folder / name).write_bytes(data)
            entry.bytes, entry.names = size, frozenset(files)
            paths = [entry.folder / name for name in files]
        return list(paths)

    @contextlib.contextmanager
    def new(self, kind: Kind) -> Iterator[Entry]:
        """A new folder; it goes again if what writes into it fails."""
        now = self.clock()
        entry = Entry(kind, self.folder / secrets.token_urlsafe(24), 0, now, now)
        try:
            entry.folder.mkdir(mode=0o700)
            yield entry
        except OSError as error:
            shutil.rmtree(entry.folder, ignore_errors=True)
            raise QuotaError(f"The server could not write the file ({error.strerror}); try again later.") from error
        except BaseException:
            shutil.rmtree(entry.folder, ignore_errors=True)
            raise
        with self.lock:
            self.entries[str(entry.folder)] = entry

    def find(self, path: str, kind: Kind) -> Path | None:
        """The file of that kind with exactly this path, or None."""
        folder, _, name = path.rpartition("/")
        with self.lock:
            entry = self.entries.get(folder)
            return Path(path) if entry and entry.kind == kind and name in entry.names else None

    def upload(self, value: Any) -> Path:
        """The file behind what a client sent as FileData.

        Gradio hands a function whatever JSON arrived, and checks paths only where `meta` says FileData; so
        everything is checked here.

        Raises:
            UploadError: not FileData, or not a file that `add_upload` keeps.
        """
        if not isinstance(value, dict) or value.get("meta") != FILE_DATA or not isinstance(value.get("path"), str):
            raise UploadError("Wanted a file uploaded through /gradio_api/upload, sent as FileData with its meta.")
        path = self.find(value["path"], "upload")
        if path is None:
            raise UploadError("The uploaded file is not there (any more); upload it again.")
        with self.lock:
            if entry := self.entries.get(str(path.parent)):
                entry.used = self.clock()
        return path

    def mark_fetched(self, path: Path) -> None:
        """Notes that a result has reached its client."""
        with self.lock:
            if entry := self.entries.get(str(path.parent)):
                entry.fetched = True

    def awaited(self, seconds: float) -> bool:
        """Whether a result that is younger than `seconds` has not been fetched yet."""
        with self.lock:
            young = self.clock() - seconds
            results = [entry for entry in self.entries.values() if entry.kind == "result"]
            return any(not entry.fetched and entry.created > young for entry in results)

    def discard(self, path: str | Path) -> None:
        """Removes the folder that a file lies in, if it is one of ours."""
        with self.lock:
            if entry := self.entries.get(str(Path(path).parent)):
                self.forget(entry)

    def remove_old(self, in_use: Collection[str] = ()) -> int:
        """Removes what nobody used for `keep_seconds`; returns how many folders went.

        Args:
            in_use: paths of uploads that jobs wait for; they stay.
        """
        held = {str(Path(path).parent) for path in in_use}
        with self.lock:
            oldest = self.clock() - self.keep_seconds
            old = [entry for name, entry in self.entries.items() if entry.used < oldest and name not in held]
            for entry in old:
                self.forget(entry)
        return len(old)

    def forget(self, entry: Entry) -> None:
        """Removes a folder; the lock is held."""
        del self.entries[str(entry.folder)]
        shutil.rmtree(entry.folder, ignore_errors=True)


def safe_name(name: str) -> str:
    """A file name that means nothing to any file system, near to what a person called their file."""
    plain = re.sub(r"[^\w.\- ]", "_", name.replace("\\", "/").rpartition("/")[2])[-60:].strip(". ")
    return plain or "photo"


def clean_up_forever(store: Store, in_use: Callable[[], Collection[str]], stop: threading.Event) -> None:
    """Runs `remove_old` again and again until `stop` is set."""
    while not stop.wait(min(60, store.keep_seconds / 4)):
        store.remove_old(in_use())

"""What the server costs and withstands: a real one with the built-in model on loopback. `make bench-server`.

Four questions: 200 clients at once; the overhead over `segment()` itself; the bytes of the editor's way; and a
soak. Writes its part of RESULTS.md. Times are of this machine; the claims are ratios, counts and bounds.
"""

import argparse
import hashlib
import io
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
from PIL import Image
from results import write_part

from tbi_core import Segmenter, read_image
from tbi_core.png import encode_png

ROOT = Path(__file__).parents[1]
META = {"_type": "gradio.FileData"}
CLIENTS = 200


@contextmanager
def serving(**environment: str) -> Iterator[tuple[int, str, Path]]:
    """A server; its process, address and folder of files."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "tbi_server"],
            env={**os.environ, "TBI_MODEL": "builtin", "TBI_PORT": "", "TMPDIR": folder, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            for line in process.stdout or ():
                if ready := re.match(r"tbi is ready: (http://\S+?)/? ", line):
                    yield process.pid, ready.group(1), next(Path(folder).glob("tbi-*/files"))
                    break
        finally:
            process.terminate()
            process.wait(30)


def memory(pid: int) -> float:
    """What a process holds, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1000
    raise ValueError(pid)


class Client:
    """The raw protocol: upload, join, listen, fetch."""

    def __init__(self, address: str) -> None:
        self.http = httpx.Client(base_url=f"{address}/gradio_api", timeout=600)

    def cut_out(self, photo: bytes, api: str = "remove_background", name: str = "photo.png") -> list[bytes]:
        """A whole call; the files that come back."""
        path = self.http.post("/upload", files={"files": (name, photo)}).raise_for_status().json()[0]
        asked = self.http.post(f"/call/{api}", json={"data": [{"path": path, "meta": META}]}).raise_for_status()
        with self.http.stream("GET", f"/call/{api}/{asked.json()['event_id']}") as stream:
            text = "".join(stream.iter_text())
        assert "event: complete" in text, text
        files = json.loads(text.split("event: complete\ndata: ")[1].split("\n")[0])
        return [self.http.get(f"/file={file['path']}").raise_for_status().content for file in files]


def photos(side: int, count: int) -> list[bytes]:
    """Different pictures of one kind: the sample, moved."""
    with Image.open(ROOT / "web/static/samples/astronaut.png") as image:
        base = np.asarray(image.convert("RGB").resize((side, side)))
    pictures = []
    for number in range(count):
        file = io.BytesIO()
        Image.fromarray(np.roll(base, number, axis=1)).save(file, "PNG", compress_level=1)
        pictures.append(file.getvalue())
    return pictures


def crowd() -> list[str]:
    """200 clients at once: each gets its own picture, in turn; then memory and disk."""
    segmenter = Segmenter.load("builtin")
    pictures = photos(256, CLIENTS)
    wanted = [digest(encode_png(segmenter.segment(read_image(picture)))) for picture in pictures]
    with serving(TBI_QUEUE_SIZE=str(CLIENTS), TBI_KEEP_MINUTES="0.5") as (pid, address, folder):
        Client(address).cut_out(pictures[0])
        before = memory(pid)
        done: dict[int, tuple[str, float]] = {}
        begin = time.perf_counter()

        def ask(number: int) -> None:
            (cutout,) = Client(address).cut_out(pictures[number])
            done[number] = (digest(cutout), time.perf_counter() - begin)

        with ThreadPoolExecutor(CLIENTS) as pool:
            failures = [future.exception() for future in [pool.submit(ask, number) for number in range(CLIENTS)]]
        lost = sum(failure is not None for failure in failures)
        own = sum(done[number][0] == wanted[number] for number in done)
        assert lost == 0, [failure for failure in failures if failure][:3]
        deadline = time.monotonic() + 120
        while list(folder.iterdir()) and time.monotonic() < deadline:
            time.sleep(0.5)
        left = len(list(folder.iterdir()))
        after = memory(pid)
    waits = sorted(wait for _, wait in done.values())
    return [
        f"| {CLIENTS} clients at once, a photo each | {lost} lost, {own} got their own picture |",
        f"| the first and the last of them | after {waits[0]:.1f} and {waits[-1]:.1f} s |",
        f"| memory before and after them | {before:.0f} and {after:.0f} MB ({after / before - 1:+.0%}) |",
        f"| files on disk after the clean-up age | {left} |",
    ]


def digest(file: bytes) -> str:
    """Of the pixels, which are what counts."""
    with Image.open(io.BytesIO(file)) as image:
        return hashlib.sha256(np.asarray(image).tobytes()).hexdigest()


def overhead(rounds: int) -> list[str]:
    """What the server adds to `segment()` for a photo of 1 MP, alternating."""
    segmenter = Segmenter.load("builtin")
    (photo,) = photos(1000, 1)
    inside, outside = [], []
    with serving() as (_, address, _):
        client = Client(address)
        client.cut_out(photo)
        for _ in range(rounds):
            begin = time.perf_counter()
            encode_png(segmenter.segment(photo))
            inside.append(time.perf_counter() - begin)
            begin = time.perf_counter()
            client.cut_out(photo)
            outside.append(time.perf_counter() - begin)
    added = statistics.median(o - i for o, i in zip(outside, inside, strict=True))
    core, server = statistics.median(inside), statistics.median(outside)
    return [
        f"| `segment()` and PNG of a 1 MP photo, p50 | {core * 1000:.0f} ms |",
        f"| the same through the server, p50 | {server * 1000:.0f} ms |",
        f"| what the server adds, p50 of the differences | {added * 1000:.0f} ms |",
    ]


def size_of(path: Path) -> bytes:
    """A photo as a 12 MP JPEG, with the noise of a camera: a smooth enlargement would flatter its PNG."""
    with Image.open(path) as image:
        scale = (12e6 / (image.width * image.height)) ** 0.5
        large = image.convert("RGB").resize((round(image.width * scale), round(image.height * scale)))
    noise = np.random.default_rng(7).normal(0, 2.5, (large.height, large.width, 3))
    file = io.BytesIO()
    noisy = np.clip(np.asarray(large) + noise, 0, 255).round().astype(np.uint8)
    Image.fromarray(noisy).save(file, "JPEG", quality=92)
    return file.getvalue()


def bytes_sent() -> list[str]:
    """The editor's way against the transparent PNG, for 12 MP."""
    lines = []
    with serving() as (_, address, _):
        client = Client(address)
        for name in ("astronaut.png", "coffee.png", "rocket.jpg"):
            photo = size_of(ROOT / "web/static/samples" / name)
            (cutout,) = client.cut_out(photo, name="photo.jpg")
            alpha, edges = client.cut_out(photo, "extract_alpha", "photo.jpg")
            sent = len(alpha) + len(edges)
            lines.append(
                f"| 12 MP of {name.partition('.')[0]}: alpha + edge colours, RGBA PNG | "
                f"{len(alpha) / 1000:.0f} + {len(edges) / 1000:.0f} kB, {len(cutout) / 1000:.0f} kB "
                f"(1/{len(cutout) / sent:.0f}) |"
            )
    return lines


def starts(rounds: int = 5) -> list[str]:
    """From the start of the process to its first answer, and to the editor; beside them, Gradio's import alone."""
    alive, served, imported = [], [], []
    for port in range(18_860, 18_860 + rounds):
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "tbi_server"],
            env={**os.environ, "TBI_MODEL": "builtin", "TBI_PORT": str(port)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
            for path, times in (("/healthz", alive), ("/", served)):
                while True:
                    try:
                        if http.get(path).status_code == 200:
                            break
                    except httpx.TransportError:
                        pass
                    time.sleep(0.01)  # a port says nothing when it begins to listen
                times.append(time.perf_counter() - began)
        process.terminate()
        process.wait(30)
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import gradio"], check=True)
        imported.append(time.perf_counter() - began)
    first, page, gradio = (statistics.median(times) for times in (alive, served, imported))
    return [
        f"| process start to the first answer, median of {rounds} | {first:.1f} s |",
        f"| process start to the editor's page | {page:.1f} s |",
        f"| `import gradio` alone, same minutes | {gradio:.1f} s |",
    ]


def soak(minutes: float) -> list[str]:
    """Two clients without a pause: memory, threads and open files at a tenth of the time and at the end."""
    (photo,) = photos(512, 1)
    with serving(TBI_KEEP_MINUTES="0.5") as (pid, address, _):
        end = time.monotonic() + 60 * minutes
        counts = [0, 0]

        def work(number: int) -> None:
            while time.monotonic() < end:
                client = Client(address)
                client.cut_out(photo)
                client.http.close()
                counts[number] += 1

        threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        time.sleep(6 * minutes)
        early = memory(pid), tasks(pid)
        for thread in threads:
            thread.join()
        late = memory(pid), tasks(pid)
    return [
        f"| a soak of {minutes:g} minutes, two clients | {sum(counts)} photos |",
        f"| memory after a tenth of it, and at its end | {early[0]:.0f} and {late[0]:.0f} MB "
        f"({late[0] / early[0] - 1:+.0%}) |",
        f"| threads and open files, the same | {early[1][0]} + {early[1][1]} and {late[1][0]} + {late[1][1]} |",
    ]


def tasks(pid: int) -> tuple[int, int]:
    """Threads and open files of a process."""
    return len(list(Path(f"/proc/{pid}/task").iterdir())), len(list(Path(f"/proc/{pid}/fd").iterdir()))


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40, help="of the overhead (default 40)")
    parser.add_argument("--minutes", type=float, default=10, help="of the soak (default 10); 0 leaves it out")
    parser.add_argument("--soak-only", action="store_true", help="only the soak: it may run beside other work")
    parser.add_argument("--start-only", action="store_true", help="only how long a start takes")
    arguments = parser.parse_args()
    if not arguments.soak_only:
        write("The server's start", starts())
    if arguments.start_only:
        return
    if not arguments.soak_only:
        write("The server", [*overhead(arguments.rounds), *crowd(), *bytes_sent()])
    if arguments.minutes:
        write("The server for a while", soak(arguments.minutes))


def write(title: str, lines: list[str]) -> None:
    """Replaces a table of RESULTS.md."""
    head = f"By `make bench-server`, the built-in model, loopback, {os.cpu_count()} cores."
    table = f"{head}\n\n| what | measured |\n|---|---|\n" + "\n".join(lines)
    print(table, flush=True)
    write_part(title, table)


if __name__ == "__main__":
    main()

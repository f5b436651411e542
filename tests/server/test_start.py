"""How the server starts and stops: real processes."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from conftest import start_server, stop_server


def test_it_takes_the_next_free_port_leaves_nothing_behind_and_stops_on_sigterm(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 7860))
            taken.listen()
        except OSError:
            pass  # somebody has it already: as good
        process, address = start_server(tmp_path / "log.txt", TBI_PORT="", TMPDIR=str(tmp_path))
        assert not address.endswith(":7860")
        assert httpx.get(f"{address}/healthz").status_code == 200
        assert [path.name[:4] for path in tmp_path.iterdir() if path.is_dir()] == ["tbi-"]
        assert stop_server(process) == 0
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []


def test_a_chosen_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "tbi_server"],
            env={**os.environ, "TBI_PORT": port, "TBI_MODEL": "builtin"},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 1
    assert done.stderr == f"tbi-server: Can't listen on port {port} (TBI_PORT) of 127.0.0.1; wanted a free port.\n"


def test_a_wrong_setting_ends_it_with_a_sentence() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tbi_server"], env={**os.environ, "TBI_PORT": "x"}, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith("tbi-server: TBI_PORT is 'x'")


def test_ctrl_c_stops_it(tmp_path: Path) -> None:
    process, _ = start_server(tmp_path / "log.txt", TBI_PORT="")
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 0
    stop_server(process)


def test_a_warm_start_takes_less_than_five_seconds_to_the_first_page(tmp_path: Path) -> None:
    def start() -> tuple[float, float]:
        begin = time.perf_counter()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        process, address = start_server(tmp_path / "log.txt", TBI_PORT="")
        assert httpx.get(address).status_code == 200
        wall = time.perf_counter() - begin
        stop_server(process)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall

    def load() -> float:
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import gradio"], check=True)
        return time.perf_counter() - begin

    # On a machine that is slow, or busy with something else: little more than Gradio alone takes to load there.
    starts = [start() for _ in range(2)]
    assert min(min(work, wall) for work, wall in starts) < max(5, 1.6 * min(load() for _ in range(2)))


def test_a_full_queue_says_so(tmp_path: Path, astronaut: Path) -> None:
    process, server = start_server(tmp_path / "log.txt", TBI_PORT="", TBI_QUEUE_SIZE="1")
    with astronaut.open("rb") as file:
        (path,) = httpx.post(f"{server}/gradio_api/upload", files={"files": ("photo.png", file)}).json()
    photo = {"path": path, "meta": {"_type": "gradio.FileData"}}
    answers = [httpx.post(f"{server}/gradio_api/call/remove_background", json={"data": [photo]}) for _ in range(6)]
    stop_server(process)
    assert {answer.status_code for answer in answers} == {200, 503}


@pytest.mark.parametrize("host", ["::1", "127.0.0.2"])
def test_on_any_loopback_address_no_other_name_is_answered(tmp_path: Path, host: str) -> None:
    process, server = start_server(tmp_path / "log.txt", TBI_PORT="", TBI_HOST=host)
    try:
        assert httpx.get(f"{server}/config").status_code == 200
        assert httpx.get(f"{server}/config", headers={"host": "evil.example"}).status_code == 403
    finally:
        stop_server(process)

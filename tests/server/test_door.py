"""What answers before Gradio is imported."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from conftest import stop_server


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(port: int, log: Path) -> subprocess.Popen[str]:
    with log.open("w") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", "tbi_server"],
            env={**os.environ, "TBI_MODEL": "builtin", "TBI_PORT": str(port)},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )


def test_it_is_alive_within_seconds_and_ready_later(tmp_path: Path) -> None:
    port = free_port()
    began = time.monotonic()
    process = start(port, tmp_path / "log.txt")
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as http:
            while True:
                try:
                    alive = http.get("/healthz")
                    break
                except httpx.TransportError:
                    assert time.monotonic() - began < 30
                    time.sleep(0.02)  # nothing says when a port begins to listen
            # Half a second on a quiet machine; the whole of Gradio takes six.
            assert time.monotonic() - began < 5
            assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
            early = http.get("/readyz")
            assert (early.status_code, early.json()) == (503, {"status": "starting"})
            page = http.get("/")
            assert page.status_code == 503
            assert page.headers["retry-after"] == "2"
            assert 'http-equiv="refresh"' in page.text
            for answer in (http.post("/gradio_api/queue/join", json={}), http.get("/gradio_api/file=/etc/passwd")):
                assert answer.status_code == 503
                assert "starting" in answer.json()["detail"]
            # Whoever watches never hears that it is dead, but for the moment in which the port changes hands.
            refused: list[float] = []
            while http_status(http, "/readyz") != 200:
                if http_status(http, "/healthz") != 200:
                    refused.append(time.monotonic())
                assert time.monotonic() - began < 60
                time.sleep(0.05)  # as somebody who watches over it would
            assert not refused or refused[-1] - refused[0] < 2
            assert http.get("/").status_code == 200
    finally:
        assert stop_server(process) == 0
    log = (tmp_path / "log.txt").read_text()
    assert "Traceback" not in log
    assert "passwd" not in log


def http_status(http: httpx.Client, path: str) -> int | None:
    try:
        return http.get(path).status_code
    except httpx.TransportError:
        return None


def test_a_taken_port_is_said_at_once(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        began = time.monotonic()
        process = start(port, tmp_path / "log.txt")
        try:
            assert process.wait(timeout=30) == 1
        finally:
            process.kill()
            process.communicate()
        assert time.monotonic() - began < 5
    assert f"Can't listen on port {port} (TBI_PORT) of 127.0.0.1" in (tmp_path / "log.txt").read_text()


def test_a_client_that_says_nothing_does_not_hold_the_port(tmp_path: Path) -> None:
    port = free_port()
    process = start(port, tmp_path / "log.txt")
    silent = socket.socket()
    try:
        for _ in range(200):
            try:
                silent.connect(("127.0.0.1", port))
                break
            except OSError:
                time.sleep(0.05)  # not listening yet
                silent.close()
                silent = socket.socket()
        assert process.stdout is not None
        assert any(line.startswith("tbi is ready") for line in process.stdout)
    finally:
        silent.close()
        assert stop_server(process) == 0

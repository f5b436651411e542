"""What a server survives, and how it stops: real processes, and faults put into them."""

import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import start_server, stop_server
from server.client import Api

FAULTY = str(Path(__file__).with_name("faulty.py"))


@contextmanager
def serving(folder: Path, fault: str, until: str = "is ready:", **environment: str) -> Iterator[tuple]:
    process, address = start_server(
        folder / "log.txt",
        script=FAULTY,
        until=until,
        TBI_FAULT=fault,
        **{"TBI_MODEL": "birefnet-lite", "TBI_PORT": "", "TMPDIR": str(folder), **environment},
    )
    try:
        yield process, Api(address)
    finally:
        stop_server(process)


def test_it_serves_while_the_model_is_loaded_and_jobs_wait_for_it(tmp_path: Path, astronaut: Path) -> None:
    begin = time.monotonic()
    with serving(tmp_path, "load:12", until="is at") as (_, api):
        ready = api.http.get("/readyz")
        started = time.monotonic() - begin
        assert (ready.status_code, ready.json()) == (503, {"status": "loading"})
        assert api.http.get("/healthz").status_code == 200
        status = api.http.get("/api/status").json()
        assert (status["ready"], status["model"], status["reason"]) == (
            False,
            "birefnet-lite",
            "the model is being loaded",
        )
        assert api.run("draft_alpha", "draft", api.upload(astronaut))["success"]
        api.join("extract_alpha", "full", api.upload(astronaut))
        messages = list(api.messages("full"))
        words = {
            unit["desc"]
            for message in messages
            if message["msg"] == "progress"
            for unit in message["progress_data"]
        }
        assert "Loading the model" in words
        assert messages[-2]["success"]
        assert api.http.get("/readyz").status_code == 200
        assert started < 12  # the clock of a busy machine; test_start.py counts the work


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_of_a_job_lets_it_end_and_leaves_nothing(
    tmp_path: Path, astronaut: Path, number: signal.Signals
) -> None:
    with serving(tmp_path, "slow:2") as (process, api):
        api.join("extract_alpha", "running", api.upload(astronaut))
        api.join("extract_alpha", "waiting", api.upload(astronaut))
        ends: dict[str, dict] = {}

        def follow(session: str) -> None:
            mine = Api(str(api.http.base_url))
            ends[session] = mine.finish(session)
            if session == "running":
                path = ends[session]["output"]["data"][0]["path"]
                ends["file"] = {"status": mine.http.get(f"/gradio_api/file={path}").status_code}

        threads = [threading.Thread(target=follow, args=(session,)) for session in ("running", "waiting")]
        for thread in threads:
            thread.start()
        threading.Event().wait(0.7)
        process.send_signal(number)
        threading.Event().wait(0.3)
        refused = api.join("extract_alpha", "late", {"path": None})
        assert (refused.status_code, refused.json()["detail"][:22]) == (503, "The server is stopping")
        assert api.http.get("/readyz").status_code == 503
        for thread in threads:
            thread.join()
        assert process.wait(timeout=15) == 0
    assert ends["running"]["success"]
    assert ends["file"]["status"] == 200
    assert "stopping" in ends["waiting"]["output"]["error"]
    assert list(tmp_path.glob("tbi-*")) == []
    assert "Traceback" not in (tmp_path / "log.txt").read_text()


@pytest.mark.parametrize("seconds", [4, 60])
def test_work_longer_than_the_grace_is_given_up(tmp_path: Path, astronaut: Path, seconds: int) -> None:
    """Even where nothing can end it, as a network or a decoder in the middle of its own code."""
    with serving(tmp_path, f"slow:{seconds}", TBI_GRACE="1") as (process, api):
        api.join("extract_alpha", "running", api.upload(astronaut))
        threading.Event().wait(0.5)
        begin = time.monotonic()
        process.terminate()
        assert process.wait(timeout=30) == 0
        assert time.monotonic() - begin < 12
    assert list(tmp_path.glob("tbi-*")) == []


@pytest.mark.parametrize(
    ("fault", "sentence", "kind"),
    [
        ("oom", "The memory of the device does not suffice", "model"),
        ("crash:secret", "Something went wrong on the server (job ", "internal"),
    ],
)
def test_a_model_that_fails_once_does_not_end_the_server(
    tmp_path: Path, astronaut: Path, fault: str, sentence: str, kind: str
) -> None:
    with serving(tmp_path, fault) as (_, api):
        failed = api.run("extract_alpha", "failed", api.upload(astronaut, "private-name.png"))
        assert not failed["success"]
        assert failed["output"]["error"].startswith(sentence)
        assert f'tbi_failures_total{{kind="{kind}"}} 1.0' in api.http.get("/metrics").text
        assert api.run("extract_alpha", "again", api.upload(astronaut))["success"]
    log = (tmp_path / "log.txt").read_text()
    assert "job=" in log
    # Neither a person's file name nor a message that could hold one.
    assert "private-name" not in log
    assert "secret" not in log


def test_weights_that_are_damaged_are_said_and_the_server_goes_on(tmp_path: Path, astronaut: Path) -> None:
    weights = tmp_path / "weights.safetensors"
    weights.write_bytes(b"\x08\0\0\0\0\0\0\0{broken}")
    log = tmp_path / "log.txt"
    process, address = start_server(log, until="is at", TBI_MODEL=str(weights), TBI_PORT="")
    try:
        api = Api(address)
        failed = api.run("extract_alpha", "failed", api.upload(astronaut))
        assert not failed["success"]
        assert "safetensors" in failed["output"]["error"]
        ready = api.http.get("/readyz")
        assert (ready.status_code, ready.json()) == (503, {"status": "failed"})
        assert "safetensors" in api.http.get("/api/status").json()["reason"]
        assert api.run("draft_alpha", "draft", api.upload(astronaut))["success"]
    finally:
        stop_server(process)
    assert "no model" in log.read_text()


def test_a_full_disk_is_said_and_nothing_half_written_stays(tmp_path: Path) -> None:
    """On a small file system of its own where one can be mounted; else the quota stands in for it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(disk)], capture_output=True)
    small = mounted.returncode == 0
    try:
        noise = np.random.default_rng(5).integers(0, 256, (1400, 1400, 3), np.uint8)
        Image.fromarray(noise).save(tmp_path / "photo.png")  # 6 MB
        process, address = start_server(
            tmp_path / "log.txt", TMPDIR=str(disk), TBI_PORT="", TBI_DISK_MB="14", TBI_MAX_UPLOAD_MB="7"
        )
        try:
            api = Api(address)
            photo = api.upload(tmp_path / "photo.png")
            files = {"files": ("photo.png", (tmp_path / "photo.png").read_bytes())}
            answers = [api.http.post("/gradio_api/upload", files=files).status_code for _ in range(3)]
            assert 507 in answers
            end = api.run("convert_photo", "photo", photo)
            if not end["success"]:  # no room for the result either
                assert "disk" in end["output"]["error"] or "space" in end["output"]["error"]
            kept = sum(path.stat().st_size for path in disk.rglob("*") if path.is_file())
            assert api.metric("tbi_disk_bytes") == kept
        finally:
            stop_server(process)
        assert list(disk.iterdir()) == []
        assert "Traceback" not in (tmp_path / "log.txt").read_text()
    finally:
        if small:
            subprocess.run(["umount", str(disk)], check=True)


def test_what_is_old_goes_while_the_server_runs(tmp_path: Path, astronaut: Path) -> None:
    process, address = start_server(
        tmp_path / "log.txt", TMPDIR=str(tmp_path), TBI_PORT="", TBI_KEEP_MINUTES="0.05"
    )
    try:
        api = Api(address)
        assert api.run("convert_photo", "photo", api.upload(astronaut))["success"]
        (folder,) = tmp_path.glob("tbi-*/files")
        end = time.monotonic() + 15
        while list(folder.iterdir()) and time.monotonic() < end:
            threading.Event().wait(0.2)
        assert list(folder.iterdir()) == []
    finally:
        stop_server(process)


def test_a_clock_that_jumps_takes_nothing_away(tmp_path: Path, astronaut: Path) -> None:
    """A day forward while a job runs, then two back: uploads age by another clock, and the queue goes on."""
    with serving(tmp_path, "clock:86400", TBI_KEEP_MINUTES="0.3", TBI_RATE="999/minute") as (_, api):
        kept = api.upload(astronaut)
        for session in ("forward", "back", "after"):
            done = api.run("extract_alpha", session, api.upload(astronaut))
            assert done["success"], done
            path = done["output"]["data"][0]["path"]
            assert api.http.get(f"/gradio_api/file={path}").status_code == 200
            threading.Event().wait(5 if session == "forward" else 0)  # the clean-up looks every 4.5 seconds
        assert Path(kept["path"]).exists()
        assert api.run("extract_alpha", "kept", kept)["success"]
    assert "Traceback" not in (tmp_path / "log.txt").read_text()


def test_clients_who_never_listen_shut_nobody_out_for_good(tmp_path: Path, astronaut: Path) -> None:
    with serving(tmp_path, "crowd:3") as (_, api):
        for number in range(3):
            assert api.join("draft_alpha", f"deaf{number}", api.upload(astronaut)).status_code == 200
        refused = api.join("draft_alpha", "fourth", api.upload(astronaut))
        assert (refused.status_code, refused.json()["detail"][:27]) == (503, "Busy: too many clients are ")
        threading.Event().wait(3)  # two seconds after their jobs are over, nobody wants to hear of them
        assert api.run("draft_alpha", "fifth", api.upload(astronaut))["success"]

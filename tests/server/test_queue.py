"""The queue with the real server: lanes, limits, cancel, and clients that leave."""

import asyncio
import io
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest
from gradio.queueing import Queue
from gradio.server_messages import ProcessCompletedMessage
from PIL import Image

from conftest import run_async, start_server, stop_server
from server.client import Api
from tbi_server.gradio_queue import QueueRules
from tbi_server.lanes import Lane
from tbi_server.metrics import Metrics

FAULTY = str(Path(__file__).with_name("faulty.py"))


def eventually(condition: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        threading.Event().wait(0.05)
    return False


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server whose full model takes two seconds; its address and the folder of its files."""
    folder = tmp_path_factory.mktemp("slow")
    process, address = start_server(
        folder / "log.txt",
        script=FAULTY,
        TBI_FAULT="slow:2",
        TBI_MODEL="birefnet-lite",
        TBI_PORT="",
        TBI_QUEUE_SIZE="2",
        TMPDIR=str(folder),
    )
    yield address, next(folder.glob("tbi-*/files"))
    stop_server(process)
    assert "Traceback" not in (folder / "log.txt").read_text()


def test_a_word_to_a_client_who_has_gone_ends_no_loop() -> None:
    """Between a job's last word and its end the client may go; seen as a KeyError that stopped all progress."""

    async def speak() -> None:  # with a loop, or Gradio makes one that it never closes
        queue = Queue(True, 1, 1, None, gr.Blocks())
        server = SimpleNamespace(get_blocks=lambda: SimpleNamespace(_queue=queue, fns={}))
        QueueRules(server, {"model": Lane("model", Metrics(), 5)}, lambda path: None)
        event = SimpleNamespace(session_hash="gone", alive=True, _id="job")
        queue.send_message(event, ProcessCompletedMessage(output={}, success=True))
        queue.pending_messages_per_session["here"] = asyncio.Queue()
        event.session_hash = "here"
        queue.send_message(event, ProcessCompletedMessage(output={}, success=True))
        assert queue.pending_messages_per_session["here"].qsize() == 1

    run_async(speak())


def test_a_draft_does_not_wait_behind_full_jobs(slow: tuple[str, Path], astronaut: Path) -> None:
    api = Api(slow[0])
    for session in ("full1", "full2"):
        assert api.join("extract_alpha", session, api.upload(astronaut)).status_code == 200
    begin = time.monotonic()
    assert api.run("draft_alpha", "draft", api.upload(astronaut))["success"]
    draft = time.monotonic() - begin
    assert all(api.finish(session)["success"] for session in ("full1", "full2"))
    full = time.monotonic() - begin
    assert full > 4
    assert draft < full - 2


def test_a_full_lane_says_how_long_to_wait_and_leaves_the_other_open(
    slow: tuple[str, Path], astronaut: Path
) -> None:
    api = Api(slow[0])
    assert api.run("extract_alpha", "first", api.upload(astronaut))["success"]  # so that the server knows
    photos = [api.upload(astronaut) for _ in range(4)]
    answers = []
    for number, photo in enumerate(photos):
        answers.append(api.join("extract_alpha", f"many{number}", photo))
        threading.Event().wait(0.2)  # the first leaves the list for the lane
    assert [answer.status_code for answer in answers] == [200, 200, 200, 503]
    detail = answers[-1].json()["detail"]
    assert detail.startswith("Busy: 2 jobs are waiting, about ")
    assert 3 <= int(detail.split("about ")[1].split(" s")[0]) <= 20
    assert api.run("draft_alpha", "draft-beside", api.upload(astronaut))["success"]
    assert all(api.finish(f"many{number}")["success"] for number in range(3))


def test_each_waiting_client_is_told_its_place_and_then_its_progress(
    slow: tuple[str, Path], astronaut: Path
) -> None:
    api = Api(slow[0])
    for session in ("one", "two"):
        api.join("extract_alpha", session, api.upload(astronaut))
    messages = list(api.messages("two"))
    kinds = [message["msg"] for message in messages]
    assert kinds.index("estimation") < kinds.index("process_starts") < kinds.index("progress")
    assert messages[kinds.index("estimation")]["rank"] == 0
    words = {
        unit["desc"] for message in messages if message["msg"] == "progress" for unit in message["progress_data"]
    }
    assert "Finding the subject" in words
    api.finish("one")


def test_a_cancelled_job_keeps_its_place_until_its_work_has_stopped(
    slow: tuple[str, Path], astronaut: Path
) -> None:
    api = Api(slow[0])
    photo = api.upload(astronaut)
    event = api.join("extract_alpha", "running", photo).json()["event_id"]
    threading.Event().wait(0.5)
    begin = time.monotonic()
    api.cancel("running", event)
    # The answer comes when the two seconds of the model are over: until then the next would run beside it.
    assert time.monotonic() - begin > 1
    assert not Path(photo["path"]).exists()
    assert api.run("extract_alpha", "next", api.upload(astronaut))["success"]


def test_cancelling_the_second_job_of_a_session_leaves_the_first(slow: tuple[str, Path], astronaut: Path) -> None:
    api = Api(slow[0])
    first = api.upload(astronaut)
    second = api.upload(astronaut)
    started = api.join("extract_alpha", "both", first).json()["event_id"]
    threading.Event().wait(0.3)
    waiting = api.join("extract_alpha", "both", second).json()["event_id"]
    api.cancel("both", waiting)
    assert not Path(second["path"]).exists()
    ends = {m["event_id"]: m for m in api.messages("both") if m["msg"] == "process_completed"}
    assert ends[started]["output"]["data"][0]["path"]
    assert Path(first["path"]).exists()


def test_nobody_cancels_the_job_of_another(slow: tuple[str, Path], astronaut: Path) -> None:
    api = Api(slow[0])
    event = api.join("extract_alpha", "mine", api.upload(astronaut)).json()["event_id"]
    api.cancel("theirs", event)
    assert api.finish("mine")["output"]["data"][0]["path"]


def test_a_client_that_leaves_takes_its_jobs_and_files_along(slow: tuple[str, Path], astronaut: Path) -> None:
    address, folder = slow
    api = Api(address)
    before = set(folder.iterdir())
    cancelled = api.metric("tbi_jobs_total")
    for session in ("leaver", "leaver2"):
        api.join("extract_alpha", session, api.upload(astronaut))
    threading.Event().wait(0.3)
    for session in ("leaver", "leaver2"):
        other = Api(address)
        with other.http.stream("GET", f"/gradio_api/queue/data?session_hash={session}") as stream:
            next(stream.iter_lines())
    assert eventually(lambda: set(folder.iterdir()) <= before)
    assert api.http.get("/api/status").json()["queue"]["waiting"] == 0
    assert api.metric("tbi_jobs_total") == cancelled + 1  # the one that ran; the other never began
    assert api.run("extract_alpha", "after", api.upload(astronaut))["success"]


def test_cancelling_one_job_leaves_the_upload_to_the_others(slow: tuple[str, Path], astronaut: Path) -> None:
    api = Api(slow[0])
    photo = api.upload(astronaut)
    first = api.join("extract_alpha", "shared1", photo).json()["event_id"]
    assert api.join("extract_alpha", "shared2", photo).status_code == 200
    threading.Event().wait(0.5)
    api.cancel("shared1", first)
    assert api.finish("shared2")["success"]


def test_only_one_listens_to_a_session(slow: tuple[str, Path], astronaut: Path) -> None:
    api = Api(slow[0])
    api.join("extract_alpha", "heard", api.upload(astronaut))
    address = "/gradio_api/queue/data?session_hash=heard"
    with api.http.stream("GET", address) as first:
        assert first.status_code == 200
        assert api.http.get(address).status_code == 409
        for line in first.iter_lines():
            if "process_completed" in line:
                break
    assert api.http.get("/gradio_api/queue/data?session_hash=unknown").status_code == 404


def test_cancels_at_every_moment_pin_no_upload(slow: tuple[str, Path]) -> None:
    """A cancel in the middle of Gradio's own book-keeping would leave the job, and its upload, there for good."""
    address, folder = slow
    api = Api(address)
    tiny = io.BytesIO()
    Image.new("RGB", (64, 64)).save(tiny, "PNG")
    before = set(folder.iterdir())

    def cancel(session: str, event: str, stop: threading.Event) -> None:
        mine = Api(address)
        while not stop.is_set():
            mine.cancel(session, event)

    for number in range(6):
        session, stop = f"pinned{number}", threading.Event()
        event = api.join("convert_photo", session, api.upload(tiny.getvalue())).json()["event_id"]
        threads = [threading.Thread(target=cancel, args=(session, event, stop)) for _ in range(3)]
        for thread in threads:
            thread.start()
        threading.Event().wait(0.2)
        stop.set()
        for thread in threads:
            thread.join()
    status = api.http.get("/api/status").json()
    assert status["queue"]["waiting"] == 0
    # What was quicker than the cancel has left its result.
    new = [path for path in folder.iterdir() if path not in before]
    assert all((path / "photo.jpg").exists() or len(list(path.iterdir())) == 1 for path in new)


@pytest.mark.parametrize("function", [-1, 99, None, "x", 1.5])
def test_a_function_that_is_not_there_is_the_clients_mistake(slow: tuple[str, Path], function: object) -> None:
    api = Api(slow[0])
    body = {"data": [None], "fn_index": function, "session_hash": "odd"}
    assert api.http.post("/gradio_api/queue/join", json=body).status_code in (400, 422)


@pytest.mark.parametrize("values", [[], [None, None], ["x"] * 30])
def test_a_wrong_number_of_values_is_the_clients_mistake(slow: tuple[str, Path], values: list[object]) -> None:
    api = Api(slow[0])
    assert api.join("extract_alpha", "wrong", *values).status_code == 400

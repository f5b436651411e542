"""Two real servers behind the example's nginx: deploy/nginx.conf as it is, but for ports and shorter patience."""

import io
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from PIL import Image

from conftest import ROOT, start_server, stop_server
from server.client import Api
from server.nginx import find

NAME = "tbi.example"
AROUND = """
{user}
daemon off;
pid {folder}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/example.conf;
}}
"""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@dataclass
class Pair:
    """nginx, and the two servers behind it."""

    port: int
    servers: list[str]
    processes: list[subprocess.Popen[str]]

    def person(self, number: int, **headers: str) -> Api:
        """Somebody at an address of their own, who typed the server's name."""
        return Api(
            f"http://127.0.0.1:{self.port}",
            transport=httpx.HTTPTransport(local_address=f"127.0.0.{number}"),
            headers={"host": NAME, **headers},
        )

    def jobs(self) -> list[float]:
        """How many jobs each server has done, asked behind nginx's back."""
        return [Api(server, headers={"host": NAME}).metric("tbi_jobs_total") for server in self.servers]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    program = find()
    if program is None:
        pytest.skip("nginx is not installed (Debian: apt install nginx)")
    folder = tmp_path_factory.mktemp("nginx")
    started = [
        start_server(folder / f"{number}.txt", TBI_PORT="", TBI_HOSTS=NAME, TBI_RATE="12/minute")
        for number in range(2)
    ]
    port = free_port()
    example = (ROOT / "deploy/nginx.conf").read_text()
    for number, (_, address) in enumerate(started):
        example = example.replace(f"127.0.0.1:{7861 + number}", address.removeprefix("http://"))
    example = example.replace("listen 80;", f"listen 127.0.0.1:{port};")
    example = re.sub(r"(client_header_timeout|client_body_timeout|keepalive_timeout) \d+s;", r"\1 1s;", example)
    (folder / "example.conf").write_text(example)
    # Else its workers could not reach the test's folder.
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user=user))
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "errors.txt")]
    nginx = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 10
    while time.monotonic() < end and nginx.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)  # nginx says nothing when it listens
    assert nginx.poll() is None, (folder / "errors.txt").read_text()
    yield Pair(port, [address for _, address in started], [process for process, _ in started])
    nginx.terminate()
    nginx.wait(10)
    for process, _ in started:
        if process.poll() is None:
            stop_server(process)
    assert not any("Traceback" in (folder / f"{number}.txt").read_text() for number in range(2))


def test_each_person_stays_with_one_server_and_both_work(pair: Pair) -> None:
    """Upload, queue, events and result are four requests: at the wrong server none of the last three is there."""
    tiny = io.BytesIO()
    Image.new("RGB", (32, 32)).save(tiny, "PNG")
    served = []
    for number in range(100, 120):
        before = pair.jobs()
        person = pair.person(number)
        for session in ("one", "two"):
            done = person.run("convert_photo", f"{session}{number}", person.upload(tiny.getvalue()))
            assert done["success"], done
            path = done["output"]["data"][0]["path"]
            assert person.http.get(f"/gradio_api/file={path}").content[:2] == b"\xff\xd8"
        new = [after - earlier for after, earlier in zip(pair.jobs(), before, strict=True)]
        assert sorted(new) == [0, 2]
        served.append(new.index(2))
    assert set(served) == {0, 1}


def test_the_editor_comes_through_with_its_policy(pair: Pair) -> None:
    person = pair.person(2)
    page = person.http.get("/", headers={"origin": f"http://{NAME}"})
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert person.http.get("/", headers={"host": "evil.example"}).status_code == 403


def test_places_and_progress_come_as_they_happen(pair: Pair, astronaut: Path) -> None:
    person = pair.person(20)
    photo = person.upload(astronaut)
    for number in range(3):
        person.join("extract_alpha", f"stream{number}", photo)
    seen = [(message["msg"], time.monotonic()) for message in person.messages("stream2")]
    times = dict(reversed(seen))
    assert times["process_completed"] - times["estimation"] > 0.05  # not all at once, at the end


def test_people_are_counted_by_their_own_address_whatever_they_claim(pair: Pair, astronaut: Path) -> None:
    statuses = []
    for number in range(14):
        person = pair.person(30, **{"x-forwarded-for": f"203.0.113.{number}"})
        statuses.append(person.http.post("/gradio_api/upload", files={"files": ("a.png", b"x")}).status_code)
    assert statuses.count(200) == 12
    assert statuses[12:] == [429, 429]
    assert pair.person(31).upload(astronaut)


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: tbi.example\r\n\r\n"])
def test_a_connection_that_says_nothing_more_is_ended(pair: Pair, said: bytes) -> None:
    with socket.create_connection(("127.0.0.1", pair.port), timeout=8) as idle:
        idle.sendall(said)
        while idle.recv(65536):
            pass  # an answer, if any; then the end, not the time-out


def test_a_larger_upload_than_a_server_takes_is_refused_at_the_door(pair: Pair) -> None:
    person = pair.person(40)
    answer = person.http.post("/gradio_api/upload", files={"files": ("a.png", bytes(52 << 20))})
    assert answer.status_code == 413


def test_when_a_server_is_gone_its_people_go_on_with_the_other(pair: Pair, astronaut: Path) -> None:
    stop_server(pair.processes[0])
    for number in range(50, 54):
        person = pair.person(number)
        assert person.run("extract_alpha", f"after{number}", person.upload(astronaut))["success"]

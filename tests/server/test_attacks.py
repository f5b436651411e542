"""The same attacks on a server as tutorials write it, where they work, and on ours, where they do not.

So each test fails if the attack is none: whoever thinks that a check is not needed sees here what it stops.
"""

import contextlib
import io
import json
import os
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from PIL import Image

from server.client import META


class Prey(NamedTuple):
    """What there is to be had."""

    secret: Path
    """A photo that nobody uploaded."""


@pytest.fixture(scope="module")
def naive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("naive")
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("naive.py")), str(folder / "address")],
        env={**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_TEMP_DIR": str(folder / "uploads")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = folder / "address"
    for _ in range(300):
        if address.is_file() and address.read_text():
            break
        assert process.poll() is None
        time.sleep(0.1)
    yield address.read_text().rstrip("/")
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def prey(tmp_path_factory: pytest.TempPathFactory) -> Prey:
    secret = tmp_path_factory.mktemp("private") / "secret.png"
    Image.new("RGB", (40, 30), "crimson").save(secret)
    return Prey(secret)


def call(server: str, value: object, route: str = "call") -> str:
    """All that a call of the API answers."""
    with httpx.Client(base_url=f"{server}/gradio_api", timeout=30) as http:
        asked = http.post(f"/{route}/remove_background", json={"data": [value]})
        if asked.status_code != 200 or route == "run":
            return asked.text if asked.status_code == 200 else ""
        with http.stream("GET", f"/call/remove_background/{asked.json()['event_id']}") as stream:
            return "".join(stream.iter_text())


def upload(server: str, name: str, content: bytes) -> httpx.Response:
    return httpx.post(f"{server}/gradio_api/upload", files={"files": (name, content)}, timeout=60)


def stolen(server: str, answer: str) -> bool:
    """Whether an answer leads to the secret's pixels."""
    if '"path"' not in answer:
        return False
    path = answer.split('"path": "')[-1].split('"')[0] if '"path": "' in answer else ""
    path = path or json.loads(answer)["data"][0]["path"]
    picture = httpx.get(f"{server}/gradio_api/file={path}")
    with Image.open(io.BytesIO(picture.content)) as image:
        return image.convert("RGB").getpixel((3, 3)) == (220, 20, 60)


def reads_a_bare_path(server: str, prey: Prey) -> bool:
    return stolen(server, call(server, str(prey.secret)))


def reads_a_path_without_meta(server: str, prey: Prey) -> bool:
    return stolen(server, call(server, {"path": str(prey.secret)}))


def reads_a_path_with_a_wrong_meta(server: str, prey: Prey) -> bool:
    return stolen(server, call(server, {"path": str(prey.secret), "meta": {"_type": "other"}}))


def reads_a_path_past_the_queue(server: str, prey: Prey) -> bool:
    return stolen(server, call(server, {"path": str(prey.secret)}, "run"))


def overwrites_an_upload(server: str, prey: Prey) -> bool:
    image = io.BytesIO()
    Image.new("P", (20, 20)).save(image, "PNG")
    path = upload(server, "mine.png", image.getvalue()).json()[0]
    call(server, {"path": path, "meta": META})
    return Path(path).read_bytes() != image.getvalue()


def writes_beside_a_file(server: str, prey: Prey) -> bool:
    other = prey.secret.with_name("other.jpg")
    Image.new("RGB", (8, 8)).save(other)
    call(server, str(other))
    written = prey.secret.with_name("other.png")
    try:
        return written.exists()
    finally:
        written.unlink(missing_ok=True)


def shares_a_path_between_two_people(server: str, prey: Prey) -> bool:
    first, second = (upload(server, "photo.png", b"same bytes").json()[0] for _ in range(2))
    return first == second


def reads_an_upload_back(server: str, prey: Prey) -> bool:
    page = b"<script>alert(1)</script>"
    path = upload(server, "page.html", page).json()[0]
    return httpx.get(f"{server}/gradio_api/file={path}").content == page


def sends_a_huge_json_body(server: str, prey: Prey) -> bool:
    answer = httpx.post(
        f"{server}/gradio_api/call/remove_background", json={"data": ["x" * 20_000_000]}, timeout=60
    )
    return answer.status_code == 200


def invites_any_site(server: str, prey: Prey) -> bool:
    """On a name that is not this machine's, as behind a proxy or after DNS rebinding."""
    headers = {"origin": "https://evil.example", "host": "tbi.example"}
    answer = httpx.get(f"{server}/config", headers=headers)
    return answer.headers.get("access-control-allow-origin") == "https://evil.example"


def reads_the_documentation_of_every_route(server: str, prey: Prey) -> bool:
    return httpx.get(f"{server}/openapi.json").status_code == 200


def lets_a_file_be_guessed_at(server: str, prey: Prey) -> bool:
    """Without nosniff a browser may take a picture for a page."""
    return "x-content-type-options" not in httpx.get(server).headers


def shows_its_paths_in_an_error(server: str, prey: Prey) -> bool:
    path = upload(server, "text.png", b"not a picture").json()[0]
    return path in call(server, {"path": path, "meta": META})


def keeps_uploads_without_end(server: str, prey: Prey) -> bool:
    """More than fits into the memory of a small machine, in requests that never end up in a job."""
    big = os.urandom(60_000_000)
    return upload(server, "big.bin", big).status_code == 200


def passes_a_wrong_type_to_the_function(server: str, prey: Prey) -> bool:
    return "FileNotFoundError" in call(server, "no such file") or "No such file" in call(server, "no such file")


ATTACKS: list[Callable[[str, Prey], bool]] = [
    reads_a_bare_path,
    reads_a_path_without_meta,
    reads_a_path_with_a_wrong_meta,
    reads_a_path_past_the_queue,
    overwrites_an_upload,
    writes_beside_a_file,
    shares_a_path_between_two_people,
    reads_an_upload_back,
    sends_a_huge_json_body,
    invites_any_site,
    reads_the_documentation_of_every_route,
    lets_a_file_be_guessed_at,
    shows_its_paths_in_an_error,
    keeps_uploads_without_end,
    passes_a_wrong_type_to_the_function,
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_it_works_on_a_server_as_tutorials_write_it(
    naive: str, prey: Prey, attack: Callable[[str, Prey], bool]
) -> None:
    assert attack(naive, prey)


@pytest.mark.parametrize("attack", ATTACKS)
def test_it_does_not_work_here(server: str, prey: Prey, attack: Callable[[str, Prey], bool]) -> None:
    assert not attack(server, prey)


def png(width: int, height: int) -> bytes:
    """A PNG that says it is so large, and is a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + kind + data + checksum

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    body = zlib.compress(bytes(10_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("bomb.png", png(60_000, 60_000), "3600.0 megapixels"),
        ("long.png", png(2_000_000_000, 1), "megapixels"),
        ("page.png", b"<html><script>alert(1)</script></html>", "not an image"),
        (
            "drawing.svg",
            b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
            "not an",
        ),
        ("print.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(/etc/passwd) run\n", "not an image"),
        ("archive.png", b"PK\x03\x04" + bytes(100), "not an image"),
        ("polyglot.gif", b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)", "image"),
    ],
)
def test_a_hostile_file_is_a_sentence_and_costs_nothing(
    server: str, name: str, content: bytes, sentence: str
) -> None:
    path = upload(server, name, content).json()[0]
    begin = time.perf_counter()
    answer = call(server, {"path": path, "meta": META})
    assert "event: error" in answer
    assert sentence in answer
    assert time.perf_counter() - begin < 5
    assert path not in answer


def test_anothers_result_is_not_to_be_had(server: str, astronaut: Path) -> None:
    """Neither by listening to a session that one does not know nor by asking for a job that is over."""
    path = upload(server, "photo.png", astronaut.read_bytes()).json()[0]
    with httpx.Client(base_url=f"{server}/gradio_api", timeout=30) as http:
        asked = http.post("/call/convert_photo", json={"data": [{"path": path, "meta": META}]}).json()["event_id"]
        with http.stream("GET", f"/call/convert_photo/{asked}") as stream:
            result = "".join(stream.iter_text())
        assert "event: complete" in result
        addresses = [f"/call/convert_photo/{again}" for again in (asked, asked[::-1], "0" * 32)]
        for address in (*addresses, f"/queue/data?session_hash={asked}"):
            heard = ""
            with contextlib.suppress(httpx.ReadTimeout), http.stream("GET", address, timeout=2) as stream:
                for text in stream.iter_text():
                    heard += text
            assert "photo.jpg" not in heard
        folder = Path(json.loads(result.split("data: ")[-1])[0]["path"]).parent
        for guess in (folder.parent, folder, folder.with_name("a" * 32) / "photo.jpg", folder / "alpha.png"):
            assert http.get(f"/file={guess}").status_code == 404


def test_many_slow_bodies_do_not_keep_others_out(server: str) -> None:
    host, port = server.removeprefix("http://").split(":")
    start = (
        f"POST /gradio_api/upload HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 1000000\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
    )
    slow = [socket.create_connection((host, int(port)), timeout=10) for _ in range(100)]
    try:
        for connection in slow:
            connection.sendall(start.encode())
        begin = time.perf_counter()
        assert httpx.get(f"{server}/healthz").status_code == 200
        assert time.perf_counter() - begin < 2
    finally:
        for connection in slow:
            connection.close()

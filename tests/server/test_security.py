"""What a hostile client tries: each attempt ends in an error and shows no content.

Every route that takes a file is tried with every value that is not an upload. Without the guard and
`uploaded_file`, the bare paths and the ones with a wrong meta are read from this machine's disk.
"""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

META = {"_type": "gradio.FileData"}
SECRET = "a line that must not leave this machine"
APIS = ("remove_background", "extract_alpha", "draft_alpha", "convert_photo")


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory, astronaut: Path) -> Path:
    """A photo that nobody uploaded, in the system's temp folder: decoding it would succeed."""
    path = tmp_path_factory.mktemp("private") / "secret.png"
    path.write_bytes(astronaut.read_bytes())
    return path


@pytest.fixture(scope="module")
def elsewhere(astronaut: Path) -> Iterator[tuple[str, list[str]]]:
    """Another web server with a photo, and the requests that reached it."""
    requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(self.path)
            self.send_response(200)
            self.send_header("content-type", "image/png")
            self.end_headers()
            self.wfile.write(astronaut.read_bytes())

        def log_message(self, *args: object) -> None:
            pass

    web = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=web.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{web.server_port}/photo.png", requests
    web.shutdown()
    thread.join()
    web.server_close()


def values(path: str) -> list[object]:
    """The ways to name a file that was not uploaded."""
    return [
        path,
        {"path": path},
        {"path": path, "meta": META},
        {"path": path, "meta": {"_type": "something.Else"}},
        {"path": path, "meta": META, "url": path, "is_stream": True},
        {"path": path, "meta": META, "orig_name": "../../x.png"},
        [{"path": path, "meta": META}],
    ]


def attempts(secret: Path) -> list[object]:
    names = [
        str(secret),
        "/etc/hostname",
        f"../../..{secret}",
        f"file://{secret}",
        "/dev/zero",
        "/proc/self/environ",
        ".",
    ]
    return [value for name in names for value in values(name)] + [None, 7, "", {}, {"path": None, "meta": META}]


def ask(server: str, api: str, value: object) -> tuple[int, str]:
    """POST and GET, as the API documents it; the status of the first and all text of both."""
    with httpx.Client(base_url=f"{server}/gradio_api", timeout=30) as http:
        asked = http.post(f"/call/{api}", json={"data": [value]})
        if asked.status_code != 200:
            return asked.status_code, asked.text
        with http.stream("GET", f"/call/{api}/{asked.json()['event_id']}") as stream:
            return asked.status_code, "".join(stream.iter_text())


@pytest.mark.parametrize("api", APIS)
def test_a_file_that_was_not_uploaded_is_never_read(server: str, secret: Path, api: str) -> None:
    for value in attempts(secret):
        status, text = ask(server, api, value)
        assert status >= 400 or "event: error" in text, (value, text)
        assert "event: complete" not in text, (value, text)
        assert "gradio.FileData" not in text, (value, text)


def test_the_queue_route_refuses_the_same(server: str, secret: Path) -> None:
    config = httpx.get(f"{server}/config").json()
    function = next(d["id"] for d in config["dependencies"] if d["api_name"] == "remove_background")
    for number, value in enumerate(attempts(secret)):
        session = f"attack{number}"
        joined = httpx.post(
            f"{server}/gradio_api/queue/join",
            json={"data": [value], "fn_index": function, "session_hash": session},
        )
        if joined.status_code != 200:
            continue
        with httpx.stream("GET", f"{server}/gradio_api/queue/data?session_hash={session}", timeout=30) as stream:
            for line in stream.iter_lines():
                if "process_completed" in line:
                    assert json.loads(line.removeprefix("data: "))["success"] is False, (value, line)
                    break


@pytest.mark.parametrize("api", APIS)
def test_an_address_is_never_fetched(server: str, elsewhere: tuple[str, list[str]], api: str) -> None:
    address, requests = elsewhere
    variants = [address, address.upper(), address.replace("http", "h%74tp"), f" {address}"]
    for value in [value for variant in variants for value in values(variant)]:
        status, text = ask(server, api, value)
        assert status >= 400 or "event: error" in text, (value, text)
        assert "event: complete" not in text, (value, text)
    assert requests == []


@pytest.mark.parametrize("route", ["/gradio_api/file=", "/gradio_api/proxy=", "/file=", "/proxy="])
def test_no_route_is_a_proxy(server: str, elsewhere: tuple[str, list[str]], route: str) -> None:
    address, requests = elsewhere
    for variant in (address, address.replace("http", "HTTP"), address.replace("://", "%3A%2F%2F")):
        answer = httpx.get(f"{server}{route}{variant}")
        # Gradio never saw it: its own refusal covers only addresses of this machine.
        assert (answer.status_code, answer.json()) == (404, {"detail": "There is nothing here."})
    assert requests == []


@pytest.mark.parametrize(
    "path", ["/etc/hostname", "../../../../etc/hostname", "%2e%2e/%2e%2e/etc/hostname", "/proc/self/environ"]
)
def test_the_file_route_serves_only_uploads_and_results(server: str, path: str) -> None:
    for prefix in ("/gradio_api/file=", "/_app/", "/samples/", "/"):
        assert httpx.get(f"{server}{prefix}{path}").status_code in (403, 404)


@pytest.mark.parametrize("api", APIS)
def test_the_routes_around_the_queue_are_closed(server: str, api: str) -> None:
    for route in (f"/gradio_api/run/{api}", f"/gradio_api/api/{api}", f"/run/{api}", f"/api/{api}"):
        assert httpx.post(f"{server}{route}", json={"data": [None]}).status_code == 404


@pytest.mark.parametrize(
    "path", ["/docs", "/redoc", "/openapi.json", "/monitoring", "/login", "/gradio_api/info/../deep_link", "/runs"]
)
def test_pages_of_gradio_that_nobody_needs_are_closed(server: str, path: str) -> None:
    assert httpx.get(f"{server}{path}").status_code == 404


def test_a_large_body_is_refused_whether_or_not_it_says_its_length(server: str) -> None:
    url = f"{server}/gradio_api/call/remove_background"
    body = json.dumps({"data": ["x" * 300_000]}).encode()
    assert httpx.post(url, content=body).status_code == 413
    assert httpx.post(url, content=(body[i : i + 1000] for i in range(0, len(body), 1000))).status_code == 413


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 60_000])
def test_a_body_that_is_not_json_is_refused(server: str, body: bytes) -> None:
    assert httpx.post(f"{server}/gradio_api/call/remove_background", content=body).status_code == 422


def test_an_upload_cannot_choose_its_folder(server: str) -> None:
    for name in ("../../../escape.png", "/etc/escape.png", "..\\escape.png", "."):
        answer = httpx.post(f"{server}/gradio_api/upload", files={"files": (name, b"x")})
        for path in answer.json() if answer.status_code == 200 else []:
            assert Path(path).resolve().parents[1].name == "files"


def test_an_uploaded_page_is_not_served_as_one(server: str) -> None:
    for name, content in (
        ("x.html", b"<script>1</script>"),
        ("x.svg", b"<svg onload='1' xmlns='http://www.w3.org/2000/svg'/>"),
    ):
        (path,) = httpx.post(f"{server}/gradio_api/upload", files={"files": (name, content)}).json()
        answer = httpx.get(f"{server}/gradio_api/file={path}")
        # Nothing that was uploaded is ever sent out again; only results are.
        assert answer.status_code == 404
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]


def test_the_upload_folder_cannot_be_listed(server: str) -> None:
    (path,) = httpx.post(f"{server}/gradio_api/upload", files={"files": ("a.txt", b"x")}).json()
    folder = Path(path).parents[1]
    for place in (folder, f"{folder}/", Path(path).parent):
        assert httpx.get(f"{server}/gradio_api/file={place}").status_code in (403, 404)


def test_the_server_listens_on_this_machine_only(server: str) -> None:
    port = int(server.rsplit(":", 1)[1])
    with socket.socket() as probe:
        # A port that is taken on every address could not be bound on another loopback one.
        probe.bind(("127.0.0.2", port))


@pytest.mark.parametrize("host", ["x.localhost", "localtest.me", "evil.example", "localhost.", "127.0.0.2"])
def test_another_name_for_this_machine_is_refused(server: str, host: str) -> None:
    port = server.rsplit(":", 1)[1]
    for path in ("/", "/config", "/api/status", "/gradio_api/info"):
        assert httpx.get(f"{server}{path}", headers={"host": f"{host}:{port}"}).status_code == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:1", "null", "http://127.0.0.1"])
def test_a_page_of_another_site_gets_nothing_done(server: str, origin: str) -> None:
    headers = {"origin": origin}
    upload = httpx.post(f"{server}/gradio_api/upload", files={"files": ("a.png", b"x")}, headers=headers)
    assert upload.status_code == 403
    call = httpx.post(f"{server}/gradio_api/call/remove_background", json={"data": [None]}, headers=headers)
    assert call.status_code == 403
    assert httpx.get(f"{server}/api/status", headers=headers).status_code == 403


@pytest.mark.parametrize("headers", [{"host": "[::1"}, {"origin": "http://["}])
def test_an_address_that_is_none_is_refused(server: str, headers: dict[str, str]) -> None:
    assert httpx.get(f"{server}/config", headers=headers).status_code == 400


def test_the_editors_own_origin_is_welcome(server: str) -> None:
    assert httpx.get(f"{server}/api/status", headers={"origin": server}).status_code == 200


def test_an_upload_without_a_file_name_is_counted_too(server: str) -> None:
    """Gradio would keep such a part in memory, whatever its size."""
    parts = (
        part for part in [b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n', *[bytes(1_000_000)] * 60]
    )
    headers = {"content-type": "multipart/form-data; boundary=b"}
    with contextlib.suppress(httpx.WriteError):  # it may be cut off while it still sends
        answer = httpx.post(f"{server}/gradio_api/upload", content=parts, headers=headers, timeout=60)
        assert answer.status_code in (400, 413)


@pytest.mark.parametrize("session", ["", " ", "a" * 65, 7, ["x"], "a\nb"])
def test_an_odd_session_is_refused(server: str, session: object) -> None:
    """An empty one stops Gradio's queue for good once another job starts while it waits."""
    body = {"data": [None], "fn_index": 2, "session_hash": session}
    assert httpx.post(f"{server}/gradio_api/queue/join", json=body).status_code == 422


def test_a_request_line_without_a_path_is_refused(server: str) -> None:
    host, port = server.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as raw:
        raw.sendall(f"GET * HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        assert b" 404 " in raw.recv(200)


def test_an_upload_that_is_broken_off_is_no_error(server: str) -> None:
    """The log of this run's server is looked through for tracebacks at its end."""
    host, port = server.removeprefix("http://").split(":")
    for _ in range(3):
        with socket.create_connection((host, int(port)), timeout=10) as raw:
            start = (
                f"POST /gradio_api/upload HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 1000000\r\n"
                "Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
                'Content-Disposition: form-data; name="files"; filename="a.png"\r\n\r\nhalf'
            )
            raw.sendall(start.encode())
            threading.Event().wait(0.1)
    assert httpx.get(f"{server}/healthz").status_code == 200


def test_jobs_that_are_cancelled_while_they_wait_never_run(server: str, astronaut: Path) -> None:
    """Gradio frees a cancelled job's place at once: without our own queue, the dead jobs would all still run."""
    content = astronaut.read_bytes()

    def upload() -> dict[str, object]:  # a cancelled job takes its upload along
        (path,) = httpx.post(f"{server}/gradio_api/upload", files={"files": ("photo.png", content)}).json()
        return {"path": path, "meta": META}

    with httpx.Client(base_url=f"{server}/gradio_api", timeout=30) as http:
        for number in range(30):
            photo = upload()
            body = {"data": [photo], "fn_index": 0, "session_hash": f"gone{number}"}
            event = http.post("/queue/join", json=body).json()["event_id"]
            threading.Event().wait(0.03)
            http.post("/cancel", json={"session_hash": f"gone{number}", "fn_index": 0, "event_id": event})
    begin = time.perf_counter()
    status, text = ask(server, "extract_alpha", upload())
    assert "event: complete" in text, (status, text)
    # One photo takes about a second here; thirty dead ones would take half a minute.
    assert time.perf_counter() - begin < 12

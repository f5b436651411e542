"""Whatever is sent, the server answers with a status below 500, and goes on.

Requests are made from its own vocabulary, so that they get far, by a fixed number of examples: bounded in time.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from server.client import META, Api

BOUNDED = settings(
    max_examples=250,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

PATHS = """
/ /config /gradio_api/info /gradio_api/upload /gradio_api/queue/join /gradio_api/queue/data /gradio_api/cancel
/gradio_api/reset /gradio_api/call/remove_background /gradio_api/call/render /gradio_api/call/nothing
/gradio_api/call/render/x /gradio_api/heartbeat/x /gradio_api/file=/etc /gradio_api/run/render /metrics /readyz
/api/status /samples/astronaut.png /nothing /gradio_api/component_server /gradio_api/stream/x /login /theme.css
/assets/x /robots.txt /gradio_api/queue/data?session_hash=x
"""
paths = st.sampled_from(PATHS.split())
odd = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.just("\0"), st.just("x" * 3000)
)
file = st.fixed_dictionaries(
    {"path": st.one_of(st.just("/etc/hostname"), st.text(max_size=20)), "meta": st.one_of(st.just(META), odd)}
)
values = st.recursive(
    st.one_of(odd, file),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
names = st.sampled_from(
    [
        "data",
        "fn_index",
        "session_hash",
        "event_id",
        "event_data",
        "trigger_id",
        "simple_format",
        "batched",
        "request",
    ]
)
bodies = st.one_of(
    st.dictionaries(names, values, max_size=6).map(lambda body: json.dumps(body).encode()),
    st.fixed_dictionaries(
        {"data": st.lists(values, max_size=3), "fn_index": st.integers(-1, 9), "session_hash": st.text(max_size=5)}
    ).map(lambda body: json.dumps(body).encode()),
    st.binary(max_size=200),
)
HEADERS = "content-type accept-encoding range if-none-match x-forwarded-for x-forwarded-host"
HEADER_VALUES = ["", "x", "application/json", "bytes=9-1", "*", "127.0.0.1, ::1", "a\tb", "bytes=0-0,5-6", "br;q=x"]
MULTIPART = ["multipart/form-data" + rest for rest in ("", "; boundary=b", "; boundary=b; charset=klingon")]
headers = st.dictionaries(st.sampled_from(HEADERS.split()), st.sampled_from(HEADER_VALUES + MULTIPART), max_size=3)
DISPOSITIONS = ['name="files"; filename="a.png"', 'name="files"', "name=", 'filename="x"', "", "\xff"]
LINES = ["", "Content-Type: image/png", "Content-Type: a/b; charset=klingon", ":", "Content-Length: -1"]


CLIENT = httpx.Client(timeout=10)
"""One for all: a new one takes longer than the request."""


def ask(server: str, method: str, path: str, **options: object) -> int:
    with CLIENT.stream(method, f"{server}{path}", **options) as answer:  # type: ignore[arg-type]  # any of httpx's
        return answer.status_code


@pytest.fixture(scope="module")
def log_is_clean(server: str) -> Iterator[str]:
    """The session's server; its log is looked through for tracebacks at the end of the run."""
    yield server
    CLIENT.close()


@BOUNDED
@given(st.sampled_from(["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"]), paths, bodies, headers)
def test_any_request(log_is_clean: str, method: str, path: str, body: bytes, headers: dict[str, str]) -> None:
    assert ask(log_is_clean, method, path, content=body, headers=headers) < 500 or path == "/gradio_api/queue/join"


@BOUNDED
@given(paths.filter(lambda path: "call" in path or "queue/join" in path or "cancel" in path), bodies)
def test_any_json(log_is_clean: str, path: str, body: bytes) -> None:
    status = ask(log_is_clean, "POST", path, content=body, headers={"content-type": "application/json"})
    # A full queue says 503; nothing else may.
    assert status < 500 or status == 503


@BOUNDED
@given(
    st.lists(st.tuples(st.sampled_from(DISPOSITIONS), st.sampled_from(LINES), st.binary(max_size=50)), max_size=12),
    st.booleans(),
)
def test_any_upload(log_is_clean: str, parts: list[tuple[str, str, bytes]], ends: bool) -> None:
    body = b""
    for disposition, line, content in parts:
        head = f"--b\r\nContent-Disposition: form-data; {disposition}\r\n{line}\r\n\r\n"
        body += head.encode("latin-1") + content + b"\r\n"
    body += b"--b--\r\n" if ends else b""
    headers = {"content-type": "multipart/form-data; boundary=b"}
    assert ask(log_is_clean, "POST", "/gradio_api/upload", content=body, headers=headers) < 500


@BOUNDED
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40))
def test_any_path(log_is_clean: str, path: str) -> None:
    from urllib.parse import quote

    for prefix in ("/", "/gradio_api/", "/gradio_api/file=", "/_app/immutable/"):
        assert ask(log_is_clean, "GET", prefix + quote(path, safe="/=:@.%")) < 500


def test_after_all_that_it_works(log_is_clean: str, astronaut: Path) -> None:
    api = Api(log_is_clean)
    assert api.run("convert_photo", "after", api.upload(astronaut))["success"]

"""Who may ask, how often, and what every answer says: real servers with each setting."""

import base64
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file

from conftest import ROOT, run_async, start_server, stop_server
from server.client import Api

SITE = "https://editor.example"
TOKEN = "a-long-token-of-a-test"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """With a token, and a site that may call."""
    log = tmp_path_factory.mktemp("guarded") / "log.txt"
    process, address = start_server(log, TBI_PORT="", TBI_AUTH=TOKEN, TBI_ALLOWED_ORIGINS=SITE)
    yield address
    stop_server(process)
    assert "Traceback" not in log.read_text()


BEARER = {"authorization": f"Bearer {TOKEN}"}
ROUTES = [
    ("GET", "/"),
    ("GET", "/samples/astronaut.png"),
    ("GET", "/config"),
    ("GET", "/api/status"),
    ("GET", "/metrics"),
    ("GET", "/gradio_api/info"),
    ("GET", "/gradio_api/file=/tmp/x"),
    ("GET", "/gradio_api/queue/data?session_hash=a"),
    ("GET", "/gradio_api/call/remove_background/a"),
    ("GET", "/gradio_api/heartbeat/a"),
    ("POST", "/gradio_api/upload"),
    ("POST", "/gradio_api/queue/join"),
    ("POST", "/gradio_api/call/remove_background"),
    ("POST", "/gradio_api/cancel"),
    ("GET", "/nothing"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_without_credentials_every_route_is_closed(guarded: str, method: str, path: str) -> None:
    def basic(text: str) -> dict[str, str]:
        return {"authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}

    wrong = [{}, {"authorization": "Bearer wrong"}, {"authorization": "Bearer x"}, {"authorization": TOKEN}]
    wrong += [basic("me:wrong"), basic(TOKEN), {"authorization": "Basic ***"}, {"cookie": f"token={TOKEN}"}]
    for number, headers in enumerate(wrong):
        # Each from elsewhere, as so many guesses of one address would be refused for their number.
        elsewhere = {"x-forwarded-for": f"203.0.113.{number}"}
        answer = httpx.request(method, f"{guarded}{path}", headers={**headers, **elsewhere})
        assert answer.status_code == 401, headers
        assert answer.headers["www-authenticate"].startswith("Basic")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_whether_it_is_alive_is_no_secret(guarded: str, path: str) -> None:
    answer = httpx.get(f"{guarded}{path}")
    assert answer.status_code == 200
    assert list(answer.json()) == ["status"]
    # Whatever keeps a container running may not know its name.
    assert httpx.get(f"{guarded}{path}", headers={"host": "10.1.2.3.pod"}).status_code == 200


def test_with_the_token_everything_works(guarded: str, astronaut: Path) -> None:
    client = Client(guarded, headers=BEARER, verbose=False)
    result = client.predict(image=handle_file(str(astronaut)), api_name="/remove_background")
    assert Path(result).read_bytes()[:4] == b"\x89PNG"


def test_a_browser_gives_the_token_as_a_password(guarded: str) -> None:
    assert httpx.get(guarded, auth=("anything", TOKEN)).status_code == 200


def test_user_and_password(tmp_path: Path) -> None:
    process, address = start_server(tmp_path / "log.txt", TBI_PORT="", TBI_AUTH="me:a pass:word")
    try:
        assert httpx.get(address, auth=("me", "a pass:word")).status_code == 200
        for wrong in (("me", "a pass"), ("you", "a pass:word"), ("", "me:a pass:word")):
            assert httpx.get(address, auth=wrong).status_code == 401
    finally:
        stop_server(process)


def test_a_site_that_is_allowed_may_call_and_no_other(guarded: str) -> None:
    preflight = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    asked = httpx.options(f"{guarded}/gradio_api/queue/join", headers={"origin": SITE, **preflight})
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == SITE
    answer = httpx.get(f"{guarded}/api/status", headers={"origin": SITE, **BEARER})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, SITE)
    for other in ("https://evil.example", f"{SITE}.evil.example", f"{SITE}:8000", "http://editor.example", "null"):
        answer = httpx.get(f"{guarded}/api/status", headers={"origin": other, **BEARER})
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers
        asked = httpx.options(f"{guarded}/gradio_api/queue/join", headers={"origin": other, **preflight})
        assert asked.status_code == 403
        assert "access-control-allow-origin" not in asked.headers
    assert f"frame-ancestors {SITE}" in httpx.get(guarded, headers=BEARER).headers["content-security-policy"]


def test_no_answer_invites_other_sites_by_itself(server: str) -> None:
    for headers in ({}, {"origin": server}, {"host": server.removeprefix("http://"), "origin": server}):
        answer = httpx.get(f"{server}/config", headers=headers)
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_an_address_may_start_so_much_and_no_more(tmp_path: Path, astronaut: Path) -> None:
    process, address = start_server(tmp_path / "log.txt", TBI_PORT="", TBI_RATE="3/minute")
    try:
        api = Api(address)
        photo = api.upload(astronaut)
        assert api.run("convert_photo", "one", photo)["success"]
        answers = [api.http.post("/gradio_api/upload", files={"files": ("a", b"x")}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 429, 429]
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
        assert answers[-1].json()["detail"].startswith("More than 3/minute from one address")
        assert api.join("convert_photo", "two", photo).status_code == 429
        # Looking on costs nothing; and who is behind a proxy on this machine counts for itself.
        assert api.http.get("/api/status").status_code == 200
        other = httpx.post(
            f"{address}/gradio_api/upload", files={"files": ("a", b"x")}, headers={"x-forwarded-for": "203.0.113.7"}
        )
        assert other.status_code == 200
        assert api.metric("tbi_refused_total") == 3
    finally:
        stop_server(process)


def test_wrong_credentials_are_counted(tmp_path: Path) -> None:
    process, address = start_server(tmp_path / "log.txt", TBI_PORT="", TBI_AUTH=TOKEN)
    try:
        guesses = [httpx.get(address, headers={"authorization": f"Bearer {n}"}).status_code for n in range(25)]
        assert guesses == [401] * 20 + [429] * 5
        # The right one too: whoever guesses must not learn that it was right.
        assert httpx.get(address, headers=BEARER).status_code == 429
        elsewhere = {**BEARER, "x-forwarded-for": "203.0.113.9"}
        assert httpx.get(address, headers=elsewhere).status_code == 200
    finally:
        stop_server(process)


@pytest.mark.parametrize(
    ("hosts", "host", "status"),
    [
        (None, "192.0.2.5:7860", 200),
        (None, "[2001:db8::1]", 200),
        (None, "localhost", 200),
        (None, "evil.example", 403),
        ("tbi.example", "tbi.example", 200),
        ("tbi.example", "evil.example", 403),
        ("tbi.example", "192.0.2.5", 403),
        ("*", "evil.example", 200),
    ],
)
def test_a_server_for_others_answers_to_figures_and_to_its_names(hosts: str | None, host: str, status: int) -> None:
    """A page under another name that leads to a server in one's own network must not reach it."""
    from tbi_server.access import Origins, RefusedError
    from tbi_server.settings import Settings

    settings = Settings.from_environment({"TBI_HOST": "0.0.0.0", **({"TBI_HOSTS": hosts} if hosts else {})})
    origins = Origins(settings.hosts, ())
    got = 200
    try:
        origins.check({"headers": [(b"host", host.encode()), (b"origin", f"http://{host}".encode())]})
    except RefusedError as error:
        got = error.status
    assert got == status


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("", ""),
    ],
)
def test_a_person_is_an_address_or_half_of_one(address: str, network: str) -> None:
    from tbi_server.access import network_of

    assert network_of(address) == network


def test_a_chunked_upload_that_is_too_large_hears_so(server: str) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
    parts = (part for part in [head, *[bytes(1_000_000)] * 52])
    headers = {"content-type": "multipart/form-data; boundary=b"}
    answer = httpx.post(f"{server}/gradio_api/upload", content=parts, headers=headers, timeout=60)
    assert answer.status_code == 413
    assert "more than" in answer.json()["detail"]


def test_every_answer_says_what_it_may_become(server: str, astronaut: Path) -> None:
    api = Api(server)
    path = api.run("convert_photo", "headers", api.upload(astronaut))["output"]["data"][0]["path"]
    pages = [api.http.get("/"), api.http.get("/samples/astronaut.png"), api.http.get("/favicon.svg")]
    others = [api.http.get(f"/gradio_api/file={path}"), api.http.get("/config"), api.http.get("/nothing")]
    for answer in pages + others:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
    for answer in pages:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-eval" not in policy.replace("wasm-unsafe-eval", "")
        assert "script-src 'self' 'wasm-unsafe-eval' 'sha256-" in policy
    (decoder,) = (ROOT / "web/build/_app/immutable/workers").glob("woff2-worker-*.js")
    assert (
        "'unsafe-eval'"
        in api.http.get(f"/_app/immutable/workers/{decoder.name}").headers["content-security-policy"]
    )
    for answer in others:
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; sandbox")
        assert answer.headers["cache-control"] == "no-store"


def test_what_changes_its_name_is_kept_for_good_and_the_rest_is_asked_for_again(server: str) -> None:
    page = httpx.get(server)
    asset = "/_app/immutable/" + page.text.split("_app/immutable/")[1].split('"')[0]
    kept = httpx.get(f"{server}{asset}", headers={"accept-encoding": "br"})
    assert kept.headers["cache-control"] == "max-age=315360000, public, immutable"
    assert kept.headers["content-encoding"] == "br"
    assert httpx.get(f"{server}{asset}", headers={"accept-encoding": "gzip"}).headers["content-encoding"] == "gzip"
    plain = httpx.get(f"{server}{asset}", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == kept.content
    for path in ("/", "/samples/astronaut.png", "/manifest.webmanifest"):
        first = httpx.get(f"{server}{path}")
        assert "immutable" not in first.headers["cache-control"]
        again = httpx.get(f"{server}{path}", headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_a_result_can_be_fetched_in_parts_and_only_by_its_name(server: str, astronaut: Path) -> None:
    api = Api(server)
    path = Path(api.run("convert_photo", "parts", api.upload(astronaut))["output"]["data"][0]["path"])
    assert api.http.get(f"/gradio_api/file={path}", headers={"range": "bytes=0-1"}).content == b"\xff\xd8"
    for wrong in (
        path.parent,
        f"{path.parent}/",
        path.with_name("other.jpg"),
        f"{path.parent}/../{path.parent.name}/x",
    ):
        assert api.http.get(f"/gradio_api/file={wrong}").status_code == 404


def test_a_body_that_stalls_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    from tbi_server import bodies
    from tbi_server.access import RefusedError

    monkeypatch.setattr(bodies, "PATIENCE", 0.05)

    async def stalled() -> dict[str, object]:
        await asyncio.sleep(10)
        return {}

    with pytest.raises(RefusedError, match="stalled") as refused:
        run_async(bodies.read_body(stalled))
    assert refused.value.status == 408


def test_a_body_that_trickles_is_given_up() -> None:
    import asyncio

    from tbi_server import bodies
    from tbi_server.access import RefusedError

    async def trickling() -> dict[str, object]:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b" ", "more_body": True}

    with pytest.raises(RefusedError, match="more than"):
        run_async(bodies.read_body(trickling, seconds=0.2))

"""What a request must satisfy before Gradio sees it, and what every answer says: plain ASGI.

Gradio serves far more routes than this API needs, fetches http URLs that a client names, and reads JSON
bodies of any size. So: an allow-list of routes, no file but an upload, a cap on every body, no page of another
site, and headers that let no answer run as a page of ours.
"""

import contextlib
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect

from tbi_server.access import Credentials, Origins, RateLimit, RefusedError, Scope
from tbi_server.bodies import Message, Receive, check_json, is_session, limited, read_body, replay
from tbi_server.metrics import Metrics

Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

READ = re.compile(
    r"/|/healthz|/readyz|/metrics|/api/status|/config|/gradio_api/(info|startup-events|queue/data)"
    r"|/gradio_api/(heartbeat|call/\w+)/[\w-]{1,64}|/gradio_api/file=(?!\w+:)[^\0]+",
    re.ASCII,
)
LISTEN = re.compile(r"/gradio_api/call/\w+/([\w-]{1,64})", re.ASCII)
WRITE = re.compile(r"/gradio_api/(queue/join|cancel|reset|call/(\w+))", re.ASCII)
STARTS_A_JOB = re.compile(r"/gradio_api/(upload|queue/join|call/\w+|mcp/?)", re.ASCII)
UPLOAD = "/gradio_api/upload"
MCP = re.compile(r"/gradio_api/mcp/?")
OPEN = ("/healthz", "/readyz", "/gradio_api/startup-events")
"""Asked by whatever keeps the server running, and the last by Gradio itself when it starts: without credentials,
and under whatever name they know. The answers are a word each."""

UPLOAD_OVERHEAD = 64 * 1024
"""What a multipart body may have on top of its file, in bytes."""

SANDBOX = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""The policy of every answer that is not the editor's: opened as a page, it can do nothing."""

DECODER = re.compile(r"/_app/immutable/workers/woff2-worker-[\w-]+\.js")
"""The editor's decoder of WOFF2 makes code from strings; it runs in a worker, where this policy is its own."""

COMMON = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}


@dataclass(frozen=True)
class Rules:
    """What one server's guard knows.

    Attributes:
        origins: see `Origins`.
        credentials: what requests must bring, if anything.
        rate: how much an address may start, if that is limited.
        max_upload: the largest file, in bytes.
        is_upload: whether a path is an upload's.
        has_api: whether a function has that name.
        has_job: whether a session, or a job, is there to be listened to; Gradio ends in a traceback if not.
        heard_out: told when nobody listens to it any more.
        is_static: whether a path is one of the editor's files.
        page_policy: the content security policy of the editor's files.
        mcp: whether agents may call.
    """

    origins: Origins
    credentials: Credentials | None
    rate: RateLimit | None
    max_upload: int
    is_upload: Callable[[str], bool]
    has_api: Callable[[str], bool]
    has_job: Callable[[str], bool]
    heard_out: Callable[[str], None]
    is_static: Callable[[str], bool]
    page_policy: str
    mcp: bool = False


class Guard:
    """Wraps the server's ASGI app.

    Args:
        app: what a request reaches when nothing is wrong with it.
        rules: what is wrong.
        metrics: counts what is refused.
    """

    def __init__(self, app: App, rules: Rules, metrics: Metrics) -> None:
        self.app = app
        self.rules = rules
        self.metrics = metrics
        self.heard: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or answers it with an error."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return  # no websockets here
        started = False
        foreign: str | None = None
        refusal: RefusedError | None = None

        async def send_marked(message: Message) -> None:
            nonlocal started
            if refusal is not None and not started:
                return  # the app's own opinion on a body that was refused
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = self.marked(scope["path"], message.get("headers", []), foreign)
            await send(message)

        try:
            foreign = None if scope["path"] in OPEN else self.rules.origins.check(scope)
            if scope["method"] == "OPTIONS":
                await answer(send_marked, 204, None)
                return
            self.check_person(scope)
            checked = await self.check_route(scope, receive)

            async def receive_noted() -> Message:
                nonlocal refusal
                try:
                    return await checked()
                except RefusedError as refused:
                    refusal = refused
                    raise

            with self.listening(heard(scope)):
                await self.app(scope, receive_noted, send_marked)
        except ClientDisconnect:
            return  # in the middle of an upload; there is nobody to tell
        except RefusedError as refused:
            refusal = refused
        if refusal is not None:
            self.metrics.refused.labels(refusal.status).inc()
            if not started:
                said, refusal = refusal, None
                await answer(send_marked, said.status, said.detail, said.headers)

    @contextlib.contextmanager
    def listening(self, name: str | None) -> Iterator[None]:
        """Lets one client at a time listen to a session, or a job, that is there.

        Raises:
            RefusedError: it is not there, or somebody listens already; Gradio ends in a traceback either way.
        """
        if name is None:
            yield
            return
        if not self.rules.has_job(name):
            raise RefusedError(404, "There is no such job (any more).")
        if name in self.heard:
            raise RefusedError(409, "Somebody listens to this already.")
        self.heard.add(name)
        try:
            yield
        finally:
            self.heard.discard(name)
            self.rules.heard_out(name)

    def check_person(self, scope: Scope) -> None:
        """Checks the credentials, and how often this address has asked for work.

        Raises:
            RefusedError: see `Credentials` and `RateLimit`.
        """
        if self.rules.credentials and scope["path"] not in OPEN:
            self.rules.credentials.check(scope)
        if self.rules.rate and scope["method"] == "POST" and STARTS_A_JOB.fullmatch(scope["path"]):
            self.rules.rate.check(scope)

    async def check_route(self, scope: Scope, receive: Receive) -> Receive:
        """Returns where the app may read the body from.

        Raises:
            RefusedError: the route, the method, or the body is not one that this server answers.
        """
        path, method, rules = scope["path"], scope["method"], self.rules
        if method in ("GET", "HEAD"):
            if rules.is_static(path) or READ.fullmatch(path):
                return receive
        elif method == "POST" and path == UPLOAD:
            return limited(receive, rules.max_upload + UPLOAD_OVERHEAD)
        elif method == "POST" and (match := WRITE.fullmatch(path)):
            if match.group(2) and not rules.has_api(match.group(2)):
                raise RefusedError(404, f"There is no function {match.group(2)!r}.")
            body = await read_body(receive)
            check_json(body, rules.is_upload)
            return replay(body, receive)
        if rules.mcp and MCP.fullmatch(path) and method in ("GET", "POST", "DELETE"):
            return receive  # what is sent is read, and limited, there
        raise RefusedError(404, "There is nothing here.")

    def marked(
        self, path: str, headers: list[tuple[bytes, bytes]], foreign: str | None
    ) -> list[tuple[bytes, bytes]]:
        """An answer's headers: those of the app, without its opinion on other sites, and ours."""
        kept = [(name, value) for name, value in headers if not name.startswith(b"access-control-")]
        ours = dict(COMMON)
        static = path == "/" or self.rules.is_static(path)
        policy = self.rules.page_policy if static else SANDBOX
        if static and DECODER.fullmatch(path):
            policy = policy.replace("'wasm-unsafe-eval'", "'unsafe-eval'")
        ours["content-security-policy"] = policy
        if not any(name == b"cache-control" for name, _ in kept):
            ours["cache-control"] = "no-cache" if static else "no-store"
        if foreign:
            ours |= {
                "access-control-allow-origin": foreign,
                "access-control-allow-credentials": "true",
                "access-control-allow-methods": "GET, POST",
                "access-control-allow-headers": "authorization, content-type, x-gradio-user",
                "access-control-max-age": "600",
                "vary": "Origin",
            }
        return kept + [(name.encode(), value.encode()) for name, value in ours.items()]


def heard(scope: Scope) -> str | None:
    """The session or job that a request wants to listen to, if it does.

    Raises:
        RefusedError: the session is none, or there are several.
    """
    if match := LISTEN.fullmatch(scope["path"]):
        return str(match.group(1))
    if scope["path"] != "/gradio_api/queue/data":
        return None
    sessions = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("session_hash", [])
    if len(sessions) != 1 or not is_session(sessions[0]):
        raise RefusedError(422, f"The session is {sessions!r}; wanted one of 1 to 64 letters, digits, _ or -.")
    return str(sessions[0])


async def answer(send: Send, status: int, detail: str | None, headers: dict[str, str] | None = None) -> None:
    """A JSON error in the shape that FastAPI's own have, so that clients show the sentence; None: no body."""
    body = b"" if detail is None else json.dumps({"detail": detail}).encode()
    fields: dict[str, Any] = {**(headers or {})}
    if body:
        fields |= {"content-type": "application/json", "content-length": str(len(body))}
    encoded = [(name.encode(), value.encode()) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})

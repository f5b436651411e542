"""What a request must satisfy before Gradio sees it: plain ASGI, nothing of Gradio is called.

Gradio serves far more routes than this API needs, fetches http URLs that a client names, and reads JSON
bodies of any size. So: an allow-list of routes, no file but an upload, a cap on every body, and no page of
another site.
"""

import json
import re
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from starlette.requests import ClientDisconnect

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_JSON = 64 * 1024
"""The largest body of a request that is not an upload, in bytes; a real one has some 300."""

READ = re.compile(
    r"/|/healthz|/api/status|/config|/gradio_api/(info|startup-events|upload_progress|queue/data)"
    r"|/gradio_api/(heartbeat|call/\w+|call/v2/\w+)/[\w-]+|/gradio_api/file=(?!\w+:).+"
)
WRITE = re.compile(r"/gradio_api/(queue/join|cancel|reset|call/\w+|call/v2/\w+)")
UPLOAD = "/gradio_api/upload"
UPLOAD_OVERHEAD = 64 * 1024
"""What a multipart body may have on top of its file, in bytes."""

SESSION = re.compile(r"[\w-]{1,64}")


class RefusedError(Exception):
    """A request that ends here."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class Guard:
    """Wraps the server's ASGI app.

    Args:
        app: what a request reaches when nothing is wrong with it.
        static: the top-level names of the editor's files, such as "_app".
        folder: where uploads lie, resolved.
        hosts: the names under which this machine is asked, such as "localhost"; None allows any. Another name
            that leads here belongs to a page that wants to reach what only this machine may.
        max_upload: the largest file, in bytes.
    """

    def __init__(
        self, app: App, static: Collection[str], folder: Path, hosts: Collection[str] | None, max_upload: int
    ) -> None:
        self.app = app
        self.static = frozenset(static)
        self.folder = folder
        self.hosts = hosts
        self.max_upload = max_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or answers it with an error."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return  # no websockets here
        started = False

        async def send_marked(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                # Browsers are to believe the content type of whatever is sent.
                message["headers"] = [*message.get("headers", []), (b"x-content-type-options", b"nosniff")]
            await send(message)

        try:
            self.check_origin(scope)
            checked = await self.check_route(scope, receive)
            await self.app(scope, checked, send_marked)
        except RefusedError as refused:  # while the request is read, so no answer has begun
            if not started:
                await answer(send, refused.status, refused.detail)
        except ClientDisconnect:
            pass  # in the middle of an upload; there is nobody to tell

    def check_origin(self, scope: Scope) -> None:
        """Refuses what a page of another site asks for in a person's browser.

        Raises:
            RefusedError: the Host is not one of ours, or the Origin is not the Host.
        """
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        if self.hosts is not None and split_address(f"//{host}").hostname not in self.hosts:
            raise RefusedError(
                403, f"This server is not called {host!r}; it answers to {', '.join(sorted(self.hosts))}."
            )
        origin = headers.get(b"origin", b"").decode("latin-1")
        if origin and split_address(origin).netloc != host:
            raise RefusedError(403, f"This server answers no pages of {origin!r}.")

    async def check_route(self, scope: Scope, receive: Receive) -> Receive:
        """Returns where the app may read the body from.

        Raises:
            RefusedError: the route, the method, or the body is not one that this server answers.
        """
        path, method = scope["path"], scope["method"]
        if method in ("GET", "HEAD"):
            if READ.fullmatch(path) or path.lstrip("/").partition("/")[0] in self.static:
                return receive
        elif method == "POST" and path == UPLOAD:
            # Gradio counts files; the other parts of the body it keeps in memory.
            return counted(receive, self.max_upload + UPLOAD_OVERHEAD)
        elif method == "POST" and WRITE.fullmatch(path):
            body = await read_body(receive)
            check_json(body, self.folder)
            return replay(body, receive)
        elif method == "OPTIONS":
            return receive
        raise RefusedError(404, "There is nothing here.")


def split_address(address: str) -> SplitResult:
    """The parts of an address that a client sent."""
    try:
        return urlsplit(address)
    except ValueError as error:
        raise RefusedError(400, f"{address!r} is not an address.") from error


async def read_body(receive: Receive) -> bytes:
    """The whole body of a request that is not an upload."""
    body = b""
    receive = counted(receive, MAX_JSON)
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RefusedError(400, "The request ended early.")
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


def counted(receive: Receive, limit: int) -> Receive:
    """Refuses a body once more than `limit` bytes of it have arrived; a chunked one has no length to trust."""
    count = 0

    async def receive_counted() -> Message:
        nonlocal count
        message = await receive()
        count += len(message.get("body", b""))
        if count > limit:
            raise RefusedError(413, f"The request has more than {limit} bytes.")
        return message

    return receive_counted


def check_json(body: bytes, folder: Path) -> None:
    """Refuses what is not JSON, and JSON that Gradio trips over.

    That is: a file outside the upload folder, an address (which Gradio would fetch), NaN, and a session whose
    name is empty or odd (Gradio's queue stops for good over an empty one).
    """
    if not body:
        return
    try:
        value = json.loads(body, parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise RefusedError(422, "The request is not JSON.") from error
    session = value.get("session_hash") if isinstance(value, dict) else None
    if session is not None and not (isinstance(session, str) and SESSION.fullmatch(session)):
        raise RefusedError(422, f"The session is {session!r}; wanted 1 to 64 letters, digits, _ or -.")
    pending = [value]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending += value
        elif isinstance(value, dict):
            path = value.get("path")
            if isinstance(path, str) and not is_inside(path, folder):
                raise RefusedError(422, f"A file must be uploaded through {UPLOAD} first; no other is read.")
            pending += value.values()


def refuse_constant(name: str) -> None:
    """NaN and the infinities are no JSON, though Python reads them."""
    raise ValueError(name)


def is_inside(path: str, folder: Path) -> bool:
    """Whether a path, links followed, lies in the folder."""
    try:
        return Path(path).resolve().is_relative_to(folder)
    except (OSError, ValueError):
        return False


def replay(body: bytes, receive: Receive) -> Receive:
    """Hands the read body on, then whatever else the client says."""
    rest: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return rest.pop() if rest else await receive()

    return receive_again


async def answer(send: Send, status: int, detail: str) -> None:
    """A JSON error in the shape that FastAPI's own have, so that clients show the sentence."""
    body = json.dumps({"detail": detail}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

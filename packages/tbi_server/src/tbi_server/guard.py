"""What a request must satisfy before Gradio sees it: pure ASGI, nothing of Gradio is called.

Gradio serves far more routes than this API needs, fetches http URLs that a client names, and reads JSON
bodies of any size. So: an allow-list of routes, no file but an upload, and a cap on bodies that are not uploads.
"""

import json
import re
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from pathlib import Path
from typing import Any

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
    """

    def __init__(self, app: App, static: Collection[str], folder: Path) -> None:
        self.app = app
        self.folder = folder
        self.static = frozenset(static)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or answers it with an error."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return  # no websockets here
        try:
            checked = await self.check(scope, receive)
        except RefusedError as refused:
            await answer(send, refused.status, refused.detail)
        else:
            await self.app(scope, checked, with_nosniff(send))

    async def check(self, scope: Scope, receive: Receive) -> Receive:
        """Returns where the app may read the body from.

        Raises:
            RefusedError: the route, the method, or the body is not one that this server answers.
        """
        path, method = scope["path"], scope["method"]
        if method in ("GET", "HEAD"):
            if READ.fullmatch(path) or path.lstrip("/").partition("/")[0] in self.static:
                return receive
        elif method == "POST" and path == UPLOAD:
            return receive  # multipart, limited by Gradio's own max_file_size
        elif method == "POST" and WRITE.fullmatch(path):
            body = await read_body(receive)
            refuse_other_files(body, self.folder)
            return replay(body, receive)
        elif method == "OPTIONS":
            return receive
        raise RefusedError(404, "There is nothing here.")


async def read_body(receive: Receive) -> bytes:
    """The whole body, counted while it arrives (a chunked one has no length to trust)."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RefusedError(400, "The request ended early.")
        body += bytes(message.get("body", b""))
        if len(body) > MAX_JSON:
            raise RefusedError(413, f"The request has more than {MAX_JSON} bytes; upload files to {UPLOAD}.")
        if not message.get("more_body"):
            return body


def refuse_other_files(body: bytes, folder: Path) -> None:
    """Refuses JSON that names a file outside the upload folder, or an address, which Gradio would fetch."""
    if not body:
        return
    try:
        pending = [json.loads(body)]
    except (ValueError, RecursionError) as error:
        raise RefusedError(422, "The request is not JSON.") from error
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending += value
        elif isinstance(value, dict):
            path = value.get("path")
            if isinstance(path, str) and not is_inside(path, folder):
                raise RefusedError(422, f"A file must be uploaded through {UPLOAD} first; no other is read.")
            pending += value.values()


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


def with_nosniff(send: Send) -> Send:
    """Tells browsers to believe the content type of whatever is sent."""

    async def send_marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), (b"x-content-type-options", b"nosniff")]
        await send(message)

    return send_marked


async def answer(send: Send, status: int, detail: str) -> None:
    """A JSON error in the shape that FastAPI's own have, so that clients show the sentence."""
    body = json.dumps({"detail": detail}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

"""What a request must satisfy before Gradio sees it: pure ASGI, nothing of Gradio is called.

Gradio serves far more routes than this API needs, fetches http URLs that a client names, and reads JSON
bodies of any size. So: an allow-list of routes, no remote paths, and a cap on bodies that are not uploads.
"""

import json
import re
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any
from urllib.parse import unquote

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
REMOTE = re.compile(r"\s*[a-z][a-z0-9+.-]*:", re.IGNORECASE)


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
    """

    def __init__(self, app: App, static: Collection[str]) -> None:
        self.app = app
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
            if READ.fullmatch(path) or path.split("/")[1] in self.static:
                return receive
        elif method == "POST" and path == UPLOAD:
            return receive  # multipart, limited by Gradio's own max_file_size
        elif method == "POST" and WRITE.fullmatch(path):
            body = await read_body(receive)
            refuse_remote_paths(body)
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


def refuse_remote_paths(body: bytes) -> None:
    """Refuses JSON in which a file lies anywhere but on this server: Gradio would fetch it."""
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
            if isinstance(path, str) and REMOTE.match(unquote(path)):
                raise RefusedError(422, "A file must be uploaded to this server first; addresses are not fetched.")
            pending += value.values()


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

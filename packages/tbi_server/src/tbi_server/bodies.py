"""The body of a request, read within limits of size and time, and JSON that Gradio may see."""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from tbi_server.access import RefusedError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

MAX_JSON = 256 * 1024
"""The largest body of a request that is not an upload, in bytes; a document with long texts has some 20,000."""

PATIENCE = 20.0
"""How long a client may send nothing in the middle of a body, in seconds."""

JSON_SECONDS = 30.0
BODY_SECONDS = 300.0
"""How long a JSON body, and any other, may take as a whole."""

SESSION_LENGTH = 64
DEPTH = 64
"""How deep JSON may be nested: Gradio walks it by recursion."""


def limited(receive: Receive, limit: int, seconds: float = BODY_SECONDS) -> Receive:
    """Refuses a body of more than `limit` bytes, one that stalls, or one that takes more than `seconds`.

    A chunked body has no length to trust, so what arrives is counted.
    """
    count = 0
    more = True
    deadline = time.monotonic() + seconds

    async def receive_limited() -> Message:
        nonlocal count, more
        if not more:  # only a disconnect can come now, whenever it likes
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), PATIENCE)
        except TimeoutError as error:
            raise RefusedError(408, f"The request stalled for {PATIENCE:.0f} s.") from error
        count += len(message.get("body", b""))
        more = bool(message.get("more_body"))
        if more and time.monotonic() > deadline:
            raise RefusedError(408, f"The request took more than {seconds:.0f} s.")
        if count > limit:
            raise RefusedError(413, f"The request has more than {limit} bytes.")
        return message

    return receive_limited


async def read_body(receive: Receive, limit: int = MAX_JSON, seconds: float = JSON_SECONDS) -> bytes:
    """The whole body of a request that is not an upload."""
    body = bytearray()
    receive = limited(receive, limit, seconds)
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RefusedError(400, "The request ended early.")
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


def replay(body: bytes, receive: Receive) -> Receive:
    """Hands the read body on, then whatever else the client says."""
    rest: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return rest.pop() if rest else await receive()

    return receive_again


def check_json(body: bytes, is_upload: Callable[[str], bool]) -> None:
    """Refuses what is not JSON, and JSON that Gradio trips over.

    That is: a file that was not uploaded, an address (which Gradio would fetch), NaN, deep nesting, and a
    session whose name is empty or odd (Gradio's queue stops for good over an empty one).

    Raises:
        RefusedError: with what is wrong.
    """
    try:
        value = json.loads(body, parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise RefusedError(422, "The request is not JSON.") from error
    if not isinstance(value, dict):
        raise RefusedError(422, "The request is not a JSON object.")
    session = value.get("session_hash")
    if session is not None and not is_session(session):
        raise RefusedError(422, f"The session is {session!r}; wanted 1 to 64 letters, digits, _ or -.")
    pending: list[tuple[Any, int]] = [(value, 0)]
    while pending:
        value, depth = pending.pop()
        if depth > DEPTH:
            raise RefusedError(422, f"The request is nested more than {DEPTH} deep.")
        if isinstance(value, list):
            pending += [(item, depth + 1) for item in value]
        elif isinstance(value, dict):
            path = value.get("path")
            if isinstance(path, str) and not is_upload(path):
                raise RefusedError(422, "A file must be uploaded through /gradio_api/upload; no other is read.")
            pending += [(item, depth + 1) for item in value.values()]
        elif isinstance(value, str) and ODD.search(value):
            raise RefusedError(422, "The request has a character in it that is none (NUL, or half of a pair).")


ODD = re.compile("[\0\ud800-\udfff]")
"""What neither a file system nor UTF-8 can hold."""


def is_session(value: Any) -> bool:
    """Whether a client may call its session so."""
    return (
        isinstance(value, str)
        and 1 <= len(value) <= SESSION_LENGTH
        and value.isascii()
        and value.replace("-", "a").replace("_", "a").isalnum()
    )


def refuse_constant(name: str) -> None:
    """NaN and the infinities are no JSON, though Python reads them."""
    raise ValueError(name)

"""Answers on the server's port while the server itself is still being imported: alive, not ready, come back soon.

Gradio takes some seconds to import. Meanwhile whoever watches over the process must not take it for dead, and a
person who is early must not see an error of the browser's. Imports nothing that takes long.
"""

import contextlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

from tbi_server.settings import SettingsError

FIRST_PORT = 7860
PORTS = 100
"""Where Gradio looks for a free port."""

SECONDS = 5
"""How long a client may take to ask."""

PAGE = b"""<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="2">
<meta name="color-scheme" content="dark light"><title>Text behind image</title>
<body style="font: 16px system-ui, sans-serif; display: grid; place-items: center; min-height: 90vh">
<p>The editor is starting; this page opens it in a moment.</p></body></html>"""


class Answer(BaseHTTPRequestHandler):
    """The same few answers for everybody."""

    timeout = SECONDS
    server_version = "tbi"
    sys_version = ""

    def do_GET(self) -> None:
        """Says how far the server is."""
        path = self.path.partition("?")[0]
        if path == "/healthz":
            self.answer(200, "application/json", b'{"status":"ok"}')
        elif path == "/readyz":
            self.answer(503, "application/json", b'{"status":"starting"}')
        elif path == "/":
            self.answer(503, "text/html; charset=utf-8", PAGE)
        else:
            self.answer(503, "application/json", b'{"detail":"The server is starting; ask again in a moment."}')

    def answer(self, status: int, kind: str, body: bytes) -> None:
        """Sends it, and closes."""
        self.send_response(status)
        for name, value in (
            ("content-type", kind),
            ("content-length", str(len(body))),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
            *([("retry-after", "2")] if status == 503 else []),
        ):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815 - as the base class calls it
    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """What strangers ask for is not written anywhere."""


class Door(ThreadingHTTPServer):
    """Listens on one port; a client that goes away in the middle is nobody's business."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, host: str, port: int) -> None:
        bare = host.strip("[]")
        found = socket.getaddrinfo(bare, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        # As the server does: where a name has both, the older kind of address.
        self.address_family = min(found)[0]
        with socket.socket() as probe:  # the server wants it on this address, too
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
        super().__init__((bare, port), Answer)

    def server_bind(self) -> None:
        """Without asking a name server who this is, which may take longer than everything else."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, *_: object) -> None:
        """Says nothing."""


def port_taken(host: str, port: int | None) -> SettingsError:
    """What to say where a port can't be had."""
    taken = f"port {port} (TBI_PORT)" if port else f"any port from {FIRST_PORT} on"
    return SettingsError(f"Can't listen on {taken} of {host}; wanted a free port.")


@contextlib.contextmanager
def open_door(host: str, port: int | None) -> Iterator[tuple[int, contextlib.ExitStack]]:
    """Listens until the stack that comes with the port is closed: right before the server takes the port over.

    Args:
        host: where to listen.
        port: which port; None takes 7860 or the next free one.

    Yields:
        The port, and what closes the door.

    Raises:
        SettingsError: it can't be listened on.
    """
    with contextlib.ExitStack() as stack:
        for candidate in [port] if port else range(FIRST_PORT, FIRST_PORT + PORTS):
            with contextlib.suppress(OSError):
                door = Door(host, candidate)
                break
        else:
            raise port_taken(host, port)
        stack.callback(door.server_close)
        stack.callback(door.shutdown)
        threading.Thread(target=door.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield candidate, stack

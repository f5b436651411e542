"""The server: Gradio's queue and routes, with the editor and the guard around them."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio import http_server

from tbi_server.access import Credentials, Origins, RateLimit
from tbi_server.editor import page_policy, serve_editor
from tbi_server.functions import add_functions
from tbi_server.gradio_queue import QueueRules
from tbi_server.guard import Guard, Rules
from tbi_server.parts import Parts
from tbi_server.routes import add_file_routes, add_pages

if TYPE_CHECKING:
    from tbi_server.agents import Agents


class TbiServer(gr.Server):
    """A `gradio.Server` behind the guard: outside everything that Gradio adds when it is launched."""

    parts: Parts
    agents: "Agents | None" = None

    def build_middleware_stack(self) -> Any:
        """The whole ASGI app, outermost first: guard, editor, Gradio."""
        parts, settings = self.parts, self.parts.settings
        gradio = super().build_middleware_stack()
        static = serve_editor(self.agents.beside(gradio) if self.agents else gradio, parts.editor)
        rules = Rules(
            origins=Origins(settings.hosts, settings.allowed_origins),
            credentials=Credentials(settings.auth) if settings.auth else None,
            rate=RateLimit(settings.rate) if settings.rate else None,
            max_upload=settings.max_upload_mb * 1_000_000,
            is_upload=lambda path: parts.store.find(path, "upload") is not None,
            has_api=lambda name: parts.queue is not None and name in parts.queue.apis,
            has_job=lambda name: parts.queue is not None and parts.queue.has_job(name),
            heard_out=lambda name: parts.queue.forget(name) if parts.queue else None,
            is_static=static.files.__contains__,
            page_policy=page_policy(parts.editor, settings.allowed_origins),
            mcp=self.agents is not None,
        )
        return Guard(static, rules, parts.metrics)

    @contextlib.asynccontextmanager
    async def life(self, app: gr.Server) -> AsyncIterator[None]:
        """From the first request to the last: what agents need to be running."""
        if self.agents is None:
            yield
            return
        async with self.agents.running():
            yield


def create(parts: Parts, mcp: bool = False) -> TbiServer:
    """The server, not yet launched.

    Args:
        parts: what its functions share.
        mcp: whether agents may call; needs the package `mcp`.
    """
    server = TbiServer(title="tbi", docs_url=None, redoc_url=None, openapi_url=None)
    server.parts = parts
    add_functions(server, parts)
    add_file_routes(server, parts)
    add_pages(server, parts)
    if mcp:
        from tbi_server.agents import Agents

        server.agents = Agents(parts)
    return server


@contextlib.contextmanager
def before_listening(act: Callable[[], None]) -> Iterator[None]:
    """Does something right before Gradio takes its port, for which it has no hook of its own."""
    start = http_server.start_server

    def start_server(*arguments: Any, **named: Any) -> Any:
        act()
        return start(*arguments, **named)

    http_server.start_server = start_server
    try:
        yield
    finally:
        http_server.start_server = start


def launch(server: TbiServer) -> str:
    """Starts to serve, in threads of its own; returns the address."""
    parts, settings = server.parts, server.parts.settings
    _, address, _ = server.launch(
        server_name=f"[{settings.host}]" if settings.host.count(":") and settings.host[0] != "[" else settings.host,
        server_port=settings.port,
        prevent_thread_lock=True,
        share=False,  # whatever GRADIO_SHARE says: no tunnel
        max_file_size=settings.max_upload_mb * 1_000_000,
        show_error=False,
        state_session_capacity=100,
        ssr_mode=False,
        enable_monitoring=False,
        footer_links=[],
        quiet=True,
        # Leaves out a look at its own page, which the guard refuses where TBI_HOSTS does not name this machine.
        _frontend=False,
        app_kwargs={"lifespan": server.life},
    )
    server.get_blocks().api_open = False
    parts.queue = QueueRules(server, parts.lanes, parts.store.discard)
    watch = parts.metrics.watch
    watch("tbi_queue_length", "Jobs that wait", lambda: parts.queue.waiting if parts.queue else 0)
    watch("tbi_disk_bytes", "Uploads and results on disk", lambda: parts.store.used)
    watch("tbi_model_ready", "Whether the model is loaded", lambda: parts.full.done() and not parts.failure)
    return str(address)

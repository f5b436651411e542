"""For agents: the Model Context Protocol over streamable HTTP, at the path where Gradio has its own.

Gradio's version calls this server back over HTTP, offers every function of the API, and holds pydantic at an
old version; so the protocol's own SDK is used, and what its tools do goes through the same lanes.
"""

import asyncio
import base64
import binascii
import inspect
import io
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ImageContent, TextContent
from PIL import Image as Pillow

from tbi_core.png import encode_png
from tbi_server import work
from tbi_server.access import RefusedError, Scope
from tbi_server.bodies import Message, Receive, read_body
from tbi_server.guard import MCP, App, Send
from tbi_server.lanes import Job, JobError
from tbi_server.parts import Parts

PREVIEW = 1280
"""Longest side of the picture in an answer, in pixels: models see no more, and the whole one has an address."""

PHOTO = (
    "photo: the picture as a data: URI or in base64 (JPEG, PNG, WebP, AVIF, HEIC, TIFF), or a path that an upload "
    "to /gradio_api/upload has returned. Addresses are not fetched."
)

CALLS = 4
"""How many calls may be read at once: each holds its photo in memory."""

CALL_SECONDS = 60.0
"""How long sending one may take."""

GONE = "tbi.gone"
"""Where a request's scope says whether its client has left."""

Result = TypeVar("Result")

Content = list[ImageContent | TextContent]


class Agents:
    """The tools of one server."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        tools = MCPServer(
            "tbi",
            instructions="Cuts the subject out of a photo, and puts a text between it and its background.",
            log_level="WARNING",
        )
        for tool in (self.remove_background, self.text_behind_image):
            tools.add_tool(tool, description=f"{inspect.getdoc(tool)}\n\n{PHOTO}", structured_output=False)
        # A photo comes as base64 in the call.
        self.limit = parts.settings.max_upload_mb * 1_400_000
        self.reading = 0
        self.app = tools.streamable_http_app(
            streamable_http_path="/gradio_api/mcp",
            stateless_http=True,
            json_response=True,
            max_request_body_size=self.limit,
            # The guard has checked Host and Origin.
            transport_security=None,
            host="0.0.0.0",  # noqa: S104 - a name for the SDK's own check, nothing is bound
        )

    def running(self) -> AbstractAsyncContextManager[Any]:
        """What must be entered while the server serves."""
        return self.app.router.lifespan_context(self.app)

    def beside(self, app: App) -> App:
        """An ASGI app that answers agents, and asks `app` for the rest."""

        async def either(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or not MCP.fullmatch(scope["path"]):
                await app(scope, receive, send)
                return
            if self.reading >= CALLS:
                raise RefusedError(503, "Busy: many agents are calling. Try again in a minute.")
            self.reading += 1
            try:
                body = await read_body(receive, self.limit, CALL_SECONDS)
            finally:
                self.reading -= 1
            gone = asyncio.Event()
            watching = asyncio.create_task(until_gone(receive, gone))
            try:
                inner = {**scope, "path": scope["path"].rstrip("/"), GONE: gone}
                await self.app(inner, replayed(body, gone), send)
            finally:
                watching.cancel()

        return either

    async def remove_background(self, photo: str, context: Context) -> Content:
        """Cuts the subject out of a photo."""
        job = Job("mcp.remove_background", wanted=wanted(context))
        cutout = await self.run("model", job, lambda job: self.cut_out(job, photo)[1])
        return await self.answer(cutout, "cutout.png", context)

    async def text_behind_image(
        self,
        photo: str,
        text: str,
        context: Context,
        style: str = "poster",
        colour: str | None = None,
        height: float = 0.33,
    ) -> Content:
        """Puts a text between the subject of a photo and its background.

        style: clean, poster, block, outline, neon, sunset, comic, stage, billboard, editorial, signature,
        rainbow, label or wave. colour: #rrggbb, else the style's. height: where the text's middle is, from 0,
        the top, to 1, the bottom.
        """
        request = {"text": text, "style": style, "height": height, **({"colour": colour} if colour else {})}
        image, cutout = await self.run(
            "model", Job("mcp.cut_out", wanted=wanted(context)), lambda job: self.cut_out(job, photo)
        )
        job = Job("mcp.text_behind_image", wanted=wanted(context))
        files = await self.run(
            "render", job, lambda job: work.drawn(job, self.parts.renderer, image, cutout, {"request": request})
        )
        picture = Pillow.open(io.BytesIO(files["picture.png"]))
        return await self.answer(picture, "picture.png", context, files["picture.png"])

    async def run(self, lane: str, job: Job, do: Callable[[Job], Result]) -> Result:
        """Does work in a lane.

        Raises:
            ToolError: with a sentence for the agent.
        """

        def checked(job: Job) -> Result:
            with work.told():
                return do(job)

        return await told(self.parts.lanes[lane].run(job, checked))

    def cut_out(self, job: Job, photo: str) -> tuple[Pillow.Image, Pillow.Image]:
        """The photo, and its subject on transparency."""
        image = work.read(job, io.BytesIO(self.decode(photo)))
        return image, work.cut_out(job, image, self.parts.full)

    def decode(self, photo: str) -> bytes:
        """The file that an agent sends.

        Raises:
            JobError: it is none.
        """
        if upload := self.parts.store.find(photo, "upload"):
            return upload.read_bytes()
        kind, comma, data = photo.partition(",")
        try:
            return base64.b64decode(data if comma and kind.startswith("data:") else photo, validate=True)
        except (binascii.Error, ValueError) as error:
            raise JobError(
                "The photo is no base64, no data: URI and no upload of this server; addresses are not fetched.",
                "upload",
            ) from error

    async def answer(
        self, picture: Pillow.Image, name: str, context: Context, file: bytes | None = None
    ) -> Content:
        """The picture, small enough to be looked at, and where the whole one is."""

        def make() -> tuple[bytes, str]:
            whole = file if file is not None else encode_png(picture)
            in_use = self.parts.queue.in_use() if self.parts.queue else ()
            with work.told():
                (path,) = self.parts.store.add_results({name: whole}, in_use)
            if max(picture.size) <= PREVIEW:
                return whole, str(path)
            small = picture.copy()
            small.thumbnail((PREVIEW, PREVIEW))
            return encode_png(small), str(path)

        shown, path = await told(asyncio.to_thread(make))
        request = context.request_context.request
        base = str(request.base_url).rstrip("/") if request is not None else ""
        width, height = picture.size
        note = f"The whole picture, {width} × {height} pixels: {base}/gradio_api/file={path}"
        image = ImageContent(type="image", data=base64.b64encode(shown).decode(), mime_type="image/png")
        return [image, TextContent(type="text", text=note)]


async def until_gone(receive: Receive, gone: asyncio.Event) -> None:
    """Notes when a client leaves; its body has been read."""
    while (await receive())["type"] != "http.disconnect":
        pass
    gone.set()


def replayed(body: bytes, gone: asyncio.Event) -> Receive:
    """Hands the read body on, and then the end of the connection."""
    rest: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if rest:
            return rest.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    return receive


def wanted(context: Context) -> Callable[[], bool]:
    """Whether the agent is still there."""
    request = context.request_context.request
    gone = request.scope.get(GONE) if request is not None else None
    return lambda: gone is None or not gone.is_set()


async def told(result: Awaitable[Result]) -> Result:
    """Turns a job's error into a tool's."""
    try:
        return await result
    except JobError as error:
        raise ToolError(str(error)) from error

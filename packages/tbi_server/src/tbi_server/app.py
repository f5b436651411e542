"""The API functions and routes: parse, call the core through Gradio's queue, encode."""

import contextlib
import io
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import gradio as gr
from fastapi import HTTPException, Request, Response
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse
from gradio.data_classes import FileData
from PIL import Image
from pydantic import BaseModel
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from tbi_core import MAX_PIXELS, TbiError, read_image
from tbi_core.cutout import alpha_image, edge_image
from tbi_core.device import Device
from tbi_core.image import Alpha
from tbi_core.models import BUILTIN, ModelSpec
from tbi_core.png import encode_png
from tbi_server.access import Credentials, Origins, RateLimit
from tbi_server.editor import page_policy, serve_editor
from tbi_server.gradio_queue import QueueRules
from tbi_server.guard import UPLOAD, Guard, Rules
from tbi_server.lanes import CancelledJobError, Job, JobError, Lane
from tbi_server.metrics import Metrics
from tbi_server.settings import Settings
from tbi_server.uploads import QuotaError, Store, UploadError

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""The names under which a server that only this machine can reach is asked."""

WEBP_SIDE = 16383
"""The longest side of a WebP, in pixels."""

Work = Callable[[Job, Path], dict[str, bytes]]
"""Makes files, by name, from an upload."""


class Cutter(Protocol):
    """What the server needs of a `tbi_core.Segmenter`."""

    spec: ModelSpec
    device: Device
    reason: str

    def alpha(self, image: Image.Image) -> Alpha:
        """The subject's alpha; see `Segmenter.alpha`."""

    def segment(self, image: Image.Image) -> Image.Image:
        """The subject on transparency; see `Segmenter.segment`."""


@dataclass
class Parts:
    """What the functions of one server share.

    Attributes:
        settings: see `Settings`.
        store: the files of people.
        full: the model that was asked for, once it is loaded.
        draft: the built-in model, once it is loaded; None where it is what was asked for.
        editor: the built editor, a folder with an index.html.
    """

    settings: Settings
    store: Store
    full: "Future[Cutter]"
    draft: "Future[Cutter] | None"
    editor: Path
    metrics: Metrics = field(default_factory=Metrics)

    def __post_init__(self) -> None:
        self.lanes = {name: Lane(name, self.metrics) for name in ("model", "draft")}
        self.queue: QueueRules | None = None

    @property
    def failure(self) -> str | None:
        """Why there is no model, if loading has failed."""
        error = self.full.exception() if self.full.done() else None
        return None if error is None else str(error) if isinstance(error, TbiError) else type(error).__name__


class TbiServer(gr.Server):
    """A `gradio.Server` behind the guard: outside everything that Gradio adds when it is launched."""

    parts: Parts

    def build_middleware_stack(self) -> Any:
        """The whole ASGI app, outermost first: guard, editor, Gradio."""
        parts, settings = self.parts, self.parts.settings
        static = serve_editor(super().build_middleware_stack(), parts.editor)
        rules = Rules(
            origins=Origins(
                LOOPBACK | {settings.host.strip("[]")} if settings.is_loopback else None, settings.allowed_origins
            ),
            credentials=Credentials(settings.auth) if settings.auth else None,
            rate=RateLimit(settings.rate) if settings.rate else None,
            max_upload=settings.max_upload_mb * 1_000_000,
            is_upload=lambda path: parts.store.find(path, "upload") is not None,
            is_static=static.files.__contains__,
            page_policy=page_policy(parts.editor, settings.allowed_origins),
        )
        return Guard(static, rules, parts.metrics)


class Cancel(BaseModel):
    """What a client sends to cancel."""

    session_hash: str
    event_id: str


def create(parts: Parts) -> TbiServer:
    """The server, not yet launched."""
    server = TbiServer(title="tbi", docs_url=None, redoc_url=None, openapi_url=None)
    server.parts = parts
    add_functions(server, parts)
    add_file_routes(server, parts)
    add_pages(server, parts)
    return server


def add_functions(server: gr.Server, parts: Parts) -> None:
    """The API: every function goes through Gradio's queue and then through its lane."""

    async def run(lane: str, api: str, upload: Any, work: Work) -> list[FileData]:
        assert parts.queue is not None
        progress = gr.Progress()
        wanted = parts.queue.current_is_wanted()
        job = Job(api, lambda fraction, words: progress(fraction, desc=words), wanted)
        try:
            paths = await parts.lanes[lane].run(job, lambda job: keep(job, upload, work))
        except CancelledJobError as error:
            drop(upload)
            raise gr.Error(str(error), print_exception=False) from error
        except JobError as error:
            raise gr.Error(str(error), print_exception=False) from error
        except BaseException:  # cancelled: the work has stopped
            drop(upload)
            raise
        if not wanted():
            parts.store.discard(paths[0])
            drop(upload)
        stem = Path(str(upload.get("orig_name") or "photo")).stem[:100]
        return [FileData(path=str(path), orig_name=f"{stem}-{path.name}") for path in paths]

    def keep(job: Job, upload: Any, work: Work) -> list[Path]:
        with told():
            files = work(job, parts.store.upload(upload))
            job.check()
            parts.store.make_room(sum(map(len, files.values())), parts.queue.in_use() if parts.queue else ())
            return parts.store.add_results(files)

    def drop(upload: Any) -> None:
        if isinstance(upload, dict) and isinstance(upload.get("path"), str):
            parts.store.discard(upload["path"])

    def read(job: Job, path: Path) -> Image.Image:
        with job.stage("decode", 0.05, "Reading the photo"):
            return read_image(path)

    def alpha_and_edges(job: Job, path: Path, model: "Future[Cutter]") -> dict[str, bytes]:
        photo = read(job, path)
        cutter = loaded(job, model)
        with job.stage("network", 0.25, "Finding the subject"):
            alpha = cutter.alpha(photo)
        with job.stage("edges", 0.75, "Cleaning the edge"):
            edges = edge_image(photo, alpha)
        with job.stage("encode", 0.9, "Writing the picture"):
            return {"alpha.png": encode_png(alpha_image(alpha)), **encode_edges(edges)}

    def cut_out(job: Job, path: Path) -> dict[str, bytes]:
        photo = read(job, path)
        cutter = loaded(job, parts.full)
        with job.stage("network", 0.25, "Finding the subject"):
            cutout = cutter.segment(photo)
        with job.stage("encode", 0.8, "Writing the picture"):
            return {"cutout.png": encode_png(cutout)}

    def convert(job: Job, path: Path) -> dict[str, bytes]:
        photo = read(job, path)
        with job.stage("encode", 0.5, "Writing the picture"):
            return {"photo.jpg": encode_jpeg(photo)}

    @server.api(name="remove_background", concurrency_id="model", concurrency_limit=1)
    async def remove_background(image: FileData) -> FileData:
        """Cuts the subject out: a photo in, a transparent PNG of the photo's size out."""
        (cutout,) = await run("model", "remove_background", image, cut_out)
        return cutout

    @server.api(name="extract_alpha", concurrency_id="model", concurrency_limit=1)
    async def extract_alpha(image: FileData) -> tuple[FileData, FileData]:
        """Finds the subject: a photo in; its alpha as a grey PNG, and the subject's own colours in the soft edge.

        The second is an RGBA WebP, opaque where 0 < alpha < 1 and empty elsewhere: laid over the photo, it takes
        the background's share out of the edge. Both are of the photo's size.
        """
        alpha, edges = await run(
            "model", "extract_alpha", image, lambda job, path: alpha_and_edges(job, path, parts.full)
        )
        return alpha, edges

    @server.api(name="draft_alpha", concurrency_id="draft", concurrency_limit=1)
    async def draft_alpha(image: FileData) -> tuple[FileData, FileData]:
        """The same as `/extract_alpha` with the built-in model: rougher, soon there, never behind the full one."""
        model = parts.draft or parts.full
        alpha, edges = await run("draft", "draft_alpha", image, lambda job, path: alpha_and_edges(job, path, model))
        return alpha, edges

    @server.api(name="convert_photo", concurrency_id="draft", concurrency_limit=1)
    async def convert_photo(image: FileData) -> FileData:
        """Makes a photo readable for browsers (HEIC, TIFF): an upright JPEG of the same size."""
        (photo,) = await run("draft", "convert_photo", image, convert)
        return photo


@contextlib.contextmanager
def told() -> Any:
    """Turns what may go wrong with a person's photo into a sentence for them."""
    try:
        yield
    except UploadError as error:
        raise JobError(str(error), "upload") from error
    except TbiError as error:
        raise JobError(str(error), type(error).__name__.removesuffix("Error").lower()) from error
    except QuotaError as error:
        raise JobError(str(error), "disk") from error
    except MemoryError as error:
        raise JobError("The server's memory does not suffice for this photo; try a smaller.", "memory") from error


def encode_edges(edges: Image.Image) -> dict[str, bytes]:
    """Edge colours as a file, by name: WebP, whose alpha is exact, at a third of a PNG's bytes.

    `benchmarks/server.py` measures them; the colours are off by some 1.6 levels of 255 in the mean.
    """
    if max(edges.size) > WEBP_SIDE:
        return {"edges.png": encode_png(edges)}
    file = io.BytesIO()
    edges.save(file, "WEBP", quality=90, method=0, icc_profile=edges.info.get("icc_profile"))
    return {"edges.webp": file.getvalue()}


def encode_jpeg(photo: Image.Image) -> bytes:
    """A JPEG that shows no difference to the photo.

    Raises:
        JobError: a side is too long for JPEG.
    """
    file = io.BytesIO()
    try:
        photo.save(file, "JPEG", quality=95, icc_profile=photo.info.get("icc_profile"))
    except OSError as error:
        raise JobError(f"The picture could not be written ({error}).", "image") from error
    return file.getvalue()


def loaded(job: Job, model: "Future[Cutter]") -> Cutter:
    """The model, waited for.

    Raises:
        JobError: it could not be loaded.
        CancelledJobError: nobody wants the job any more.
    """
    if not model.done():
        with job.stage("load", 0.1, "Loading the model"):
            while not wait_for([model], timeout=0.2).done:
                job.check()
    try:
        return model.result()
    except TbiError as error:
        raise JobError(str(error), "model") from error
    except Exception as error:
        raise JobError(f"The model could not be loaded ({type(error).__name__}).", "model") from error


def add_file_routes(server: gr.Server, parts: Parts) -> None:
    """Uploads, results and cancel: ours instead of Gradio's, as the first route that matches answers."""
    store, limit = parts.store, parts.settings.max_upload_mb * 1_000_000

    @server.post(UPLOAD)
    async def upload(request: Request) -> Any:
        if parts.lanes["model"].stopping:
            return PlainTextResponse("The server is stopping; try again in a minute.", 503)
        try:
            return await receive_files(request)
        except QuotaError as error:
            return PlainTextResponse(str(error), 507)
        except HTTPException as error:
            return PlainTextResponse(str(error.detail), error.status_code)
        except (UnicodeError, LookupError, ValueError, AssertionError):  # what odd multipart bodies end in
            return PlainTextResponse("The upload is not multipart/form-data with files in it.", 400)

    async def receive_files(request: Request) -> list[str]:
        in_use = parts.queue.in_use() if parts.queue else set()
        length = request.headers.get("content-length", "")
        await run_in_threadpool(store.make_room, int(length) if length.isdecimal() else 0, in_use)
        try:
            form = await request.form(max_files=8, max_fields=0)
        except OSError as error:
            raise QuotaError(f"The server could not write the file ({error.strerror}); try again later.") from error
        try:
            files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
            if not files:
                raise HTTPException(400, "The upload has no file in it.")
            if any((file.size or 0) > limit for file in files):
                raise HTTPException(413, f"The file has more than {parts.settings.max_upload_mb} MB.")
            await run_in_threadpool(store.make_room, sum(file.size or 0 for file in files), in_use)
            add = store.add_upload
            return [str(await run_in_threadpool(add, file.filename or "photo", file.file)) for file in files]
        finally:
            await form.close()

    @server.api_route("/gradio_api/file={path:path}", methods=["GET", "HEAD"])
    def result(path: str, request: Request) -> Response:
        found = store.find(path, "result")
        if found is None:
            raise HTTPException(404, "There is no such result (any more).")
        done = BackgroundTask(store.mark_fetched, found) if request.method == "GET" else None
        return FileResponse(found, background=done)

    @server.post("/gradio_api/cancel")
    async def cancel(body: Cancel) -> dict[str, bool]:
        assert parts.queue is not None
        await parts.queue.cancel(body.session_hash, body.event_id)
        return {"success": True}


def add_pages(server: gr.Server, parts: Parts) -> None:
    """What people and machines read about the server."""

    @server.get("/")
    def index() -> None:  # the built editor has answered before
        raise HTTPException(503, "The editor is not built; run `make build`.")

    @server.api_route("/healthz", methods=["GET", "HEAD"])
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @server.api_route("/readyz", methods=["GET", "HEAD"])
    def readyz() -> Response:
        if parts.lanes["model"].stopping:
            return JSONResponse({"status": "stopping"}, 503)
        if not parts.full.done():
            return JSONResponse({"status": "loading"}, 503)
        return JSONResponse({"status": "failed"}, 503) if parts.failure else JSONResponse({"status": "ready"})

    @server.get("/metrics")
    def metrics() -> Response:
        return Response(parts.metrics.text(), media_type="text/plain; version=0.0.4")

    @server.get("/api/status")
    def status() -> dict[str, Any]:
        assert parts.queue is not None
        cutter = parts.full.result() if parts.full.done() and not parts.failure else None
        settings = parts.settings
        return {
            "ready": cutter is not None,
            "model": cutter.spec.name if cutter else settings.model,
            "device": cutter.device.kind if cutter else None,
            "precision": cutter.device.dtype if cutter else None,
            "reason": cutter.reason if cutter else parts.failure or "the model is being loaded",
            "draft": parts.draft is not None and not (cutter and cutter.spec.name == BUILTIN.name),
            "queue": {"waiting": parts.queue.waiting, "size": settings.queue_size},
            "limits": {"megabytes": settings.max_upload_mb, "megapixels": MAX_PIXELS // 1_000_000},
        }


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
        ssr_mode=False,
        enable_monitoring=False,
        footer_links=[],
        quiet=True,
    )
    server.get_blocks().api_open = False
    parts.queue = QueueRules(server, parts.lanes, settings.queue_size, parts.store.discard)
    watch = parts.metrics.watch
    watch("tbi_queue_length", "Jobs that wait", lambda: parts.queue.waiting if parts.queue else 0)
    watch("tbi_disk_bytes", "Uploads and results on disk", lambda: parts.store.used)
    watch("tbi_model_ready", "Whether the model is loaded", lambda: parts.full.done() and not parts.failure)
    return str(address)

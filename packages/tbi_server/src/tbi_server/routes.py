"""The routes beside the queue: files in and out, cancel, and what people and machines read about the server."""

from typing import Any

import gradio as gr
from fastapi import HTTPException, Request, Response
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse
from pydantic import BaseModel
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from tbi_core import MAX_PIXELS
from tbi_core.models import BUILTIN
from tbi_server.guard import UPLOAD, UPLOAD_OVERHEAD
from tbi_server.parts import Parts
from tbi_server.uploads import QuotaError


class Cancel(BaseModel):
    """What a client sends to cancel."""

    session_hash: str
    event_id: str


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
        length = request.headers.get("content-length", "")
        # A chunked body may be of any length up to the limit.
        size = int(length) if length.isdecimal() else limit + UPLOAD_OVERHEAD
        in_use = parts.queue.in_use() if parts.queue else set()
        with store.room(size, in_use):
            try:
                form = await request.form(max_files=8, max_fields=0)
            except OSError as error:
                raise QuotaError(f"The server could not write the file ({error.strerror}).") from error
            try:
                files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
                if not files or not all(file.size for file in files):
                    raise HTTPException(400, "The upload has no file in it, or an empty one.")
                if any((file.size or 0) > limit for file in files):
                    raise HTTPException(413, f"The file has more than {parts.settings.max_upload_mb} MB.")
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
    def healthz() -> Response:
        alive = parts.queue is None or parts.queue.is_alive
        return JSONResponse({"status": "ok"}) if alive else JSONResponse({"status": "stopped"}, 503)

    @server.api_route("/readyz", methods=["GET", "HEAD"])
    def readyz() -> Response:
        if parts.lanes["model"].stopping:
            return JSONResponse({"status": "stopping"}, 503)
        if parts.queue is not None and not parts.queue.is_alive:
            return JSONResponse({"status": "stopped"}, 503)
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

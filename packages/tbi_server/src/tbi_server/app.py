"""The API functions and routes: parse, call the core through Gradio's queue, encode."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import HTTPException
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from gradio.data_classes import FileData
from PIL import Image

from tbi_core import MAX_PIXELS, Segmenter, TbiError, read_image
from tbi_core.cutout import alpha_image
from tbi_core.png import encode_png
from tbi_server.guard import Guard
from tbi_server.settings import Settings
from tbi_server.uploads import UploadError, job_folder, uploaded_file

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""The names under which a server that only this machine can reach is asked."""

Work = Callable[[Path, gr.Progress], Image.Image]


def create(settings: Settings, segmenter: Segmenter, folder: Path, editor: Path) -> gr.Server:
    """The server, not yet launched.

    Args:
        settings: see `Settings`.
        segmenter: the model that cuts out.
        folder: where uploads and results lie, resolved; Gradio's own upload folder.
        editor: the built editor, a folder with an index.html.
    """
    server = gr.Server(title="tbi", docs_url=None, redoc_url=None, openapi_url=None)
    # Gradio frees a cancelled job's slot while its function still runs, so its limit of 1 is not enough: this one
    # thread does all the work, and a job that is cancelled while it waits for the thread never runs.
    worker = ThreadPoolExecutor(1, thread_name_prefix="model")

    async def run(upload: Any, name: str, work: Work) -> FileData:
        # The context tells Gradio's progress which job it belongs to.
        job = copy_context().run
        path = await asyncio.get_running_loop().run_in_executor(worker, job, do, upload, name, work)
        stem = Path(str(upload.get("orig_name") or "photo")).stem
        return FileData(path=str(path), orig_name=f"{stem}-{name}")

    def do(upload: Any, name: str, work: Work) -> Path:
        try:
            picture = work(uploaded_file(upload, folder), gr.Progress())
            result = job_folder(folder) / name
            if result.suffix == ".png":
                result.write_bytes(encode_png(picture))
            else:
                picture.save(result, quality=95, icc_profile=picture.info.get("icc_profile"))
        except (UploadError, TbiError) as error:
            raise gr.Error(str(error), print_exception=False) from error
        except OSError as error:  # a full disk; a side too long for JPEG
            raise gr.Error(f"The picture could not be written ({error}).", print_exception=False) from error
        return result

    def find(result: Callable[[Image.Image], Image.Image]) -> Work:
        def work(path: Path, progress: gr.Progress) -> Image.Image:
            progress(0.05, desc="Reading the photo")
            photo = read_image(path)
            progress(0.25, desc="Finding the subject")
            found = result(photo)
            progress(0.8, desc="Writing the picture")
            return found

        return work

    @server.api(name="remove_background", concurrency_id="model", concurrency_limit=1)
    async def remove_background(image: FileData) -> FileData:
        """Cuts the subject out: a photo in, a transparent PNG of the photo's size out."""
        return await run(image, "cutout.png", find(segmenter.segment))

    @server.api(name="extract_alpha", concurrency_id="model", concurrency_limit=1)
    async def extract_alpha(image: FileData) -> FileData:
        """Finds the subject: a photo in, its alpha as a grey PNG of the photo's size out."""
        return await run(image, "alpha.png", find(lambda photo: alpha_image(segmenter.alpha(photo))))

    @server.api(name="convert_photo", concurrency_id="model", concurrency_limit=1)
    async def convert_photo(image: FileData) -> FileData:
        """Makes a photo readable for browsers (HEIC, TIFF): an upright JPEG of the same size."""
        return await run(image, "photo.jpg", lambda path, progress: read_image(path))

    @server.get("/")
    def index() -> FileResponse:
        if not (editor / "index.html").is_file():
            raise HTTPException(503, "The editor is not built; run `make build`.")
        return FileResponse(editor / "index.html", headers={"cache-control": "no-cache"})

    @server.api_route("/healthz", methods=["GET", "HEAD"])
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @server.get("/api/status")
    def status() -> dict[str, Any]:
        return {
            "model": segmenter.spec.name,
            "device": segmenter.device.kind,
            "precision": segmenter.device.dtype,
            "reason": segmenter.reason,
            "queue": {"waiting": len(server.get_blocks()._queue), "size": settings.queue_size},
            "limits": {"megabytes": settings.max_upload_mb, "megapixels": MAX_PIXELS // 1_000_000},
        }

    return server


def launch(server: gr.Server, settings: Settings, folder: Path, editor: Path) -> str:
    """Starts to serve, in threads of its own; returns the address."""
    names = [entry.name for entry in editor.iterdir()] if editor.is_dir() else []
    server.add_middleware(
        Guard,
        static=names,
        folder=folder,
        hosts=LOOPBACK | {settings.host.strip("[]")} if settings.is_loopback else None,
        max_upload=settings.max_upload_mb * 1_000_000,
    )
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
    # Can't be said before launch.
    server.get_blocks()._queue.max_size = settings.queue_size
    # Mounted last: before launch it would shadow Gradio's own routes.
    server.mount("/", StaticFiles(directory=editor, check_dir=False), name="editor")
    return str(address)

"""The API: functions that go through Gradio's queue and then through the lane of their kind."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import gradio as gr
from gradio.data_classes import FileData

from tbi_server import work
from tbi_server.lanes import CancelledJobError, Job, JobError
from tbi_server.parts import Parts

Result = TypeVar("Result")


def add_functions(server: gr.Server, parts: Parts) -> None:
    """Registers them with a server that is not launched yet."""

    @server.api(name="remove_background", concurrency_id="model", concurrency_limit=1)
    async def remove_background(image: FileData) -> FileData:
        """Cuts the subject out: a photo in, a transparent PNG of the photo's size out."""
        request = Asked(parts, "remove_background", image)
        (cutout,) = await request.files("model", lambda job, path: work.cutout_file(job, path, parts.full))
        return cutout

    @server.api(name="extract_alpha", concurrency_id="model", concurrency_limit=1)
    async def extract_alpha(image: FileData) -> tuple[FileData, FileData]:
        """Finds the subject: a photo in; its alpha as a grey PNG, and the subject's own colours in the soft edge.

        The second is an RGBA WebP, opaque where 0 < alpha < 1 and empty elsewhere: laid over the photo, it takes
        the background's share out of the edge. Both are of the photo's size.
        """
        request = Asked(parts, "extract_alpha", image)
        alpha, edges = await request.files("model", lambda job, path: work.alpha_and_edges(job, path, parts.full))
        return alpha, edges

    @server.api(name="draft_alpha", concurrency_id="draft", concurrency_limit=1)
    async def draft_alpha(image: FileData) -> tuple[FileData, FileData]:
        """The same as `/extract_alpha` with the built-in model: rougher, soon there, never behind the full one."""
        model = parts.draft or parts.full
        request = Asked(parts, "draft_alpha", image)
        alpha, edges = await request.files("draft", lambda job, path: work.alpha_and_edges(job, path, model))
        return alpha, edges

    @server.api(name="convert_photo", concurrency_id="draft", concurrency_limit=1)
    async def convert_photo(image: FileData) -> FileData:
        """Makes a photo readable for browsers (HEIC, TIFF): an upright JPEG of the same size."""
        (photo,) = await Asked(parts, "convert_photo", image).files("draft", work.converted)
        return photo

    @server.api(name="render", concurrency_id="render", concurrency_limit=1)
    async def render(document: dict[str, Any], image: FileData) -> FileData:
        """Draws a document of the editor, as JSON, over a photo of its size: a PNG, as the editor exports it."""
        request = Asked(parts, "render", image)

        def look(job: Job, path: Path) -> None:
            work.usable(parts.renderer).check({"document": document})

        def prepare(job: Job, path: Path) -> Any:
            photo = work.read(job, path)
            return photo, work.cut_out(job, photo, parts.full)

        await request.run("render", look)
        photo, cutout = await request.run("model", prepare)
        (picture,) = await request.files(
            "render", lambda job, path: work.drawn(job, parts.renderer, photo, cutout, {"document": document})
        )
        return picture


class Asked:
    """What one client asks for.

    Args:
        parts: of the server.
        api: the function's name.
        upload: what came as FileData, whatever it is.
    """

    def __init__(self, parts: Parts, api: str, upload: Any) -> None:
        assert parts.queue is not None
        self.parts = parts
        self.upload = upload
        self.api = api
        self.progress = gr.Progress()
        self.queue = parts.queue
        self.event = parts.queue.current()

    async def run(self, lane: str, do: Callable[[Job, Path], Result]) -> Result:
        """Does a part of the work in a lane; whoever leaves takes their upload along.

        Raises:
            gr.Error: with a sentence for the person.
        """
        job = Job(self.api, lambda fraction, words: self.progress(fraction, desc=words), lambda: self.event.alive)
        self.queue.jobs[self.event._id] = job

        def checked(job: Job) -> Result:
            with work.told():
                return do(job, self.parts.store.upload(self.upload))

        try:
            return await self.parts.lanes[lane].run(job, checked, is_admitted=True)
        except JobError as error:
            if isinstance(error, CancelledJobError):
                self.drop()
            raise gr.Error(str(error), print_exception=False) from error
        except BaseException:  # the server ends; the work has stopped
            self.drop()
            raise
        finally:
            del self.queue.jobs[self.event._id]

    async def files(self, lane: str, do: Callable[[Job, Path], work.Files]) -> list[FileData]:
        """`run` for what makes files, which are kept for the client."""

        def keep(job: Job, path: Path) -> list[Path]:
            files = do(job, path)
            job.check()
            return self.parts.store.add_results(files, self.queue.in_use())

        paths = await self.run(lane, keep)
        if not self.event.alive:
            self.parts.store.discard(paths[0])
            self.drop()
        stem = Path(str(self.upload.get("orig_name") or "photo")).stem[:100]
        return [FileData(path=str(path), orig_name=f"{stem}-{path.name}") for path in paths]

    def drop(self) -> None:
        """Nobody will ask for the upload again."""
        if isinstance(self.upload, dict) and isinstance(self.upload.get("path"), str):
            self.queue.release(self.upload["path"], self.event._id)

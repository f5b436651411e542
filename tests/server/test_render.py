"""Documents drawn on the server: through the API, by an agent, and from the command line."""

import base64
import contextlib
import io
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from mcp import Client as McpClient
from PIL import Image, ImageCms

from conftest import run_async, start_server, stop_server
from server.client import Api
from tbi_core import segment
from tbi_server.renderer import Renderer, RenderError, in_srgb

SIZE = {"width": 512, "height": 512}
TEXT = {
    "kind": "text",
    "id": "t",
    "text": "MMMM",
    "font": "anton",
    "size": 200,
    "x": 256,
    "y": 200,
    "colour": "#ff0000",
}


def document(**change: Any) -> dict[str, Any]:
    layers = [{"kind": "photo", "id": "photo"}, {**TEXT, **change}, {"kind": "subject", "id": "subject"}]
    return {"version": 1, "size": SIZE, "layers": layers}


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer.find()


@pytest.fixture(scope="module")
def agents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that agents may call."""
    log = tmp_path_factory.mktemp("agents") / "log.txt"
    process, address = start_server(log, arguments=["--mcp"], TBI_PORT="")
    yield address
    stop_server(process)
    assert "Traceback" not in log.read_text(), log.read_text()


def check_text_behind_subject(picture: Image.Image, photo: Path) -> None:
    """Red where the text is, the photo's own pixels where the subject is, and the photo elsewhere."""
    drawn = np.asarray(picture.convert("RGB")).astype(int)
    alpha = np.asarray(segment(photo))[..., 3]
    with Image.open(photo) as image:
        original = np.asarray(image.convert("RGB")).astype(int)
    red = np.abs(drawn - (255, 0, 0)).max(axis=-1) < 3
    assert red[alpha == 0].mean() > 0.05
    assert not red[alpha == 255].any()
    assert np.abs(drawn - original)[alpha == 255].max() <= 1
    assert np.abs(drawn - original)[480:][alpha[480:] == 0].max() <= 1


def test_the_api_draws_a_document(server: str, astronaut: Path) -> None:
    client = Client(server, verbose=False)
    path = client.predict(document=document(), image=handle_file(str(astronaut)), api_name="/render")
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        check_text_behind_subject(picture, astronaut)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({}, "version"),
        ([], "Invalid"),
        ({**document(), "size": {"width": 100, "height": 100}}, "The document is for a photo of 100 × 100 pixels"),
        (document(size=-5), "size"),
        ({**document(), "layers": document()["layers"] * 9}, "layers"),
        (document(text=5), "text"),
        ({**document(), "layers": []}, "one photo and one subject"),
    ],
)
def test_a_document_that_is_none_is_said(server: str, astronaut: Path, wrong: Any, sentence: str) -> None:
    client = Client(server, verbose=False)
    with pytest.raises(AppError, match=sentence):
        client.predict(document=wrong, image=handle_file(str(astronaut)), api_name="/render")


def test_a_document_reaches_no_file_and_no_network(renderer: Renderer) -> None:
    """Whatever it names as a font or a colour: another font is drawn, or it is refused."""
    photo = Image.new("RGB", (64, 48), "navy")
    cutout = Image.new("RGBA", (64, 48))
    size = {"width": 64, "height": 48}
    for change in (
        {"font": "../../../../etc/passwd"},
        {"font": "file:///etc/passwd"},
        {"font": "http://127.0.0.1:9/x"},
        {"colour": "url(file:///etc/passwd)"},
        {"font": "__proto__"},
    ):
        layers = [{"kind": "photo", "id": "p"}, {**TEXT, "size": 20, **change}, {"kind": "subject", "id": "s"}]
        said = ""
        try:
            renderer.draw(photo, cutout, {"document": {"version": 1, "size": size, "layers": layers}})
        except RenderError as error:
            said = str(error)
        assert "root:" not in said


def test_a_picture_that_takes_too_long_is_given_up_with_its_process(renderer: Renderer) -> None:
    photo = Image.new("RGB", (3000, 2000), "navy")
    text = {**TEXT, "size": 900, "extrusionDepth": 1, "glow": 0.5, "stroke": 0.1, "text": "MMMM\nMMMM"}
    layers = [{"kind": "photo", "id": "p"}, text, {"kind": "subject", "id": "s"}]
    what = {"document": {"version": 1, "size": {"width": 3000, "height": 2000}, "layers": layers}}
    with pytest.raises(RenderError, match="more than 0 s"):
        renderer.draw(photo, Image.new("RGBA", photo.size), what, seconds=0.2)
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            assert b"render.js" not in entry.read_bytes()


def test_whoever_leaves_ends_the_drawing(renderer: Renderer) -> None:
    gone = threading.Event()

    class GoneError(Exception):
        pass

    def check() -> None:
        if gone.is_set():
            raise GoneError
        gone.set()

    photo = Image.new("RGB", (3000, 2000), "navy")
    with pytest.raises(GoneError):
        renderer.draw(photo, Image.new("RGBA", photo.size), {"request": {"text": "Hello"}}, check)


def test_memory_is_limited(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tbi_server.renderer.MEGABYTES", 60)
    photo = Image.new("RGB", (3000, 2000), "navy")
    with pytest.raises(RenderError, match="could not be drawn"):
        renderer.draw(photo, Image.new("RGBA", photo.size), {"request": {"text": "Hello"}})


def test_a_colour_profile_becomes_srgb() -> None:
    image = Image.new("RGB", (4, 4), (200, 30, 90))
    image.info["icc_profile"] = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert "icc_profile" not in in_srgb(image).info  # can't be used for RGB: left out
    image.info["icc_profile"] = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert np.abs(np.asarray(in_srgb(image)).astype(int) - (200, 30, 90)).max() <= 1


def ask(address: str, work: Callable[[McpClient], Any]) -> Any:
    async def run() -> Any:
        async with McpClient(f"{address}/gradio_api/mcp") as client:
            return await work(client)

    return run_async(run())


def data_uri(photo: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(photo.read_bytes()).decode()


def test_an_agent_finds_two_tools(agents: str) -> None:
    tools = ask(agents, lambda client: client.list_tools()).tools
    assert [tool.name for tool in tools] == ["remove_background", "text_behind_image"]
    assert {"photo", "text", "style", "colour", "height"} == set(tools[1].input_schema["properties"])
    assert "Addresses are not fetched" in tools[0].description


def test_an_agent_gets_a_cutout(agents: str, astronaut: Path) -> None:
    result = ask(agents, lambda client: client.call_tool("remove_background", {"photo": data_uri(astronaut)}))
    image, note = result.content
    with Image.open(io.BytesIO(base64.b64decode(image.data))) as cutout:
        assert np.array_equal(np.asarray(cutout), np.asarray(segment(astronaut)))
    assert note.text.startswith(f"The whole picture, 512 × 512 pixels: {agents}/gradio_api/file=")
    whole = httpx.get(note.text.split(": ", 1)[1])
    assert whole.content == base64.b64decode(image.data)


def test_an_agent_gets_text_behind_a_subject(agents: str, astronaut: Path) -> None:
    path = Api(agents).upload(astronaut)["path"]
    request = {"photo": path, "text": "Space", "style": "clean", "colour": "#ff0000", "height": 0.4}
    result = ask(agents, lambda client: client.call_tool("text_behind_image", request))
    with Image.open(io.BytesIO(base64.b64decode(result.content[0].data))) as picture:
        check_text_behind_subject(picture, astronaut)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"photo": "http://127.0.0.1/photo.png"}, "addresses are not fetched"),
        ({"photo": "/etc/passwd"}, "addresses are not fetched"),
        ({"photo": "file:///etc/passwd"}, "addresses are not fetched"),
        ({"photo": "data:image/png;base64,AAAA"}, "not an image"),
        ({"style": "nope"}, "The style is unknown; wanted one of clean, poster"),
        ({"text": " "}, "The text is empty"),
        ({"colour": "red"}, "#rrggbb"),
        ({"height": 2}, "The height is not from 0"),
    ],
)
def test_an_agent_is_told_what_is_wrong(
    agents: str, astronaut: Path, change: dict[str, Any], sentence: str
) -> None:
    request = {"photo": data_uri(astronaut), "text": "Space", **change}
    result = ask(agents, lambda client: client.call_tool("text_behind_image", request))
    assert result.is_error
    assert sentence in result.content[0].text


def test_an_agent_that_leaves_takes_its_job_along(agents: str, astronaut: Path) -> None:
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "remove_background", "arguments": {"photo": data_uri(astronaut)}},
    }
    headers = {"accept": "application/json, text/event-stream"}
    api = Api(agents)
    before = api.metric('tbi_jobs_total{api="mcp.remove_background",outcome="cancelled"}')
    with contextlib.suppress(httpx.ReadTimeout):
        httpx.post(f"{agents}/gradio_api/mcp", json=call, headers=headers, timeout=0.3)
    for _ in range(100):
        if api.http.get("/metrics").text.count('outcome="cancelled"'):
            break
        threading.Event().wait(0.1)
    assert 'tbi_jobs_total{api="mcp.remove_background",outcome="cancelled"}' in api.http.get("/metrics").text
    assert before == 0


def test_without_mcp_there_is_no_such_route(server: str) -> None:
    assert Api(server).http.post("/gradio_api/mcp", json={}).status_code == 404


def test_the_command_draws_a_document(tmp_path: Path, astronaut: Path) -> None:
    (tmp_path / "document.json").write_text(json.dumps(document()))
    command = [sys.executable, "-m", "tbi_core.cli", "render", "document.json", str(astronaut), "-o", "out.png"]
    done = subprocess.run([*command, "--model", "builtin"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    with Image.open(tmp_path / "out.png") as picture:
        check_text_behind_subject(picture, astronaut)
    (tmp_path / "document.json").write_text("{")
    done = subprocess.run([*command, "--model", "builtin"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert "is no document of the editor" in done.stderr

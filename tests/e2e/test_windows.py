"""More than one window of the editor in one browser, more than one finger, and files that are not what they say."""

import io
import json
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from e2e.conftest import DESKTOP, open_editor
from e2e.editor import EditorPage, until


@pytest.fixture
def opened(editor: EditorPage, astronaut: Path) -> EditorPage:
    """A cut-out photo, kept by the browser."""
    editor.open(astronaut)
    editor.wait_until_saved()
    return editor


def another_window(editor: EditorPage) -> EditorPage:
    """In the same browser, beside the first."""
    page = editor.page.context.new_page()
    page.on("pageerror", lambda error: editor.log.wrong.append(f"page error: {error}"))
    page.goto(editor.page.url)
    return EditorPage(page, editor.log)


def sticker() -> dict[str, object]:
    """A picture of one's own."""
    file = io.BytesIO()
    Image.new("RGB", (90, 60), (10, 200, 30)).save(file, "PNG")
    return {"name": "green.png", "mimeType": "image/png", "buffer": file.getvalue()}


def green(picture: np.ndarray) -> int:
    """Pixels of the sticker's colour."""
    return int((np.abs(picture[..., :3].astype(int) - (10, 200, 30)) < 4).all(axis=2).sum())


def thumbnails(page: Page) -> list[int]:
    """The bytes of each recent project's thumbnail, all added up."""
    found: list[int] = page.evaluate("""() => new Promise((resolve, reject) => {
        const opening = indexedDB.open('tbi');
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
            const asked = opening.result.transaction('projects').objectStore('projects').get('recent');
            asked.onsuccess = async () => resolve(await Promise.all(asked.result.map(async ({thumbnail}) =>
                new Uint8Array(await thumbnail.arrayBuffer()).reduce((sum, byte, i) => sum + byte * (i % 97), 0))));
        };
    })""")
    return found


def test_copied_layers_bring_their_pictures_into_another_window(opened: EditorPage, astronaut: Path) -> None:
    with opened.page.expect_file_chooser() as chooser:
        opened.page.get_by_role("button", name="Add picture").click()
    chooser.value.set_files([sticker()])  # type: ignore[list-item]  # a dict of its name and bytes will do
    expect(opened.page.get_by_role("list", name="Layers").get_by_role("listitem")).to_have_count(4)
    here = green(opened.export())
    assert here > 1000
    opened.page.keyboard.press("Control+c")
    other = another_window(opened)
    other.open(astronaut)
    other.handle.focus()
    other.page.keyboard.press("Control+v")
    expect(other.page.get_by_role("list", name="Layers").get_by_role("listitem")).to_have_count(4)
    # Right above the text that was chosen: behind the subject, too.
    assert 1000 < green(other.export()) < here
    other.page.get_by_role("button", name="In front", exact=True).click()
    assert green(other.export()) == pytest.approx(here, rel=0.05)
    expect(other.page.get_by_role("alert")).to_have_count(0)
    # They belong to it now.
    other.wait_until_saved()
    other.page.reload()
    other.wait_until_cut_out()
    assert green(other.export()) == pytest.approx(here, rel=0.05)


def test_a_project_that_is_open_elsewhere_is_opened_as_a_copy(opened: EditorPage) -> None:
    other = another_window(opened)
    other.page.get_by_role("list", name="Recent projects").get_by_role("button").click()
    other.wait_until_cut_out()
    expect(other.page.get_by_role("alert")).to_contain_text("another tab")
    other.text.fill("THERE")
    other.wait_until_saved()
    opened.text.fill("HERE")
    opened.wait_until_saved()
    for editor, words in ((opened, "HERE"), (other, "THERE")):
        editor.page.reload()
        editor.wait_until_cut_out()
        expect(editor.text).to_have_value(words)
    # A tab that is closed holds nothing back.
    opened.page.goto("about:blank")
    opened.page.go_back()
    opened.wait_until_cut_out()
    expect(opened.page.get_by_role("alert")).to_have_count(0)
    expect(opened.text).to_have_value("HERE")


def test_the_last_change_gets_its_thumbnail_too(opened: EditorPage) -> None:
    page = opened.page
    before = thumbnails(page)
    opened.set("Size", 300)
    opened.wait_until_saved()
    # Nothing tells the page that a thumbnail was written.
    now = until(lambda: thumbnails(page), lambda kept: kept != before)
    # At once after the last: it is owed, and paid.
    opened.text.fill("OTHER WORDS")
    opened.wait_until_saved()
    until(lambda: thumbnails(page), lambda kept: kept != now)


@pytest.mark.parametrize("tool", ["Refine subject", "Crop"])
def test_two_fingers_zoom_while_one_would_paint_or_crop(phone: EditorPage, astronaut: Path, tool: str) -> None:
    phone.open(astronaut)
    page = phone.page
    if tool == "Crop":
        page.get_by_role("combobox", name="Crop", exact=True).select_option("Free")
    else:
        page.get_by_role("button", name=tool).click()
    before = phone.preview()
    canvas = page.locator("canvas").bounding_box()
    assert canvas is not None
    x, y = canvas["x"] + canvas["width"] * 0.45, canvas["y"] + canvas["height"] * 0.5
    touch = phone.touch
    touch("touchStart", (x - 30, y))
    touch("touchStart", (x - 30, y), (x + 30, y))
    for step in range(1, 7):
        touch("touchMove", (x - 30 - 10 * step, y), (x + 30 + 10 * step, y))
    touch("touchEnd")
    wide = page.locator("canvas").bounding_box()
    assert wide is not None
    assert wide["width"] == pytest.approx(3 * canvas["width"], rel=0.1)
    page.get_by_role("group", name="Zoom").get_by_role("button", name="Fit", exact=True).click()
    # But for the rounding of a photo that is shrunk anew, beside the page.
    until(
        phone.preview,
        lambda now: now.shape == before.shape and (np.abs(now.astype(int) - before).max(axis=2) > 30).sum() < 20,
    )
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    # One finger does it again: it paints; and a corner of the crop, that it drags.
    corner = page.get_by_role("button", name="Corner 1 of the crop")
    if tool == "Crop":
        box = corner.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch("touchStart", (x, y))
    for step in range(1, 6):
        touch("touchMove", (x + 9 * step, y + 9 * step))
    touch("touchEnd")
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header claims this many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def test_a_photo_of_too_many_pixels_is_refused_before_it_is_sent_or_unpacked(editor: EditorPage) -> None:
    uploads: list[str] = []
    editor.page.on("request", lambda request: "upload" in request.url and uploads.append(request.url))
    editor.upload({"name": "huge.png", "mimeType": "image/png", "buffer": bomb(40_000, 40_000)})
    expect(editor.page.get_by_role("alert")).to_contain_text("1600 megapixels; up to 100")
    assert uploads == []


def test_a_project_whose_photo_is_a_bomb_is_refused_and_what_is_open_stays(opened: EditorPage) -> None:
    with opened.page.expect_download() as download:
        opened.page.get_by_role("button", name="Save project").click()
    before = opened.export()
    hostile = io.BytesIO()
    with zipfile.ZipFile(download.value.path()) as good, zipfile.ZipFile(hostile, "w") as bad:
        for name in good.namelist():
            bad.writestr(name, bomb(40_000, 40_000) if name == "photo" else good.read(name))
        assert json.loads(good.read("document.json"))["document"]["size"] == {"width": 512, "height": 512}
    opened.page.get_by_label("Project file").set_input_files(
        [{"name": "bomb.tbi", "mimeType": "application/x-tbi", "buffer": hostile.getvalue()}]
    )
    expect(opened.page.get_by_role("alert")).to_contain_text("1600 megapixels; up to 100")
    assert np.array_equal(opened.export(), before)


def test_an_export_larger_than_the_browsers_canvases_is_drawn_in_strips(
    chromium: Browser, server: str, astronaut: Path, tmp_path: Path
) -> None:
    """As on iOS, whose canvases stay empty beyond 16.7 megapixels."""
    photo = tmp_path / "large.jpg"
    Image.open(astronaut).convert("RGB").resize((2400, 2000)).save(photo, quality=90)
    for editor in open_editor(chromium, server, **DESKTOP, service_workers="block"):
        draw_in_strips(editor, photo)


def draw_in_strips(editor: EditorPage, photo: Path) -> None:
    """In one window with small canvases, and in another."""
    editor.page.route(
        "**/workers/worker-*.js",
        lambda route: route.fulfill(
            response=(response := route.fetch()),
            body="""
                const Canvas = self.OffscreenCanvas;
                self.OffscreenCanvas = class extends Canvas {
                    constructor(width, height) {
                        super(...(width * height > 16777216 ? [1, 1] : [width, height]));
                    }
                };
            """
            + response.text(),
        ),
    )
    other = another_window(editor)
    pictures = []
    for window in (editor, other):
        window.open(photo)
        window.set("Stroke width", 4)
        window.set("Shadow distance", 15)
        window.set("Extrusion depth", 20)
        window.page.get_by_role("combobox", name="Export scale").select_option("2")
        pictures.append(window.export())
    in_strips, whole = pictures
    assert in_strips.shape == whole.shape == (4000, 4800, 4)
    # One picture, but for the smoothing of edges that a strip ends at.
    difference = np.abs(in_strips.astype(int) - whole)
    assert difference.mean() < 0.01
    assert difference.max() <= 40
    editor.page.get_by_role("combobox", name="Export format").select_option("JPEG")
    editor.page.get_by_role("button", name="Export JPEG").click()
    expect(editor.page.get_by_role("alert")).to_contain_text("19 megapixels are more than this browser can draw")

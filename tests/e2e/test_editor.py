"""From a photo to a picture in a real Chromium, against the real server and the real model."""

import base64
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from e2e.conftest import DESKTOP, open_editor
from e2e.editor import PATIENCE, EditorPage
from tbi_core import read_image, segment

RED = (230, 20, 60)


def hand_over(editor: EditorPage, event: str, name: str, content: bytes, padding: int = 0) -> None:
    """Gives the page a file by a "drop" or a "paste"; `padding` zeros follow the content."""
    editor.page.evaluate(
        """({ event, name, data, padding }) => {
            const files = new DataTransfer();
            const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
            files.items.add(new File([bytes, new Uint8Array(padding)], name, { type: 'image/png' }));
            const options = { dataTransfer: files, clipboardData: files, bubbles: true, cancelable: true };
            const Kind = event === 'drop' ? DragEvent : ClipboardEvent;
            document.body.dispatchEvent(new Kind(event, options));
        }""",
        {"event": event, "name": name, "data": base64.b64encode(content).decode(), "padding": padding},
    )


def changed(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Where two pictures differ, (H, W)."""
    return (before[..., :3] != after[..., :3]).any(axis=2)


def test_a_photo_a_text_behind_its_subject_and_a_picture_out(editor: EditorPage, astronaut: Path) -> None:
    photo = np.asarray(read_image(astronaut))
    alpha = np.asarray(segment(astronaut))[..., 3]
    editor.upload(astronaut)
    expect(editor.progress).to_contain_text("photo", timeout=PATIENCE)
    editor.wait_until_cut_out()
    expect(editor.progress).to_be_empty()

    editor.text.fill("HELLO")
    editor.choose_font("Montserrat")
    editor.choose_colour("#e6143c")
    editor.set("Weight", 900)
    editor.set("Size", 190)
    before = editor.export()
    editor.drag_text(0, -60)
    exported = editor.export()

    assert exported.shape == (512, 512, 4)
    assert (exported[..., 3] == 255).all()
    # The subject's own pixels lie in front of the text.
    assert np.array_equal(exported[alpha == 255][:, :3], photo[alpha == 255])
    # Behind it the text has its colour, and around the text is the photo.
    glyphs = (np.abs(exported[..., :3].astype(int) - RED) <= 1).all(axis=2)
    background = alpha == 0
    assert glyphs[background].sum() > 5000
    assert not glyphs[alpha == 255].any()
    untouched = background & ~changed(np.dstack((photo, alpha)), exported)
    edges = background & ~glyphs & ~untouched
    assert edges.sum() < 0.15 * glyphs.sum()
    # The drag moved it.
    assert changed(before, exported).sum() > 5000

    editor.page.get_by_role("button", name="100 %").click()
    assert np.array_equal(editor.preview(), exported)


def test_every_control_changes_the_picture_and_the_export_shows_it(editor: EditorPage, astronaut: Path) -> None:
    editor.open(astronaut)
    editor.choose_font("Inter")
    editor.page.get_by_role("button", name="100 %").click()
    last = editor.preview()
    for name, value in [("Size", 90), ("Weight", 850), ("Letter spacing", 30), ("Opacity", 40), ("Rotation", -30)]:
        editor.set(name, value)
        now = editor.preview()
        assert changed(last, now).any(), name
        last = now
    editor.slider("Size").press("ArrowRight")
    now = editor.preview()
    assert changed(last, now).any()
    editor.handle.press("ArrowDown")
    assert changed(now, editor.preview()).any()
    assert np.array_equal(editor.export(), editor.preview())


def test_a_translucent_text_lets_the_photo_through_evenly(editor: EditorPage, astronaut: Path) -> None:
    photo = np.asarray(read_image(astronaut)).astype(int)
    alpha = np.asarray(segment(astronaut))[..., 3]
    editor.open(astronaut)
    editor.text.fill("####")
    editor.choose_font("Anton")
    editor.set("Opacity", 50)
    exported = editor.export()[..., :3].astype(int)
    behind = (alpha == 0) & changed(photo, exported)
    white = np.abs(exported[behind] - (photo[behind] + 255) / 2).max(axis=1) <= 1.5
    assert white.mean() > 0.85  # the rest are the edges of glyphs


def test_the_preview_fits_the_window_at_the_screens_own_resolution(phone: EditorPage, astronaut: Path) -> None:
    phone.open(astronaut)
    box = phone.page.locator("canvas").bounding_box()
    assert box is not None
    preview = phone.preview()
    assert preview.shape[1] == pytest.approx(box["width"] * 2, abs=2)
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


def test_on_a_phone_the_picture_stays_in_view_and_nothing_is_cut_off(
    phone: EditorPage, astronaut: Path, results: Path
) -> None:
    phone.page.screenshot(path=results / "phone-start.png")
    phone.open(astronaut)
    phone.slider("Rotation").scroll_into_view_if_needed()
    expect(phone.page.locator("canvas")).to_be_in_viewport(ratio=1)
    assert phone.page.evaluate("document.documentElement.scrollWidth") == 390
    phone.page.screenshot(path=results / "phone.png")
    assert phone.export().shape == (512, 512, 4)


def test_a_touch_drags_the_text_all_the_way(phone: EditorPage, astronaut: Path) -> None:
    phone.open(astronaut)
    box = phone.handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    cdp = phone.page.context.new_cdp_session(phone.page)
    cdp.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 9):
        point = {"x": x + step * 5, "y": y + step * 10}
        cdp.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    moved = phone.handle.bounding_box()
    assert moved is not None
    assert moved["x"] - box["x"] == pytest.approx(40, abs=1)
    assert moved["y"] - box["y"] == pytest.approx(80, abs=1)


def test_a_text_is_fitted_to_the_photos_width(editor: EditorPage, astronaut: Path) -> None:
    editor.open(astronaut)
    editor.text.fill("A much longer text")
    editor.page.get_by_role("button", name="Fit to width").click()
    photo, text = editor.page.locator("canvas").bounding_box(), editor.handle.bounding_box()
    assert photo is not None
    assert text is not None
    # The frame stands a little outside of the ink, and a text's ink ends a little inside of its width.
    assert text["width"] == pytest.approx(0.9 * photo["width"], rel=0.06)
    assert text["x"] - photo["x"] == pytest.approx(0.05 * photo["width"], rel=0.4)


def test_characters_that_no_font_has_are_named(editor: EditorPage, astronaut: Path) -> None:
    editor.open(astronaut)
    editor.text.fill("Hi ཀ𓀀")
    expect(editor.page.get_by_text("No font here has ཀ 𓀀")).to_be_visible()
    editor.text.fill("Hi")
    expect(editor.page.get_by_text("No font here has")).to_have_count(0)


def test_full_size_begins_where_the_text_is(editor: EditorPage, astronaut: Path, tmp_path: Path) -> None:
    Image.open(astronaut).convert("RGB").resize((3000, 3000)).save(tmp_path / "large.jpg")
    editor.open(tmp_path / "large.jpg")
    editor.page.get_by_role("button", name="100 %").click()
    view, text = editor.canvas.bounding_box(), editor.handle.bounding_box()
    assert view is not None
    assert text is not None
    assert text["x"] + text["width"] / 2 == pytest.approx(view["x"] + view["width"] / 2, abs=20)
    assert text["y"] + text["height"] / 2 == pytest.approx(view["y"] + view["height"] / 2, abs=20)


@pytest.mark.parametrize("event", ["drop", "paste"])
def test_a_dropped_or_pasted_photo_is_taken(editor: EditorPage, astronaut: Path, event: str) -> None:
    hand_over(editor, event, "photo.png", astronaut.read_bytes())
    editor.wait_until_cut_out()


def test_a_sample_photo_is_taken(editor: EditorPage) -> None:
    editor.page.get_by_role("button", name="Sample photo: Coffee").click()
    editor.wait_until_cut_out()
    assert editor.export().shape == (400, 600, 4)


def test_the_start_page_stays_as_it_is_while_the_editor_is_loaded(editor: EditorPage) -> None:
    """The editor's code comes at the first sign of a person, whose press must not be lost to another page."""
    page = editor.page
    sample = page.get_by_role("button", name="Sample photo: Coffee")
    sample.focus()
    handle = sample.element_handle()
    page.mouse.move(5, 5)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()  # only the editor knows what the key is for
    page.keyboard.press("Escape")
    assert handle.evaluate("button => button.isConnected")
    expect(sample).to_be_focused()


def test_an_editor_that_can_not_be_loaded_says_so_and_the_next_try_finds_it(
    chromium: Browser, server: str, astronaut: Path
) -> None:
    for editor in open_editor(chromium, server, **DESKTOP, service_workers="block"):
        page = editor.page
        page.route("**/_app/immutable/**", lambda route: route.abort())
        editor.upload(astronaut)
        expect(page.get_by_role("alert")).to_contain_text("server")
        page.unroute_all()
        editor.open(astronaut)
        editor.ignore_stopped_requests()


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif"])
@pytest.mark.parametrize("orientation", [3, 6])
def test_a_photo_with_an_exif_orientation_is_upright_with_its_alpha(
    editor: EditorPage, astronaut: Path, tmp_path: Path, kind: str, orientation: int
) -> None:
    upright = Image.open(astronaut).convert("RGB").crop((0, 0, 512, 400))
    undo = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90}[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = tmp_path / f"rotated.{kind}"
    upright.transpose(undo).save(photo, exif=exif, quality=95)
    editor.open(photo)
    exported = editor.export()[..., :3].astype(int)
    assert exported.shape == (400, 512, 3)
    inside = np.asarray(segment(photo))[..., 3] == 255
    # Lossy, and decoded by two libraries: near, where a turned picture would be far.
    assert np.abs(exported - np.asarray(upright)).mean(axis=2)[inside].mean() < 6


def test_a_photo_larger_than_the_window_is_shrunk_once_and_exported_whole(
    editor: EditorPage, astronaut: Path, tmp_path: Path
) -> None:
    Image.open(astronaut).convert("RGB").resize((2400, 2400)).save(tmp_path / "large.png")
    editor.page.evaluate(
        """() => {
            window.shrinks = 0;
            const plain = window.createImageBitmap;
            window.createImageBitmap = (...given) => {
                if (given[1]?.resizeWidth) window.shrinks++;
                return plain(...given);
            };
        }"""
    )
    editor.open(tmp_path / "large.png")
    editor.text.fill("LARGE")
    editor.set("Rotation", 20)
    editor.preview()
    editor.page.wait_for_function("() => window.shrinks >= 3")
    # The photo; then the photo and the cutout. Edits need none.
    assert editor.page.evaluate("window.shrinks") == 3
    preview = editor.preview()
    assert preview.shape[0] < 900
    exported = editor.export()
    assert exported.shape == (2400, 2400, 4)
    small = np.asarray(Image.fromarray(exported).resize(preview.shape[1::-1], Image.Resampling.BOX))
    assert np.abs(small.astype(int) - preview).mean() < 2
    # A window that grows asks for sharper ones, once.
    editor.page.set_viewport_size({"width": 1500, "height": 1000})
    editor.page.wait_for_function("() => window.shrinks >= 5")
    assert editor.preview().shape[0] > preview.shape[0]


def test_transparency_is_laid_on_white(editor: EditorPage, tmp_path: Path) -> None:
    image = Image.new("RGBA", (80, 60), (0, 0, 0, 0))
    image.paste((10, 200, 30, 255), (0, 0, 20, 60))
    image.save(tmp_path / "glass.png")
    editor.open(tmp_path / "glass.png")
    editor.text.fill(" ")
    exported = editor.export()
    assert exported[30, 10].tolist() == [10, 200, 30, 255]
    assert exported[30, 60].tolist() == [255, 255, 255, 255]


def test_a_photo_that_the_browser_cannot_show_is_converted(editor: EditorPage) -> None:
    editor.open(Path(__file__).parents[1] / "core/data/gradient.heic")
    assert editor.export().shape == (64, 64, 4)


def test_a_second_photo_replaces_the_first_and_keeps_the_words(editor: EditorPage, astronaut: Path) -> None:
    editor.open(astronaut)
    editor.text.fill("STAY")
    coffee = astronaut.with_name("coffee.png")
    editor.upload(coffee)
    editor.wait_until_cut_out()
    expect(editor.text).to_have_value("STAY")
    exported = editor.export()
    alpha = np.asarray(segment(coffee))[..., 3]
    assert exported.shape == (400, 600, 4)
    assert np.array_equal(exported[alpha == 255][:, :3], np.asarray(read_image(coffee))[alpha == 255])


def test_a_second_photo_while_the_first_is_cut_out_wins(editor: EditorPage, astronaut: Path) -> None:
    editor.upload(astronaut)
    expect(editor.text).to_be_visible(timeout=PATIENCE)
    coffee = astronaut.with_name("coffee.png")
    editor.upload(coffee)
    editor.wait_until_cut_out()
    inside = np.asarray(segment(coffee))[..., 3] == 255
    assert np.array_equal(editor.export()[inside][:, :3], np.asarray(read_image(coffee))[inside])
    editor.ignore_stopped_requests()


def test_a_file_that_is_no_photo_is_said_and_the_photo_stays(editor: EditorPage, astronaut: Path) -> None:
    nonsense = {"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"not a photo"}
    editor.upload(nonsense)
    expect(editor.page.get_by_role("alert")).to_contain_text("is not an image", timeout=PATIENCE)
    editor.open(astronaut)
    before = editor.export()
    editor.upload(nonsense)
    expect(editor.page.get_by_role("alert")).to_contain_text("is not an image", timeout=PATIENCE)
    expect(editor.progress).to_be_empty()
    assert np.array_equal(editor.export(), before)


def test_a_file_that_is_no_photo_while_a_subject_is_cut_out_leaves_a_way_on(
    editor: EditorPage, astronaut: Path
) -> None:
    editor.upload(astronaut)
    expect(editor.text).to_be_visible(timeout=PATIENCE)
    editor.upload({"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"not a photo"})
    expect(editor.page.get_by_role("alert")).to_contain_text("is not an image", timeout=PATIENCE)
    expect(editor.progress).to_contain_text("not cut out yet")
    editor.page.get_by_role("button", name="Try again").click()
    editor.wait_until_cut_out()
    editor.ignore_stopped_requests()


def test_a_missing_sample_is_said(editor: EditorPage) -> None:
    editor.page.route("**/samples/*", lambda route: route.abort())
    editor.page.get_by_role("button", name="Sample photo: Coffee").click()
    expect(editor.page.get_by_role("alert")).to_contain_text("The server does not answer")
    editor.ignore_stopped_requests()


def test_a_file_over_the_limit_is_refused_before_it_is_sent(editor: EditorPage) -> None:
    sent: list[str] = []
    editor.page.on("request", lambda request: sent.append(request.url) if "/upload" in request.url else None)
    hand_over(editor, "drop", "huge.jpg", b"", padding=50_500_000)
    expect(editor.page.get_by_role("alert")).to_contain_text("50.5 MB; this server takes up to 50 MB")
    assert sent == []


def test_a_photo_without_a_subject_says_so(editor: EditorPage) -> None:
    import io

    buffer = io.BytesIO()
    Image.new("RGB", (300, 200), "steelblue").save(buffer, "PNG")
    editor.upload({"name": "sky.png", "mimeType": "image/png", "buffer": buffer.getvalue()})
    editor.wait_until_cut_out()
    expect(editor.page.get_by_role("alert")).to_contain_text("No subject was found")


def test_a_cancelled_job_can_be_tried_again(editor: EditorPage, astronaut: Path) -> None:
    editor.upload(astronaut)
    editor.page.get_by_role("button", name="Cancel").click(timeout=PATIENCE)
    expect(editor.progress).to_contain_text("Cancelled")
    editor.page.get_by_role("button", name="Try again").click()
    editor.wait_until_cut_out()
    alpha = np.asarray(segment(astronaut))[..., 3]
    assert np.array_equal(editor.export()[alpha == 255][:, :3], np.asarray(read_image(astronaut))[alpha == 255])
    editor.ignore_stopped_requests()


def test_a_server_that_does_not_answer_is_said_and_can_be_tried_again(editor: EditorPage, astronaut: Path) -> None:
    editor.page.route("**/gradio_api/**", lambda route: route.abort())
    editor.page.route("**/config*", lambda route: route.abort())
    editor.upload(astronaut)
    expect(editor.progress).to_contain_text("The server does not answer", timeout=PATIENCE)
    editor.page.unroute_all()
    editor.page.get_by_role("button", name="Try again").click()
    editor.wait_until_cut_out()
    editor.ignore_stopped_requests()


def test_the_start_says_which_model_cuts_out_and_why(editor: EditorPage) -> None:
    expect(editor.page.get_by_text("cut out by the small model that is built in").first).to_be_visible()
    editor.page.get_by_text("Why?").click()
    expect(editor.page.get_by_text("asked for by name").first).to_be_visible()


def test_the_keyboard_alone_is_enough(editor: EditorPage, astronaut: Path) -> None:
    # Listening well before the key: Playwright does not wait until the browser knows.
    editor.page.on("filechooser", lambda chooser: chooser.set_files(astronaut))
    editor.page.keyboard.press("Tab")
    expect(editor.upload_button).to_be_focused()
    editor.page.keyboard.press("Enter")
    editor.wait_until_cut_out()
    # The words are selected, so typing replaces them.
    editor.page.keyboard.type("KEYS")
    expect(editor.text).to_have_value("KEYS")


def test_it_makes_the_picture_for_the_readme(editor: EditorPage, astronaut: Path, results: Path) -> None:
    editor.open(astronaut)
    editor.text.fill("ORBIT")
    editor.page.get_by_role("button", name="Look: Block").click()
    expect(editor.font).to_have_value("Archivo Black")
    editor.page.get_by_role("button", name="Fit to width").click()
    editor.drag_text(0, -60)
    editor.page.get_by_role("button", name="Looks", exact=True).click()
    editor.page.wait_for_timeout(1500)  # the panel scrolls, and its pictures are drawn
    editor.page.mouse.move(5, 5)
    editor.preview()
    editor.page.screenshot(path=results / "editor.jpg", type="jpeg", quality=88)
    assert (results / "editor.jpg").stat().st_size > 50_000


def test_it_makes_the_phone_picture_for_the_readme(phone: EditorPage, astronaut: Path, results: Path) -> None:
    phone.open(astronaut)
    phone.text.fill("ORBIT")
    phone.page.get_by_role("button", name="Look: Neon").click()
    expect(phone.font).to_have_value("Comfortaa")
    phone.page.get_by_role("button", name="Layers", exact=True).click()
    phone.page.wait_for_timeout(1000)  # the panel scrolls; for the picture only, nothing is judged by it
    phone.preview()
    phone.page.screenshot(path=results / "phone.jpg", type="jpeg", quality=80, scale="css")
    assert (results / "phone.jpg").stat().st_size > 20_000

"""What the editor can do beyond one line of text: effects, layers, undo, projects, formats."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from e2e.conftest import DESKTOP, open_editor
from e2e.editor import PATIENCE, EditorPage, differ, until


@pytest.fixture
def opened(editor: EditorPage, astronaut: Path) -> EditorPage:
    """A cut-out photo at 100 %, where the preview is the export."""
    editor.open(astronaut)
    editor.page.get_by_role("button", name="100 %").click()
    return editor


@pytest.fixture
def another(chromium: Browser, server: str) -> Iterator[EditorPage]:
    """An editor that shares nothing with the first, as on another computer."""
    yield from open_editor(chromium, server, **DESKTOP)


def test_every_effect_changes_the_picture_and_the_export_is_the_preview(opened: EditorPage) -> None:
    opened.text.fill("TWO\nLINES")
    last = opened.preview()
    effects = [
        ("Line height", 150),
        ("Stroke width", 5),
        ("Shadow distance", 20),
        ("Shadow blur", 30),
        ("Shadow angle", 20),
        ("Shadow strength", 90),
        ("Glow", 30),
        ("Extrusion depth", 25),
        ("Extrusion angle", 120),
        ("Bevel", 4),
        ("Light angle", 30),
        ("Tilt X", 25),
        ("Tilt Y", -35),
        ("Tilt Z", 8),
        ("Perspective", 90),
        ("Skew X", 10),
        ("Bend", 40),
        ("Box strength", 50),
        ("Feather", 40),
        ("Grow or shrink", 30),
        ("Subject outline", 30),
        ("Subject shadow", 60),
        ("Background blur", 20),
        ("Brightness", 10),
        ("Contrast", 20),
        ("Saturation", -50),
    ]
    for name, value in effects:
        opened.set(name, value)
        now = opened.preview()
        assert differ(last, now) > 20, name
        last = now
    # Page and worker are two canvases of one engine: nothing but rounding may differ.
    difference = np.abs(opened.export().astype(int) - last)
    assert difference.mean() < 0.05
    assert difference.max() <= 40


@pytest.mark.parametrize("kind", ["Linear gradient", "Radial gradient", "None (hollow)"])
def test_a_fill_is_exported_as_it_is_seen(opened: EditorPage, kind: str) -> None:
    before = opened.preview()
    opened.page.get_by_role("combobox", name="Fill", exact=True).select_option(kind)
    opened.set("Tilt Y", 30)
    now = opened.preview()
    assert differ(before, now) > 1000
    assert np.abs(opened.export().astype(int) - now).mean() < 0.05


def test_undo_and_redo_go_through_everything_and_a_drag_is_one_step(opened: EditorPage) -> None:
    page = opened.page
    undo = page.get_by_role("button", name="Undo")
    redo = page.get_by_role("button", name="Redo")
    expect(undo).to_be_disabled()
    first = opened.preview()
    opened.drag_text(0, 80)
    dragged = opened.preview()
    page.wait_for_timeout(900)  # what follows at once would be the same drag
    opened.set("Stroke width", 8)
    stroked = opened.preview()
    undo.click()
    assert np.array_equal(opened.preview(), dragged)
    undo.click()
    assert np.array_equal(opened.preview(), first)
    expect(undo).to_be_disabled()
    page.keyboard.press("Control+Shift+Z")
    redo.click()
    assert np.array_equal(opened.preview(), stroked)
    expect(redo).to_be_disabled()


def test_a_reload_loses_nothing_and_asks_the_server_for_nothing_again(opened: EditorPage) -> None:
    opened.text.fill("STILL HERE")
    opened.set("Tilt Y", 20)
    before = opened.export()
    opened.wait_until_saved()
    joined: list[str] = []
    opened.page.on("request", lambda request: joined.append(request.url) if "/queue/join" in request.url else None)
    opened.page.reload()
    opened.wait_until_cut_out()
    expect(opened.text).to_have_value("STILL HERE")
    assert np.array_equal(opened.export(), before)
    assert joined == []


def test_a_new_visit_offers_what_was_worked_on(opened: EditorPage, server: str) -> None:
    opened.text.fill("AGAIN")
    opened.wait_until_saved()
    visit = opened.page.context.new_page()
    visit.goto(server)
    visit.get_by_role("list", name="Recent projects").get_by_role("button", name="astronaut.png").click()
    expect(visit.get_by_role("textbox", name="Text", exact=True)).to_have_value("AGAIN", timeout=PATIENCE)
    visit.close()


def test_a_project_file_opens_elsewhere_as_it_was(opened: EditorPage, another: EditorPage, tmp_path: Path) -> None:
    opened.text.fill("MOVED")
    opened.set("Extrusion depth", 30)
    before = opened.export()
    with opened.page.expect_download() as download:
        opened.page.get_by_role("button", name="Save project").click()
    assert download.value.suggested_filename == "astronaut.tbi"
    download.value.save_as(tmp_path / "astronaut.tbi")
    with another.page.expect_file_chooser() as chooser:
        another.page.get_by_role("button", name="Open project").click()
    chooser.value.set_files(tmp_path / "astronaut.tbi")
    another.wait_until_cut_out()
    expect(another.text).to_have_value("MOVED")
    assert np.array_equal(another.export(), before)


def test_a_file_that_is_no_project_is_said(editor: EditorPage) -> None:
    with editor.page.expect_file_chooser() as chooser:
        editor.page.get_by_role("button", name="Open project").click()
    chooser.value.set_files({"name": "x.tbi", "mimeType": "application/zip", "buffer": b"PK nonsense"})
    expect(editor.page.get_by_role("alert")).to_contain_text("not a project")


def export_as(editor: EditorPage, kind: str, scale: str, part: str = "Whole picture") -> tuple[str, bytes]:
    """The file's name and bytes."""
    editor.page.get_by_role("combobox", name="Export format").select_option(kind)
    editor.page.get_by_role("combobox", name="Export scale").select_option(scale)
    editor.page.get_by_role("combobox", name="What to export").select_option(part)
    with editor.page.expect_download(timeout=PATIENCE) as download:
        editor.page.get_by_role("button", name=f"Export {kind}").click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


@pytest.mark.parametrize(("kind", "ending"), [("PNG", "png"), ("JPEG", "jpg"), ("WebP", "webp")])
def test_a_picture_is_exported_in_its_format_and_scale(opened: EditorPage, kind: str, ending: str) -> None:
    preview = opened.preview()
    name, data = export_as(opened, kind, "2")
    assert name == f"astronaut-text-behind.{ending}"
    image = Image.open(io.BytesIO(data))
    assert image.format == kind.upper()
    assert image.size == (1024, 1024)
    small = np.asarray(image.convert("RGB").resize((512, 512), Image.Resampling.BOX)).astype(int)
    assert np.abs(small - preview[..., :3]).mean() < 3


def test_the_text_alone_and_the_subject_alone_are_on_transparency(opened: EditorPage) -> None:
    name, data = export_as(opened, "PNG", "1", "Text only")
    assert name == "astronaut-text-behind-text.png"
    text = np.asarray(Image.open(io.BytesIO(data)))
    assert 0.05 < (text[..., 3] > 0).mean() < 0.5
    assert (text[text[..., 3] == 255][:, :3] == 255).all()
    subject = np.asarray(Image.open(io.BytesIO(export_as(opened, "PNG", "1", "Subject only")[1])))
    assert subject[5, 256, 3] == 0
    assert subject[400, 256, 3] == 255


def test_a_photoshop_file_has_the_layers_in_order_with_their_names_and_opacity(opened: EditorPage) -> None:
    opened.text.fill("LAYER")
    opened.set("Opacity", 60)
    preview = opened.preview()
    _, data = export_as(opened, "PSD", "1")
    psd = Image.open(io.BytesIO(data))
    assert psd.format == "PSD"
    assert psd.size == (512, 512)
    assert [layer[0] for layer in psd.layers] == ["Photo", "LAYER", "Subject"]
    assert np.abs(np.asarray(psd.convert("RGB")).astype(int) - preview[..., :3]).mean() < 0.5
    # The opacity is the layer's, not burnt into its pixels (the byte behind the blend mode's key).
    key = data.index(b"8BIMnorm", data.index(b"8BIMnorm") + 1)
    assert data[key + 8] == pytest.approx(153, abs=1)


def test_texts_are_added_reordered_hidden_and_deleted(opened: EditorPage) -> None:
    page = opened.page
    layers = page.get_by_role("list", name="Layers")
    before = opened.preview()
    page.get_by_role("button", name="Add text").click()
    opened.text.fill("SECOND")
    assert layers.get_by_role("listitem").all_inner_texts() == ["SECOND", "Subject", "BEHIND", "Photo"]
    row = layers.get_by_role("button", name="SECOND", exact=True)
    opened.handle.focus()
    for _ in range(20):
        page.keyboard.press("Shift+ArrowUp")
    in_front = opened.preview()
    row.press("Alt+ArrowDown")
    assert layers.get_by_role("listitem").all_inner_texts()[1] == "SECOND"
    behind = opened.preview()
    assert differ(behind, in_front) > 500  # the subject covers some of it now
    page.get_by_role("button", name="In front", exact=True).click()
    assert layers.get_by_role("listitem").all_inner_texts()[0] == "SECOND"
    assert np.array_equal(opened.preview(), in_front)
    page.get_by_role("button", name="Behind the subject", exact=True).click()
    assert np.array_equal(opened.preview(), behind)
    page.get_by_role("button", name="In front", exact=True).click()
    layers.get_by_role("button", name="Hide SECOND").click()
    page.mouse.move(0, 0)
    assert np.array_equal(opened.preview(), before)
    layers.get_by_role("button", name="Show SECOND").click()
    layers.get_by_role("button", name="Duplicate SECOND").click()
    assert layers.get_by_role("listitem").count() == 5
    for _ in range(2):
        layers.get_by_role("button", name="Delete SECOND").first.click()
    assert np.array_equal(opened.preview(), before)


def test_layers_are_reordered_by_dragging(opened: EditorPage) -> None:
    layers = opened.page.get_by_role("list", name="Layers")
    layers.scroll_into_view_if_needed()
    text = layers.get_by_role("button", name="BEHIND", exact=True).bounding_box()
    subject = layers.get_by_role("button", name="Subject", exact=True).bounding_box()
    assert text is not None
    assert subject is not None
    opened.page.mouse.move(text["x"] + 40, text["y"] + 15)
    opened.page.mouse.down()
    opened.page.mouse.move(subject["x"] + 40, subject["y"] + 10, steps=5)
    opened.page.mouse.up()
    assert layers.get_by_role("listitem").all_inner_texts() == ["BEHIND", "Subject", "Photo"]


def test_a_locked_text_does_not_move(opened: EditorPage) -> None:
    opened.page.get_by_role("button", name="Lock BEHIND").click()
    before = opened.preview()
    opened.drag_text(40, 40)
    opened.handle.press("ArrowDown")
    assert np.array_equal(opened.preview(), before)


def test_corners_resize_and_the_knob_turns(editor: EditorPage, astronaut: Path) -> None:
    editor.open(astronaut)
    size = editor.page.get_by_role("spinbutton", name="Size in")
    before = float(size.input_value())
    box = editor.handle.bounding_box()
    assert box is not None
    centre = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    corner = (box["x"] + box["width"], box["y"] + box["height"])
    mouse = editor.page.mouse
    mouse.move(*corner)
    mouse.down()
    mouse.move(*(c + (p - c) * 0.5 for c, p in zip(centre, corner, strict=True)), steps=4)
    mouse.up()
    assert float(size.input_value()) == pytest.approx(before / 2, rel=0.03)
    knob = editor.page.locator("circle.knob").bounding_box()
    assert knob is not None
    mouse.move(knob["x"] + knob["width"] / 2, knob["y"] + knob["height"] / 2)
    mouse.down()
    mouse.move(centre[0] + 200, centre[1] + 2, steps=6)
    mouse.up()
    # Near a right angle it clicks in.
    expect(editor.page.get_by_role("spinbutton", name="Rotation in")).to_have_value("90")


def test_a_dragged_text_clicks_into_the_middle(opened: EditorPage) -> None:
    opened.page.get_by_role("button", name="Fit", exact=True).click()
    canvas = opened.page.locator("canvas").bounding_box()
    box = opened.handle.bounding_box()
    assert canvas is not None
    assert box is not None
    down = canvas["y"] + canvas["height"] / 2 - (box["y"] + box["height"] / 2)
    opened.drag_text(3, down + 4)
    after = opened.handle.bounding_box()
    assert after is not None
    assert after["x"] == pytest.approx(box["x"], abs=0.6)
    # The frame is around the ink; the text's own middle is what is held.
    assert after["y"] + after["height"] / 2 == pytest.approx(canvas["y"] + canvas["height"] / 2, abs=2)


def test_a_look_keeps_the_words_and_their_width(opened: EditorPage) -> None:
    opened.text.fill("KEPT")
    opened.preview()
    before = opened.handle.bounding_box()
    picture = opened.preview()
    opened.page.get_by_role("button", name="Look: Poster").click()
    expect(opened.font).to_have_value("Anton")
    assert differ(picture, opened.preview()) > 1000
    expect(opened.text).to_have_value("KEPT")
    after = opened.handle.bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] == pytest.approx(before["width"], rel=0.05)


def test_a_look_is_copied_from_one_text_to_another(opened: EditorPage) -> None:
    page = opened.page
    opened.set("Stroke width", 7)
    page.get_by_role("button", name="Copy look").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("spinbutton", name="Stroke width in")).to_have_value("0")
    page.get_by_role("button", name="Paste look").click()
    expect(page.get_by_role("spinbutton", name="Stroke width in")).to_have_value("7")


def test_commands_are_found_by_typing_and_shortcuts_work(opened: EditorPage) -> None:
    page = opened.page
    page.locator("body").click(position={"x": 5, "y": 400})
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.type("add te")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    layers = page.get_by_role("list", name="Layers").get_by_role("listitem")
    expect(layers).to_have_count(4)
    opened.handle.focus()
    page.keyboard.press("Control+d")
    expect(layers).to_have_count(5)
    page.keyboard.press("Delete")
    expect(layers).to_have_count(4)
    page.keyboard.press("Control+z")
    expect(layers).to_have_count(5)


def test_two_fingers_pinch_and_turn_the_text(phone: EditorPage, astronaut: Path) -> None:
    phone.open(astronaut)
    size = phone.page.get_by_role("spinbutton", name="Size in")
    before = float(size.input_value())
    box = phone.handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = phone.touch
    touch("touchStart", (x - 60, y))
    touch("touchStart", (x - 60, y), (x + 60, y))
    for step in range(1, 6):
        reach = 60 - 6 * step
        touch("touchMove", (x - reach, y - step), (x + reach, y + step))
    touch("touchEnd")
    assert float(size.input_value()) == pytest.approx(before / 2, rel=0.06)
    turned = float(phone.page.get_by_role("spinbutton", name="Rotation in").input_value())
    assert turned == pytest.approx(9, abs=2)


def test_a_font_of_ones_own_is_drawn_and_stays_after_a_reload(opened: EditorPage) -> None:
    folder = Path(__file__).parents[2] / "web/node_modules/@fontsource/lobster/files"
    before = opened.preview()
    with opened.page.expect_file_chooser() as chooser:
        opened.page.get_by_role("button", name="Add your own").click()
    chooser.value.set_files(folder / "lobster-latin-400-normal.woff2")
    expect(opened.font).to_have_value("lobster-latin-400-normal")
    opened.wait_until_saved()
    now = opened.preview()
    assert differ(before, now) > 1000
    exported = opened.export()
    assert np.array_equal(exported, now)
    opened.page.reload()
    opened.wait_until_cut_out()
    expect(opened.font).to_have_value("lobster-latin-400-normal")
    assert np.array_equal(opened.export(), exported)


def test_it_opens_without_a_network_with_what_was_worked_on(opened: EditorPage) -> None:
    page = opened.page
    opened.text.fill("OFFLINE")
    opened.wait_until_saved()
    page.evaluate("() => navigator.serviceWorker.ready.then(() => undefined)")
    page.reload()  # from now on the worker answers, and keeps the fonts that are used
    opened.wait_until_cut_out()
    before = opened.export()
    page.context.set_offline(True)
    page.reload()
    opened.wait_until_cut_out()
    expect(opened.text).to_have_value("OFFLINE")
    assert np.array_equal(opened.export(), before)
    page.context.set_offline(False)
    # The browser reports the server's status, which can't be had.
    opened.log.wrong[:] = [line for line in opened.log.wrong if "ERR_INTERNET_DISCONNECTED" not in line]


def test_a_second_photo_is_a_project_of_its_own_and_the_first_stays_as_it_was(
    opened: EditorPage, astronaut: Path, server: str
) -> None:
    opened.text.fill("FIRST")
    before = opened.export()
    opened.upload(astronaut.with_name("coffee.png"))
    opened.wait_until_cut_out()
    opened.text.fill("SECOND")
    opened.wait_until_saved()
    visit = opened.page.context.new_page()
    visit.goto(server)
    recents = visit.get_by_role("list", name="Recent projects").get_by_role("button")
    expect(recents).to_have_text(["coffee.png", "astronaut.png"])
    recents.nth(1).click()
    expect(visit.get_by_role("textbox", name="Text", exact=True)).to_have_value("FIRST", timeout=PATIENCE)
    again = EditorPage(visit, opened.log)
    again.wait_until_cut_out()
    assert np.array_equal(again.export(), before)
    visit.close()


def test_keys_delete_only_what_is_chosen(opened: EditorPage) -> None:
    layers = opened.page.get_by_role("list", name="Layers")
    layers.get_by_role("button", name="Subject", exact=True).click()
    opened.page.keyboard.press("Delete")
    expect(layers.get_by_role("listitem")).to_have_count(3)
    layers.get_by_role("button", name="BEHIND", exact=True).click()
    opened.page.keyboard.press("Delete")
    expect(layers.get_by_role("listitem")).to_have_count(2)
    opened.page.keyboard.press("Control+z")
    expect(layers.get_by_role("listitem")).to_have_count(3)


def test_undo_does_not_lead_back_to_a_picture_without_its_subject(editor: EditorPage, astronaut: Path) -> None:
    editor.upload(astronaut)
    expect(editor.text).to_be_visible(timeout=PATIENCE)
    editor.text.fill("EARLY")  # while the server still works
    editor.wait_until_cut_out()
    with_subject = editor.export()
    undo = editor.page.get_by_role("button", name="Undo")
    undo.click()
    expect(editor.text).to_have_value("BEHIND")
    editor.page.get_by_role("button", name="Redo").click()
    assert np.array_equal(editor.export(), with_subject)


def test_a_renamed_layer_keeps_its_name_and_escape_keeps_the_old_one(opened: EditorPage) -> None:
    layers = opened.page.get_by_role("list", name="Layers")
    row = layers.get_by_role("button", name="BEHIND", exact=True)
    row.press("F2")
    opened.page.keyboard.type("Nothing")
    opened.page.keyboard.press("Escape")
    row.press("F2")
    opened.page.keyboard.type("Title")
    opened.page.keyboard.press("Enter")
    opened.text.fill("OTHER")
    assert layers.get_by_role("listitem").all_inner_texts() == ["Subject", "Title", "Photo"]


PICTURE = {"name": "Sticker.png", "mimeType": "image/png"}


def sticker() -> dict[str, object]:
    """A green disc on transparency."""
    y, x = np.mgrid[-100:100, -100:100]
    pixels = np.zeros((200, 200, 4), np.uint8)
    pixels[x * x + y * y < 90 * 90] = (0, 255, 0, 255)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return {**PICTURE, "buffer": file.getvalue()}


def choose_file(editor: EditorPage, button: str, file: object) -> None:
    with editor.page.expect_file_chooser() as chooser:
        editor.page.get_by_role("button", name=button).click()
    chooser.value.set_files([file])


def test_shapes_are_added_sized_sent_behind_the_subject_and_exported_as_seen(opened: EditorPage) -> None:
    page = opened.page
    layers = page.get_by_role("list", name="Layers")
    for name in ("rectangle", "ellipse", "line", "arrow", "star", "heart"):
        before = opened.preview()
        page.get_by_role("button", name=f"Add {name}", exact=True).click()
        expect(layers.get_by_role("button", name=name.capitalize(), exact=True)).to_be_visible()
        assert differ(opened.preview(), before) > 300, name
    assert layers.get_by_role("listitem").all_inner_texts()[0] == "Heart"
    before = opened.preview()
    width = page.get_by_role("spinbutton", name="Width in px", exact=True)
    width.fill("300")
    width.press("Enter")
    opened.set("Height", 100)
    opened.set("Stroke width", 10)
    opened.set("Tilt Y", 40)
    assert differ(opened.preview(), before) > 1000
    assert np.array_equal(opened.preview(), opened.export())
    before = opened.preview()
    for _ in range(6):
        page.keyboard.press("[")
    assert layers.get_by_role("listitem").all_inner_texts()[5:7] == ["Subject", "Heart"]
    assert differ(opened.preview(), before) > 300
    page.keyboard.press("Delete")
    expect(layers.get_by_role("button", name="Heart", exact=True)).to_have_count(0)


def test_a_sticker_is_moved_stretched_and_kept_in_the_project(
    opened: EditorPage, another: EditorPage, tmp_path: Path
) -> None:
    page = opened.page
    choose_file(opened, "Add picture", sticker())
    expect(
        page.get_by_role("list", name="Layers").get_by_role("button", name="Sticker", exact=True)
    ).to_be_visible()

    def green(pixels: np.ndarray) -> int:
        return int((pixels[..., :3] == (0, 255, 0)).all(axis=2).sum())

    size = int(page.get_by_role("spinbutton", name="Height in").input_value())
    assert green(opened.preview()) == pytest.approx(np.pi * (0.45 * size) ** 2, rel=0.03)
    page.keyboard.press("[")  # behind the subject, which covers some of it
    assert 10 < green(opened.preview()) < 0.9 * np.pi * (0.45 * size) ** 2
    page.get_by_role("button", name="Move the shape").focus()
    for _ in range(12):
        page.keyboard.press("Shift+ArrowLeft")
    moved = green(opened.preview())
    side = page.locator("circle.side").nth(1)
    box = side.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"], steps=3)
    page.mouse.up()
    assert int(page.get_by_role("spinbutton", name="Width in px", exact=True).input_value()) > size + 30
    assert green(opened.preview()) != moved
    opened.set("Tilt X", 30)
    before = opened.export()
    assert np.array_equal(before, opened.preview())
    with page.expect_download() as download:
        page.get_by_role("button", name="Save project").click()
    file = tmp_path / "with-sticker.tbi"
    download.value.save_as(file)
    with another.page.expect_file_chooser() as chooser:
        another.page.get_by_role("button", name="Open project").first.click()
    chooser.value.set_files(file)
    another.wait_until_cut_out()
    assert np.array_equal(another.export(), before)
    # And in this browser, after a reload.
    opened.wait_until_saved()
    page.reload()
    opened.wait_until_cut_out()
    assert np.array_equal(opened.export(), before)


def test_a_picture_fills_letters_and_replaces_the_background(opened: EditorPage) -> None:
    page = opened.page
    before = opened.preview()
    page.get_by_role("combobox", name="Fill", exact=True).select_option("Picture")
    choose_file(opened, "Choose a picture", sticker())
    expect(page.get_by_role("button", name="Another picture")).to_be_visible()
    filled = opened.preview()
    assert differ(filled, before) > 1000
    page.get_by_role("combobox", name="Background", exact=True).select_option("Picture")
    choose_file(opened, "Choose a picture", {"name": "b.png", "mimeType": "image/png", "buffer": plain("#204060")})
    expect(page.get_by_role("button", name="Choose a picture")).to_have_count(0)
    shown = opened.preview()
    assert (shown[5, 5, :3] == (0x20, 0x40, 0x60)).all()
    assert np.array_equal(shown, opened.export())


def plain(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (80, 60), colour).save(file, "PNG")
    return file.getvalue()


def test_a_crop_is_what_is_shown_and_exported(opened: EditorPage) -> None:
    page = opened.page
    whole = opened.export()
    page.get_by_role("combobox", name="Crop", exact=True).select_option("Wide 16:9")
    frame = page.get_by_role("button", name="Move the crop")
    frame.focus()
    for _ in range(8):
        page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Enter")
    expect(frame).to_have_count(0)
    cropped = opened.export()
    assert cropped.shape[:2] == (288, 512)
    top = next(y for y in range(whole.shape[0] - 287) if np.array_equal(whole[y : y + 288], cropped))
    assert top == 112 - 80
    assert np.array_equal(opened.preview(), cropped)
    page.get_by_label("Export scale", exact=True).select_option(label="1280 wide – 1280 × 720")
    assert opened.export().shape[:2] == (720, 1280)
    page.keyboard.press("Control+z")
    page.get_by_role("combobox", name="Crop", exact=True).select_option("Whole photo")
    page.get_by_label("Export scale", exact=True).select_option("1")
    assert np.array_equal(opened.export(), whole)


def test_a_crop_is_dragged_by_its_corners(opened: EditorPage) -> None:
    page = opened.page
    page.get_by_role("combobox", name="Crop", exact=True).select_option("Free")
    corner = page.get_by_role("group", name="Crop").locator("circle").nth(0)
    box = corner.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 100, box["y"] + box["height"] / 2 + 50, steps=3)
    page.mouse.up()
    page.get_by_role("button", name="Done").click()
    assert opened.export().shape[:2] == (462, 412)


def test_several_layers_are_chosen_moved_copied_and_deleted_together(opened: EditorPage) -> None:
    page = opened.page
    layers = page.get_by_role("list", name="Layers")
    page.get_by_role("button", name="Add star").click()
    layers.get_by_role("button", name="BEHIND", exact=True).click(modifiers=["Shift"])
    expect(layers.locator("[aria-pressed=true]")).to_have_count(2)
    names = ("BEHIND", "Star")

    def centres() -> list[tuple[float, float]]:
        opened.preview()
        boxes = [page.locator("svg polygon[role=button]").nth(i).bounding_box() for i in range(2)]
        # Their middles: a line that is focused is thicker.
        return [(box["x"] + box["width"] / 2, box["y"]) for box in boxes if box]

    before = centres()
    page.get_by_role("button", name="Move the").focus()
    page.keyboard.press("Shift+ArrowRight")
    after = centres()
    assert [round(a[0] - b[0]) for a, b in zip(after, before, strict=True)] == [10, 10]
    page.keyboard.press("Control+d")
    expect(layers.get_by_role("listitem")).to_have_count(6)
    page.keyboard.press("Control+z")
    expect(layers.get_by_role("listitem")).to_have_count(4)
    for name in names:
        layers.get_by_role("button", name=name, exact=True).click(modifiers=["Shift"] if name == "Star" else [])
    page.keyboard.press("Control+c")
    page.keyboard.press("Control+v")
    expect(layers.get_by_role("listitem")).to_have_count(6)
    page.keyboard.press("Delete")
    expect(layers.get_by_role("listitem")).to_have_count(4)


def test_four_corners_are_dragged_and_reset(opened: EditorPage) -> None:
    page = opened.page
    before = opened.preview()
    page.get_by_role("button", name="Drag corners").click()
    corner = page.locator("circle.corner").nth(1)
    box = corner.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] - 40, box["y"] + 60, steps=3)
    page.mouse.up()
    moved = corner.bounding_box()
    assert moved is not None
    # The corner follows the pointer.
    assert abs(moved["x"] - (box["x"] - 40 - box["width"] / 2)) < 6
    assert differ(opened.preview(), before) > 1000
    assert np.array_equal(opened.preview(), opened.export())
    page.get_by_role("button", name="Reset corners").click()
    assert np.array_equal(opened.preview(), before)


def scrolled(editor: EditorPage) -> tuple[float, float]:
    view = editor.canvas.locator("> div").first
    left, top = view.evaluate("view => [view.scrollLeft, view.scrollTop]")
    return left, top


def test_space_and_the_middle_button_move_the_picture(editor: EditorPage, astronaut: Path) -> None:
    editor.page.set_viewport_size({"width": 900, "height": 500})
    editor.open(astronaut)
    editor.page.get_by_role("button", name="100 %").click()
    before, text = scrolled(editor), editor.page.get_by_role("spinbutton", name="Size in").input_value()
    place = editor.handle.bounding_box()
    assert place is not None
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    editor.handle.focus()
    editor.page.mouse.move(x, y)
    editor.page.keyboard.down(" ")
    editor.page.mouse.down()
    editor.page.mouse.move(x, y - 30, steps=3)
    editor.page.mouse.up()
    editor.page.keyboard.up(" ")
    assert scrolled(editor)[1] == before[1] + 30
    editor.page.mouse.down(button="middle")
    editor.page.mouse.move(x, y, steps=3)
    editor.page.mouse.up(button="middle")
    assert scrolled(editor)[1] == before[1]
    # The text under the pointer stayed where it was.
    after = editor.handle.bounding_box()
    assert after is not None
    assert after["y"] + after["height"] / 2 == pytest.approx(y, abs=0.1)
    assert editor.page.get_by_role("spinbutton", name="Size in").input_value() == text


def test_fingers_beside_the_text_zoom_and_move_the_picture(phone: EditorPage, astronaut: Path) -> None:
    phone.open(astronaut)
    size = phone.page.get_by_role("spinbutton", name="Size in").input_value()
    canvas = phone.page.locator("canvas").bounding_box()
    assert canvas is not None
    x, y = canvas["x"] + canvas["width"] / 2, canvas["y"] + canvas["height"] * 0.85
    touch = phone.touch
    touch("touchStart", (x - 30, y))
    touch("touchStart", (x - 30, y), (x + 30, y))
    for step in range(1, 7):
        touch("touchMove", (x - 30 - 10 * step, y), (x + 30 + 10 * step, y))
    touch("touchEnd")
    wide = phone.page.locator("canvas").bounding_box()
    assert wide is not None
    assert wide["width"] == pytest.approx(3 * canvas["width"], rel=0.1)
    before = scrolled(phone)
    touch("touchStart", (x, y))
    for step in range(1, 6):
        touch("touchMove", (x - 8 * step, y - 4 * step))
    touch("touchEnd")
    after = scrolled(phone)
    assert after[0] - before[0] == pytest.approx(40, abs=2)
    assert phone.page.get_by_role("spinbutton", name="Size in").input_value() == size


def test_a_look_of_ones_own_is_kept_given_and_forgotten(opened: EditorPage) -> None:
    page = opened.page
    opened.set("Stroke width", 7)
    opened.set("Tilt X", 15)
    page.get_by_role("button", name="Keep look").click()
    mine = page.get_by_role("list", name="Your looks")
    expect(mine.get_by_role("listitem")).to_have_count(1)
    page.get_by_role("button", name="Look: Clean").click()
    expect(page.get_by_role("spinbutton", name="Stroke width in")).to_have_value("0")
    opened.wait_until_saved()
    page.reload()
    opened.wait_until_cut_out()
    mine.get_by_role("button", name="Look: BEHIND").click()
    expect(page.get_by_role("spinbutton", name="Stroke width in")).to_have_value("7")
    expect(page.get_by_role("spinbutton", name="Tilt X in")).to_have_value("15")
    mine.get_by_role("button", name="Forget the look BEHIND").click()
    expect(mine).to_have_count(0)


def test_recent_projects_show_what_they_are(opened: EditorPage, server: str) -> None:
    opened.wait_until_saved()
    visit = opened.page.context.new_page()
    visit.goto(server)
    picture = visit.get_by_role("list", name="Recent projects").locator("img")
    expect(picture).to_have_js_property("naturalWidth", 240)
    visit.close()


def test_words_are_written_on_the_picture_itself(opened: EditorPage, results: Path) -> None:
    page = opened.page
    opened.set("Tilt Y", 25)
    opened.set("Bend", 20)
    box = opened.handle.bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.dblclick(*middle)
    field = page.get_by_role("textbox", name="Words on the picture")
    expect(field).to_be_focused()
    page.keyboard.type("HELLO WORLD")  # over what was selected
    expect(opened.text).to_have_value("HELLO WORLD")
    caret = page.locator("line.caret").last
    # Typing and moving reach the picture a frame or two later.
    at_end = until(caret.bounding_box, lambda at: at is not None and at["x"] > middle[0])
    page.keyboard.press("Home")
    until(caret.bounding_box, lambda at: at is not None and at_end is not None and at_end["x"] - at["x"] > 100)
    assert at_end is not None
    # A click goes between two letters, and typing goes there.
    page.mouse.click(at_end["x"] - 2, at_end["y"] + at_end["height"] / 2)
    page.keyboard.press("Shift+Control+ArrowLeft")
    page.screenshot(path=results / "writing.png")
    page.keyboard.type("YOU")
    expect(opened.text).to_have_value("HELLO YOU")
    page.keyboard.press("Escape")
    expect(field).to_have_count(0)
    # Nothing of the caret is in the picture.
    assert np.array_equal(opened.preview(), opened.export())


def test_a_click_sets_the_caret_where_the_letters_are(opened: EditorPage) -> None:
    page = opened.page
    opened.text.fill("IIIIIIII")
    box = opened.handle.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.dblclick(box["x"] + box["width"] / 2, y)
    page.mouse.click(box["x"] + box["width"] * 0.26, y)
    page.keyboard.type("-")
    expect(opened.text).to_have_value("II-IIIIII")


def test_an_edit_at_full_size_leaves_the_view_where_it_is(editor: EditorPage, astronaut: Path) -> None:
    editor.page.set_viewport_size({"width": 900, "height": 480})
    editor.open(astronaut)
    editor.page.get_by_role("button", name="100 %").click()
    view = editor.canvas.locator("> div").first
    view.evaluate("view => view.scrollTo(0, view.scrollHeight)")
    before = scrolled(editor)
    editor.text.fill("SOMETHING ELSE")
    editor.set("Size", 60)
    editor.preview()
    assert scrolled(editor) == before


def test_a_group_is_dragged_by_any_of_its_layers_and_a_locked_one_stays(opened: EditorPage) -> None:
    page = opened.page
    opened.set("Size", 60)
    layers = page.get_by_role("list", name="Layers")
    for name in ("star", "heart"):
        page.get_by_role("button", name=f"Add {name}").click()
        page.get_by_role("spinbutton", name="Height in").fill("40")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Move the shape").focus()
        for _ in range(8):
            page.keyboard.press("Shift+ArrowDown" if name == "star" else "Shift+ArrowRight")
    page.get_by_role("button", name="Lock Heart", exact=True).click()
    layers.get_by_role("button", name="Star", exact=True).click()
    layers.get_by_role("button", name="BEHIND", exact=True).click(modifiers=["Shift"])
    layers.get_by_role("button", name="Heart", exact=True).click(modifiers=["Shift"])

    def centres() -> dict[str, tuple[float, float]]:
        opened.preview()
        found = {}
        for polygon in page.locator("svg polygon[role=button]").all():
            box = polygon.bounding_box()
            assert box is not None
            name = (polygon.get_attribute("aria-label") or "").removeprefix("Choose ")
            found[name.split(":")[0]] = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        return found

    before = centres()
    x, y = before["Star"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.keyboard.down("Alt")  # without snapping
    page.mouse.move(x - 50, y + 20, steps=4)
    page.mouse.up()
    page.keyboard.up("Alt")
    after = centres()
    moved = {name: (round(after[name][0] - at[0]), round(after[name][1] - at[1])) for name, at in before.items()}
    assert moved == {"Star": (-50, 20), "BEHIND": (-50, 20), "Move the shape": (0, 0)}


def test_a_free_crop_is_free_after_a_square_one(opened: EditorPage) -> None:
    page = opened.page
    page.get_by_role("combobox", name="Crop", exact=True).select_option("Square 1:1")
    page.get_by_role("combobox", name="Crop", exact=True).select_option("Whole photo")
    page.get_by_role("combobox", name="Crop", exact=True).select_option("Wide 16:9")
    page.get_by_role("combobox", name="Crop", exact=True).select_option("Free")
    corner = page.get_by_role("button", name="Corner 3 of the crop")
    corner.focus()
    for _ in range(5):
        page.keyboard.press("Shift+ArrowLeft")
    page.get_by_role("button", name="Done").click()
    assert opened.export().shape[:2] == (288, 462)

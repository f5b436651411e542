"""What the hands of a stranger do: thumbs that scroll, keys that are pressed twice, words that are too long."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from e2e.editor import PATIENCE, EditorPage


@pytest.fixture
def opened(editor: EditorPage, astronaut: Path) -> EditorPage:
    """A cut-out photo."""
    editor.open(astronaut)
    return editor


def swipe(phone: EditorPage, start: tuple[float, float], way: tuple[float, float]) -> None:
    """One finger, in ten steps."""
    (x, y), (dx, dy) = start, way
    phone.touch("touchStart", (x, y))
    for step in range(1, 11):
        phone.touch("touchMove", (x + dx * step / 10, y + dy * step / 10))
    phone.touch("touchEnd")


def middle(page: Page, slider: str) -> tuple[float, float]:
    """Of a slider's track, in view."""
    thumb = page.get_by_role("slider", name=slider, exact=True)
    thumb.evaluate("thumb => thumb.scrollIntoView({block: 'center'})")
    box = thumb.bounding_box()
    assert box is not None
    return 200, box["y"] + box["height"] / 2


def test_a_thumb_that_scrolls_the_panel_changes_nothing(phone: EditorPage, astronaut: Path) -> None:
    phone.open(astronaut)
    page = phone.page
    spacing = page.get_by_role("spinbutton", name="Letter spacing in")
    at = middle(page, "Letter spacing")
    scrolled = page.get_by_role("complementary").evaluate("panel => panel.scrollTop")
    swipe(phone, at, (3, -150))
    page.wait_for_timeout(300)  # the panel goes on by itself after a swipe
    assert page.get_by_role("complementary").evaluate("panel => panel.scrollTop") > scrolled + 50
    expect(spacing).to_have_value("0")
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    # Sideways it slides, from where it is; and a tap goes there.
    at = middle(page, "Letter spacing")
    swipe(phone, at, (60, 4))
    slid = int(spacing.input_value())
    assert 10 < slid < 40
    page.touchscreen.tap(at[0] + 130, at[1])
    assert int(spacing.input_value()) > slid + 20
    page.get_by_role("button", name="Undo").click()


def test_a_thumb_that_scrolls_the_list_moves_no_layer_and_the_grip_does(phone: EditorPage, astronaut: Path) -> None:
    phone.open(astronaut)
    page = phone.page
    layers = page.get_by_role("list", name="Layers")
    photo = layers.get_by_role("button", name="Photo", exact=True)
    photo.evaluate("row => row.scrollIntoView({block: 'center'})")
    box = photo.bounding_box()
    assert box is not None
    swipe(phone, (box["x"] + 60, box["y"] + 20), (0, -90))
    assert layers.get_by_role("listitem").all_inner_texts() == ["Subject", "BEHIND", "Photo"]
    behind = layers.get_by_role("button", name="BEHIND", exact=True)
    behind.evaluate("row => row.scrollIntoView({block: 'center'})")
    box = behind.bounding_box()
    assert box is not None
    swipe(phone, (box["x"] - 12, box["y"] + 20), (0, -40))
    assert layers.get_by_role("listitem").all_inner_texts() == ["BEHIND", "Subject", "Photo"]


def test_a_layer_that_is_dragged_over_many_is_one_step_of_undo(opened: EditorPage) -> None:
    page = opened.page
    for _ in range(3):
        page.get_by_role("button", name="Add star").click()
    layers = page.get_by_role("list", name="Layers")
    before = layers.get_by_role("listitem").all_inner_texts()
    photo = layers.get_by_role("button", name="Photo", exact=True)
    photo.evaluate("row => row.scrollIntoView({block: 'center'})")
    first, last = layers.get_by_role("listitem").first.bounding_box(), photo.bounding_box()
    assert first is not None
    assert last is not None
    page.mouse.move(last["x"] + 50, last["y"] + 20)
    page.mouse.down()
    page.mouse.move(last["x"] + 50, first["y"] + 10, steps=12)
    page.mouse.up()
    assert layers.get_by_role("listitem").all_inner_texts()[0] == "Photo"
    page.get_by_role("button", name="Undo").click()
    assert layers.get_by_role("listitem").all_inner_texts() == before


def test_delete_pressed_twice_takes_one_layer_and_no_words(opened: EditorPage) -> None:
    page = opened.page
    page.get_by_role("button", name="Add star").click()
    page.get_by_role("button", name="Move the shape").focus()
    for _ in range(3):
        page.keyboard.press("Delete")
    layers = page.get_by_role("list", name="Layers").get_by_role("listitem")
    assert layers.all_inner_texts() == ["Subject", "BEHIND", "Photo"]
    expect(opened.text).to_have_value("BEHIND")


def test_what_was_not_chosen_is_not_cut_and_the_choice_outlives_another_layers_end(opened: EditorPage) -> None:
    page = opened.page
    layers = page.get_by_role("list", name="Layers")
    page.get_by_role("button", name="Add star").focus()
    page.keyboard.press("Enter")
    # The list is the same one, though the panel shows a shape now.
    expect(page.get_by_role("button", name="Add star")).to_be_focused()
    for _ in range(2):
        page.keyboard.press("Control+x")
    assert layers.get_by_role("listitem").all_inner_texts() == ["Subject", "BEHIND", "Photo"]
    page.get_by_role("button", name="Add heart").click()
    page.get_by_role("button", name="Add star").click()
    layers.get_by_role("button", name="Delete Heart").click()
    expect(layers.get_by_role("button", name="Star", exact=True)).to_have_attribute("aria-pressed", "true")


def test_a_picture_that_can_not_be_kept_is_not_left_without_a_word(editor: EditorPage, astronaut: Path) -> None:
    page = editor.page
    page.add_init_script("IDBFactory.prototype.open = () => { throw new DOMException('Not here.') }")
    page.reload()
    editor.open(astronaut)
    start = page.get_by_role("button", name="Start page")
    start.click()
    expect(page.get_by_role("alert")).to_contain_text("could not keep the picture")
    expect(editor.text).to_be_visible()
    start.click()
    expect(page.get_by_role("button", name="Sample photo: Coffee")).to_be_visible()
    expect(editor.upload_button).to_be_focused()


def test_a_stroke_that_is_still_being_encoded_is_kept_when_the_picture_is_left(opened: EditorPage) -> None:
    page = opened.page
    opened.text.fill("#####")
    opened.set("Size", 300)
    opened.wait_until_saved()
    before = opened.export()
    page.get_by_role("button", name="Refine subject").click()
    opened.paint(0.5, 0.45, 60)
    page.get_by_role("button", name="Start page").click()
    page.get_by_role("list", name="Recent projects").get_by_role("button").click()
    opened.wait_until_cut_out()
    assert (opened.export() != before).any(axis=2).sum() > 300


def test_a_reload_puts_no_cursor_into_the_words(opened: EditorPage) -> None:
    expect(opened.text).to_be_focused()  # a new picture begins with them
    opened.wait_until_saved()
    opened.page.reload()
    opened.wait_until_cut_out()
    expect(opened.text).not_to_be_focused()


def test_words_that_get_longer_stay_in_the_picture_until_somebody_sets_their_size(opened: EditorPage) -> None:
    canvas = opened.page.locator("canvas").bounding_box()
    assert canvas is not None

    def width() -> float:
        opened.preview()
        box = opened.handle.bounding_box()
        assert box is not None
        return box["width"] / canvas["width"]

    opened.text.fill("A MUCH LONGER LINE OF WORDS")
    assert 0.85 < width() < 1
    opened.page.get_by_role("button", name="Undo").click()
    expect(opened.text).to_have_value("BEHIND")
    # What runs out of the picture on purpose is left alone.
    opened.set("Size", 400)
    assert width() > 1
    opened.text.fill("LONGER STILL")
    expect(opened.page.get_by_role("spinbutton", name="Size in")).to_have_value("400")


def test_fit_to_width_fits_what_is_seen(opened: EditorPage) -> None:
    opened.text.fill("Hi")
    for name, value in (("Tilt X", 25), ("Tilt Y", -30), ("Bend", 40)):
        opened.set(name, value)
    opened.page.get_by_role("button", name="Fit to width").click()
    opened.page.get_by_role("button", name="In front", exact=True).click()
    shown = opened.preview()
    opened.page.get_by_role("button", name="Hide Hi").click()
    rows, columns = (shown != opened.preview()).any(axis=2).nonzero()
    height, width = shown.shape[:2]
    assert columns.min() > 0
    assert columns.max() < width - 1
    assert columns.min() == pytest.approx(width - 1 - columns.max(), abs=3)
    share = max((columns.max() - columns.min()) / width, (rows.max() - rows.min()) / height)
    assert 0.85 < share < 0.97


def test_a_brush_is_seen_where_no_text_is_and_escape_puts_it_away(opened: EditorPage) -> None:
    page = opened.page
    plain = opened.preview()
    page.get_by_role("button", name="Refine subject").click()
    veiled = opened.preview()
    assert veiled[5, 5, 0] > plain[5, 5, 0]  # red over what is not the subject
    assert (veiled[-20, 250] == plain[-20, 250]).all()
    opened.paint(0.5, 0.85, 30)
    assert np.abs(opened.preview().astype(int) - veiled).sum() > 10_000
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Refine subject")).to_have_attribute("aria-pressed", "false")


def test_the_logo_leads_back_to_the_start_where_the_picture_is_kept(opened: EditorPage) -> None:
    page = opened.page
    opened.text.fill("KEPT")
    page.get_by_role("button", name="Start page").click()
    expect(page.get_by_role("button", name="Sample photo: Coffee")).to_be_visible()
    page.reload()
    recent = page.get_by_role("list", name="Recent projects").get_by_role("button")
    expect(recent).to_have_count(1)
    recent.click()
    opened.wait_until_cut_out()
    expect(opened.text).to_have_value("KEPT")


def test_another_photo_says_where_the_first_one_is(opened: EditorPage, astronaut: Path) -> None:
    page = opened.page
    opened.wait_until_saved()
    opened.upload(astronaut.with_name("coffee.png"))
    expect(page.get_by_role("alert")).to_contain_text("start page")
    opened.wait_until_cut_out()
    opened.wait_until_saved()
    page.get_by_role("button", name="Start page").click()
    expect(page.get_by_role("list", name="Recent projects").get_by_role("button")).to_have_count(2)


def test_a_first_text_is_not_hidden_by_a_subject_that_fills_the_photo(editor: EditorPage) -> None:
    editor.page.get_by_role("button", name="Sample photo: Cat").click()
    editor.wait_until_cut_out()
    editor.page.get_by_role("button", name="Hide BEHIND").click()
    without = editor.export()
    editor.page.get_by_role("button", name="Show BEHIND").click()
    editor.page.get_by_role("button", name="In front", exact=True).click()
    whole = (np.abs(editor.export().astype(int) - without).max(axis=2) > 30).sum()
    editor.page.get_by_role("button", name="Behind the subject").click()
    seen = (np.abs(editor.export().astype(int) - without).max(axis=2) > 30).sum()
    # It was a tenth, in the middle of the cat.
    assert seen > 0.25 * whole


@pytest.mark.parametrize("width", [320, 390, 640, 768, 811, 1024, 1280])
def test_the_page_is_never_wider_than_the_window(editor: EditorPage, astronaut: Path, width: int) -> None:
    page = editor.page
    page.set_viewport_size({"width": width, "height": 900})
    editor.open(astronaut)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    for name in ("Export PNG", "Upload photo", "Undo"):
        box = page.get_by_role("button", name=name).bounding_box(timeout=PATIENCE)
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width

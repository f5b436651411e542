"""What is done to the subject: the brush, its strokes one after the other, and subjects that stand apart."""

import io
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from e2e.editor import EditorPage, differ, until


@pytest.fixture
def opened(editor: EditorPage, astronaut: Path) -> EditorPage:
    """A cut-out photo at 100 %, where the preview is the export."""
    editor.open(astronaut)
    editor.page.get_by_role("button", name="100 %").click()
    return editor


def open_two(editor: EditorPage, astronaut: Path) -> None:
    """The same person twice, apart from each other."""
    with Image.open(astronaut) as image:
        person = image.convert("RGB").crop((120, 0, 400, 512))
    both = Image.new("RGB", (1100, 512), person.getpixel((5, 5)))
    both.paste(person, (20, 0))
    both.paste(person, (800, 0))
    file = io.BytesIO()
    both.save(file, "PNG")
    editor.upload({"name": "two.png", "mimeType": "image/png", "buffer": file.getvalue()})
    editor.wait_until_cut_out()


def test_the_subject_is_refined_with_a_brush_and_undo_gives_it_back(opened: EditorPage) -> None:
    page = opened.page
    page.get_by_role("button", name="Fit", exact=True).click()
    opened.text.fill("####")
    opened.set("Size", 400)
    before = opened.export()
    page.get_by_role("button", name="Refine subject").click()
    opened.paint(0.48, 0.45, 40)
    page.get_by_role("button", name="Refine subject").click()
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    opened.wait_until_saved()
    erased = opened.export()
    # Where the brush went there is text or background now, and nothing else has changed.
    assert 300 < differ(before, erased) < 8000
    opened.handle.focus()
    page.get_by_role("button", name="Undo").click()
    # Undone at once, but the alpha has to be read again.
    until(opened.export, partial(np.array_equal, before))


def test_a_brush_that_follows_edges_takes_less(opened: EditorPage) -> None:
    page = opened.page
    page.get_by_role("button", name="Fit", exact=True).click()
    changed = []
    for takes in ("Goes on", "Stops (one colour)"):
        before = opened.export()
        page.get_by_role("button", name="Refine subject").click()
        opened.set("Brush width", 120)
        page.get_by_role("combobox", name="Brush at edges").select_option(takes)
        box = page.locator("canvas").bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.2)
        page.get_by_role("button", name="Refine subject").click()
        opened.wait_until_saved()
        changed.append(differ(opened.export(), before))
        opened.handle.focus()
        page.keyboard.press("Control+z")
        until(opened.export, partial(np.array_equal, before))
    assert 100 < changed[1] < 0.9 * changed[0]


def test_subjects_that_stand_apart_are_picked_in_and_out(editor: EditorPage, astronaut: Path) -> None:
    open_two(editor, astronaut)
    page = editor.page
    group = page.get_by_role("group", name="Subjects", exact=True)
    expect(group.get_by_role("button")).to_have_count(2)
    editor.text.fill("#########")
    editor.set("Size", 400)
    before = editor.export()
    group.get_by_role("button", name="Subject 2").click()
    expect(group.get_by_role("button", name="Subject 2")).to_have_attribute("aria-pressed", "false")

    def changed() -> tuple[int, int]:
        picture = editor.export()
        return differ(picture[:, :550], before[:, :550]), differ(picture[:, 550:], before[:, 550:])

    left, right = until(changed, lambda both: both[1] > 0)
    assert left == 0
    assert right > 5000
    editor.wait_until_saved()
    out = editor.export()
    page.reload()
    editor.wait_until_cut_out()
    assert np.array_equal(editor.export(), out)
    group.get_by_role("button", name="Subject 2").click()
    until(editor.export, partial(np.array_equal, before))


def test_a_stroke_right_after_undo_does_not_bring_the_undone_one_back(
    editor: EditorPage, astronaut: Path, tmp_path: Path
) -> None:
    page = editor.page
    # So large that remaking the cutout takes longer than the hand.
    photo = tmp_path / "large.jpg"
    with Image.open(astronaut) as image:
        image.convert("RGB").resize((2600, 2600)).save(photo)
    editor.open(photo)
    editor.text.fill("####")
    editor.set("Size", 2000)
    before = editor.export()
    page.get_by_role("button", name="Refine subject").click()
    editor.paint(0.48, 0.4, 40)
    editor.preview()  # until it is kept
    assert differ(editor.export()[:1300], before[:1300]) > 300
    box = page.locator("canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.9)
    page.keyboard.press("Control+z")
    page.mouse.down()  # at once
    page.mouse.up()
    editor.preview()
    page.get_by_role("button", name="Refine subject").click()
    editor.wait_until_saved()
    after = editor.export()
    upper = slice(0, after.shape[0] // 2)
    assert np.array_equal(after[upper], before[upper])


def test_a_subject_that_is_left_out_during_a_stroke_stays_out(editor: EditorPage, astronaut: Path) -> None:
    page = editor.page
    open_two(editor, astronaut)
    editor.text.fill("#########")
    editor.set("Size", 400)
    editor.export()
    page.get_by_role("button", name="Refine subject").click()
    second = page.get_by_role("group", name="Subjects", exact=True).get_by_role("button", name="Subject 2")
    second.scroll_into_view_if_needed()
    at = second.bounding_box()
    assert at is not None
    editor.paint(0.12, 0.6, 20)
    page.mouse.click(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)  # while it is encoded
    expect(second).to_have_attribute("aria-pressed", "false")
    editor.preview()
    expect(second).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Refine subject").click()
    editor.wait_until_saved()
    out = editor.export()
    # Remade from what was kept, it is the same.
    page.reload()
    editor.wait_until_cut_out()
    assert np.array_equal(editor.export(), out)

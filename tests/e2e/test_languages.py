"""The editor in other languages: chosen by the browser or the person, and from right to left."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from e2e.conftest import DESKTOP, PHONE, open_editor
from e2e.editor import PATIENCE, EditorPage


@pytest.fixture
def arabic(chromium: Browser, server: str) -> Iterator[EditorPage]:
    """A browser that speaks Arabic."""
    yield from open_editor(chromium, server, **DESKTOP, locale="ar", upload="رفع صورة")


@pytest.fixture
def arabic_phone(chromium: Browser, server: str) -> Iterator[EditorPage]:
    """A phone that speaks Arabic."""
    yield from open_editor(chromium, server, **PHONE, locale="ar", upload="رفع صورة")


def open_in_arabic(editor: EditorPage, photo: Path) -> None:
    with editor.page.expect_file_chooser() as chooser:
        editor.page.get_by_role("button", name="رفع صورة").click()
    chooser.value.set_files(photo)
    export = editor.page.get_by_role("button", name="تصدير PNG")
    expect(export).to_be_enabled(timeout=PATIENCE)
    expect(editor.page.get_by_role("button", name="حرّك النص")).to_be_attached(timeout=PATIENCE)


def test_an_arabic_browser_gets_arabic_from_right_to_left(
    arabic: EditorPage, astronaut: Path, results: Path
) -> None:
    page = arabic.page
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert page.locator("html").get_attribute("lang") == "ar"
    open_in_arabic(arabic, astronaut)
    panel = page.get_by_role("complementary").bounding_box()
    canvas = page.locator("canvas").bounding_box()
    assert panel is not None
    assert canvas is not None
    assert panel["x"] + panel["width"] <= canvas["x"]
    page.get_by_role("textbox", name="النص", exact=True).fill("خلف")
    # Nothing of the panel is cut off at its sides.
    assert page.get_by_role("complementary").evaluate("e => e.scrollWidth <= e.clientWidth")
    # A slider fills from the right, up to its thumb.
    thumb = page.get_by_role("slider", name="الحجم", exact=True)
    fill = thumb.locator("xpath=..").locator("span.bg-accent").bounding_box()
    knob, track = thumb.bounding_box(), thumb.locator("xpath=..").bounding_box()
    assert fill is not None
    assert knob is not None
    assert track is not None
    assert fill["x"] + fill["width"] == pytest.approx(track["x"] + track["width"], abs=2)
    assert fill["x"] == pytest.approx(knob["x"] + knob["width"] / 2, abs=12)
    page.mouse.move(700, 300)
    page.screenshot(path=results / "arabic.jpg", type="jpeg", quality=82)
    # A drag goes where the mouse goes, not the other way round.
    handle = page.get_by_role("button", name="حرّك النص")
    before = handle.bounding_box()
    assert before is not None
    x, y = before["x"] + before["width"] / 2, before["y"] + before["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y + 25, steps=4)
    page.mouse.up()
    after = handle.bounding_box()
    assert after is not None
    assert after["x"] - before["x"] == pytest.approx(40, abs=8)


def test_on_an_arabic_phone_nothing_is_cut_off(arabic_phone: EditorPage, astronaut: Path, results: Path) -> None:
    open_in_arabic(arabic_phone, astronaut)
    page = arabic_phone.page
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert page.get_by_role("complementary").evaluate("e => e.scrollWidth <= e.clientWidth")
    page.screenshot(path=results / "arabic-phone.png")


@pytest.mark.parametrize(
    ("locale", "undo"),
    [
        ("de", "Rückgängig"),
        ("es", "Deshacer"),
        ("fr", "Annuler"),
        ("ja", "元に戻す"),
        ("zh", "撤销"),
        ("ar", "تراجع"),
    ],
)
def test_a_language_is_chosen_and_nothing_is_lost(
    editor: EditorPage, astronaut: Path, locale: str, undo: str
) -> None:
    editor.open(astronaut)
    editor.text.fill("KEPT")
    editor.wait_until_saved()
    before = editor.preview()
    editor.page.get_by_role("combobox", name="Language").select_option(locale)
    # By the browser's rules, names are matched exactly: German "Abbrechen" is no undo.
    expect(editor.page.get_by_role("button", name=undo, exact=False).first).to_be_visible(timeout=PATIENCE)
    assert editor.page.locator("html").get_attribute("lang") == locale
    expect(editor.page.locator("textarea")).to_have_value("KEPT", timeout=PATIENCE)
    editor.page.wait_for_function("() => document.querySelector('svg polygon[role=button]')")
    assert np.array_equal(editor.preview(), before)
    if locale != "ar":
        overflow = editor.page.get_by_role("complementary").evaluate("e => e.scrollWidth - e.clientWidth")
        assert overflow <= 0

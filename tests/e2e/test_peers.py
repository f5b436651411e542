"""The export bugs of other editors of this kind, and what their users ask for most: none of them is here.

An EXIF orientation, a second photo, and the limit of a phone's canvases have their tests in test_editor.py,
test_features.py and test_windows.py.
"""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from e2e.editor import EditorPage


@pytest.fixture
def large(editor: EditorPage, astronaut: Path, tmp_path: Path) -> EditorPage:
    """A photo that is far larger than the window, with every effect that others lose."""
    photo = tmp_path / "large.png"
    Image.open(astronaut).convert("RGB").resize((2600, 2000), Image.Resampling.BICUBIC).save(photo)
    editor.open(photo)
    editor.text.fill("PEER")
    editor.page.get_by_role("combobox", name="Fill", exact=True).select_option("Linear gradient")
    for name, value in (
        ("Size", 700),
        ("Shadow distance", 20),
        ("Shadow strength", 90),
        ("Tilt Y", -40),
        ("Perspective", 90),
        ("Skew X", 15),
    ):
        editor.set(name, value)
    return editor


def shrunk(picture: np.ndarray, like: np.ndarray) -> np.ndarray:
    """At another's size."""
    height, width = like.shape[:2]
    small = Image.fromarray(picture).convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
    return np.asarray(small).astype(int)


def test_size_perspective_shadow_gradient_and_skew_are_exported_as_they_are_seen(large: EditorPage) -> None:
    """Others multiply the font's size, make a cosine of the perspective, or drop shadow, gradient and skew."""
    preview, exported = large.preview(), large.export()
    seen = preview[..., :3].astype(int)
    assert np.abs(shrunk(exported, preview) - seen).mean() < 1
    # It would show: without any one of them the picture is another.
    for name in ("Shadow strength", "Tilt Y", "Skew X"):
        large.set(name, 0)
        assert np.abs(shrunk(large.export(), preview) - seen).mean() > 2, name
        large.page.get_by_role("button", name="Undo").click()
    large.set("Size", 350)
    assert np.abs(shrunk(large.export(), preview) - seen).mean() > 2


def test_the_subject_is_in_front_of_the_text_in_the_export_too(large: EditorPage) -> None:
    with_text = large.export()
    large.page.get_by_role("button", name="Hide PEER").click()
    without = large.export()
    large.page.get_by_role("button", name="Show PEER").click()
    large.page.get_by_role("button", name="In front", exact=True).click()
    in_front = large.export()
    # Where text and subject meet, the subject is what is seen, to the last bit.
    covered = (in_front != without).any(axis=2) & (with_text == without).all(axis=2)
    assert covered.sum() > 20_000


def test_the_zoom_does_not_change_the_export(large: EditorPage) -> None:
    fitted = large.export()
    assert fitted.shape == (2000, 2600, 4)  # and nothing caps it
    large.page.get_by_role("button", name="100 %").click()
    assert np.array_equal(large.export(), fitted)
    canvas = large.page.locator("canvas").bounding_box()
    assert canvas is not None
    large.page.mouse.move(canvas["x"] + 300, canvas["y"] + 300)
    large.page.keyboard.down("Control")
    large.page.mouse.wheel(0, -400)
    large.page.keyboard.up("Control")
    large.page.wait_for_timeout(300)  # the zoom follows the wheel by a frame or two
    assert np.array_equal(large.export(), fitted)


def test_the_picture_stays_in_view_while_the_last_slider_moves(large: EditorPage) -> None:
    before = large.page.locator("canvas").bounding_box()
    slider = large.slider("Saturation")
    slider.scroll_into_view_if_needed()
    slider.press("ArrowRight")
    assert large.page.locator("canvas").bounding_box() == before
    assert before is not None
    assert before["y"] >= 0
    assert before["y"] + before["height"] <= 900

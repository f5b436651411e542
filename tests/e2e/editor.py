"""The editor as a person sees it: everything by its accessible name."""

import base64
import io
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar

import numpy as np
from PIL import Image
from playwright.sync_api import CDPSession, Locator, Page, expect

Read = TypeVar("Read")

# The real model on a busy machine.
PATIENCE = 60_000


class EditorPage:
    """Drives one page; `log.wrong` collects what the page must not do."""

    def __init__(self, page: Page, log: SimpleNamespace) -> None:
        self.page = page
        self.log = log
        self.fingers: CDPSession | None = None
        self.canvas = page.get_by_role("region", name="Canvas")
        self.progress = page.get_by_role("status", name="Progress")
        self.text = page.get_by_role("textbox", name="Text", exact=True)
        self.font = page.get_by_role("combobox", name="Font")
        self.colour = page.get_by_role("button", name="Colour", exact=True)
        self.upload_button = page.get_by_role("button", name="Upload photo")
        self.export_button = page.get_by_role("button", name="Export PNG")
        self.handle = page.get_by_role("button", name="Move the text")

    def slider(self, name: str) -> Locator:
        """Size, Weight, Letter spacing, Opacity or Rotation."""
        return self.page.get_by_role("slider", name=name, exact=True)

    def set(self, name: str, value: float) -> None:
        """Types a slider's number."""
        field = self.page.get_by_role("spinbutton", name=f"{name} in")
        field.fill(str(value))
        field.press("Enter")

    def upload(self, *photos: Path | dict[str, object]) -> None:
        """Chooses a photo in the browser's own dialog."""
        with self.page.expect_file_chooser() as chooser:
            self.upload_button.click()
        chooser.value.set_files(list(photos))

    def wait_until_cut_out(self) -> None:
        """Until the job is done, and well."""
        expect(self.text).to_be_visible(timeout=PATIENCE)
        expect(self.export_button).to_be_enabled(timeout=PATIENCE)
        expect(self.handle).to_be_attached(timeout=PATIENCE)
        expect(self.progress).to_be_empty()

    def ignore_stopped_requests(self) -> None:
        """For tests that stop or break requests: the browser and Gradio's client report those, as they should."""
        # 422: the client cancels a job before it has heard the job's name.
        stopped = ("AbortError", "errored out", "ERR_FAILED", "Unprocessable")
        self.log.wrong[:] = [line for line in self.log.wrong if not any(word in line for word in stopped)]

    def wait_until_saved(self) -> None:
        """Until the browser keeps all that was done."""
        expect(self.page.locator("[data-saved]")).to_have_attribute("data-saved", "true", timeout=PATIENCE)

    def open(self, photo: Path) -> None:
        """From an empty page to a cut-out subject."""
        self.upload(photo)
        self.wait_until_cut_out()

    def choose_font(self, name: str) -> None:
        """Finds it by typing."""
        self.font.click()
        self.font.fill(name)
        self.page.get_by_role("option", name=name, exact=True).click()

    def choose_colour(self, hex_colour: str) -> None:
        """Types it into the picker."""
        self.colour.click()
        self.page.get_by_label("hex color").fill(hex_colour)
        self.page.keyboard.press("Escape")

    def drag_text(self, right: float, down: float) -> None:
        """In CSS pixels."""
        box = self.handle.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + right / 2, y + down / 2)
        self.page.mouse.move(x + right, y + down)
        self.page.mouse.up()

    def paint(self, across: float, down: float, right: float) -> None:
        """A stroke of the mouse over the picture, from a place in shares of it, so many CSS pixels long."""
        box = self.page.locator("canvas").bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] * across, box["y"] + box["height"] * down
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + right, y, steps=6)
        self.page.mouse.up()

    def touch(self, kind: str, *points: tuple[float, float]) -> None:
        """All fingers that are down, in CSS pixels: touchStart, touchMove, touchEnd."""
        if self.fingers is None:
            self.fingers = self.page.context.new_cdp_session(self.page)
        places = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        self.fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    def export(self) -> np.ndarray:
        """The exported PNG's pixels, (H, W, 4)."""
        with self.page.expect_download(timeout=PATIENCE) as download:
            self.export_button.click()
        assert download.value.suggested_filename.endswith("-text-behind.png")
        with Image.open(download.value.path()) as image:
            assert image.format == "PNG"
            return np.asarray(image.convert("RGBA"))

    def preview(self) -> np.ndarray:
        """The canvas's own pixels, (H, W, 4), once it has drawn the last change."""
        expect(self.page.locator("canvas")).to_have_attribute("data-drawn", "true", timeout=PATIENCE)
        return decode(self.page.locator("canvas").evaluate("canvas => canvas.toDataURL('image/png')"))


def differ(a: np.ndarray, b: np.ndarray) -> int:
    """How many pixels are not the same."""
    return int((a != b).any(axis=2).sum())


def until(read: Callable[[], Read], is_right: Callable[[Read], bool], patience: float = 15) -> Read:
    """For what no locator waits for: reads until it is right, or fails with what was read last; seconds."""
    end = time.monotonic() + patience
    while not is_right(value := read()):
        assert time.monotonic() < end, f"still {value!r} after {patience} s"
        time.sleep(0.05)  # what is read here tells nobody when it changes
    return value


def decode(address: str) -> np.ndarray:
    """The pixels of a picture in a data: address, (H, W, 4)."""
    with Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))) as image:
        return np.asarray(image.convert("RGBA"))

"""A real Chromium, a page object over the editor, and the run's folder for pictures."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, sync_playwright

from e2e import browser
from e2e.editor import EditorPage

ROOT = Path(__file__).parents[2]

# No calls home of the browser's own: a test machine may have no network at all.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser that `make test` found or installed."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=browser.find(), args=FLAGS)
        yield started
        started.close()


def open_editor(
    chromium: Browser, server: str, upload: str = "Upload photo", **options: object
) -> Iterator[EditorPage]:
    """An editor in a fresh context; fails the test if the page threw, or asked another host for anything."""
    context = chromium.new_context(accept_downloads=True, color_scheme="dark", **options)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(f"page error: {error}"))
    # Gradio's client now and then reports that it closed its own stream.
    page.on(
        "console",
        lambda message: (
            message.type == "error"
            and not message.text.startswith("AbortError: signal is aborted")
            and wrong.append(f"console: {message.text}")
        ),
    )
    page.on(
        "request",
        lambda request: (
            request.url.startswith((server, "blob:", "data:")) or wrong.append(f"outside request: {request.url}")
        ),
    )
    page.goto(server)
    editor = EditorPage(page, SimpleNamespace(wrong=wrong))
    page.get_by_role("button", name=upload).wait_for()
    yield editor
    context.close()
    assert wrong == []


@pytest.fixture
def editor(chromium: Browser, server: str) -> Iterator[EditorPage]:
    """The editor on a desktop."""
    yield from open_editor(chromium, server, **DESKTOP)


@pytest.fixture
def phone(chromium: Browser, server: str) -> Iterator[EditorPage]:
    """The editor on a phone."""
    yield from open_editor(chromium, server, **PHONE)


@pytest.fixture(scope="session")
def results() -> Path:
    """Where the run leaves its pictures."""
    folder = ROOT / "test-results"
    folder.mkdir(exist_ok=True)
    return folder

"""What the editor shows of the server's work: a draft first, then the full subject in its place."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from conftest import ROOT, start_server, stop_server
from e2e.conftest import DESKTOP, open_editor
from e2e.editor import EditorPage


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server whose full model takes six seconds."""
    process, address = start_server(
        tmp_path_factory.mktemp("slow") / "log.txt",
        script=str(ROOT / "tests/server/faulty.py"),
        TBI_FAULT="slow:6",
        TBI_MODEL="birefnet-lite",
        TBI_PORT="",
        TBI_QUEUE_SIZE="1",
    )
    yield address
    stop_server(process)


@pytest.fixture
def patient(chromium: Browser, slow: str) -> Iterator[EditorPage]:
    yield from open_editor(chromium, slow, **DESKTOP)


def test_a_draft_is_shown_while_the_full_subject_is_looked_for(
    patient: EditorPage, astronaut: Path, results: Path
) -> None:
    patient.upload(astronaut)
    expect(patient.progress).to_contain_text("Draft shown", timeout=20_000)
    # Text is behind the subject already, and can be worked on.
    expect(patient.handle).to_be_attached()
    patient.text.fill("DRAFT")
    patient.page.screenshot(path=results / "draft.png")
    draft = patient.preview()
    patient.wait_until_cut_out()
    # The full model of this test is the quick one under another name: the picture stays as it was.
    assert np.abs(patient.preview().astype(int) - draft).mean() < 0.5


def test_a_cancelled_full_job_leaves_the_draft_and_a_way_on(patient: EditorPage, astronaut: Path) -> None:
    patient.upload(astronaut)
    expect(patient.progress).to_contain_text("Draft shown", timeout=20_000)
    patient.progress.get_by_role("button", name="Cancel").click()
    expect(patient.progress).to_contain_text("The draft of the subject stays")
    patient.progress.get_by_role("button", name="Try again").click()
    patient.wait_until_cut_out()
    patient.ignore_stopped_requests()


def test_a_reload_before_the_full_subject_looks_for_it_again(patient: EditorPage, astronaut: Path) -> None:
    patient.upload(astronaut)
    expect(patient.progress).to_contain_text("Draft shown", timeout=20_000)
    patient.wait_until_saved()
    patient.page.reload()
    expect(patient.progress).to_contain_text("Draft shown", timeout=20_000)
    patient.wait_until_cut_out()
    patient.ignore_stopped_requests()


def test_edge_colours_are_cleaned_and_can_be_the_photos_own(editor: EditorPage, astronaut: Path) -> None:
    editor.open(astronaut)
    editor.text.fill("MMMMMM")
    editor.set("Size", 30)
    editor.choose_colour("#ff0000")
    clean = editor.export()
    edges = editor.page.get_by_role("combobox", name="Edge colours")
    edges.select_option("As in the photo")
    photo = editor.export()
    changed = np.abs(clean.astype(int) - photo).max(axis=-1) > 2
    assert 0.0005 < changed.mean() < 0.2
    edges.select_option("Cleaned")
    assert np.array_equal(editor.export(), clean)

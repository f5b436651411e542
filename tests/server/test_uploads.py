"""Uploads are believed only after a check; what is old goes."""

import os
from pathlib import Path

import pytest

from tbi_server.uploads import FILE_DATA, UploadError, job_folder, remove_old, uploaded_file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    uploads = tmp_path / "uploads"
    (uploads / "abc").mkdir(parents=True)
    (uploads / "abc/photo.jpg").write_bytes(b"photo")
    (tmp_path / "private.jpg").write_bytes(b"private")
    return uploads.resolve()


def data(path: object) -> dict[str, object]:
    return {"path": path, "meta": dict(FILE_DATA), "orig_name": "photo.jpg"}


def test_an_upload_is_found(folder: Path) -> None:
    assert uploaded_file(data(str(folder / "abc/photo.jpg")), folder) == folder / "abc/photo.jpg"


@pytest.mark.parametrize(
    "path", ["../private.jpg", "abc", "", ".", "abc/../../private.jpg", "missing.jpg", "abc/photo.jpg\0", None, 5]
)
def test_anything_else_is_refused(folder: Path, path: object) -> None:
    value = f"{folder}/{path}" if isinstance(path, str) else path
    with pytest.raises(UploadError):
        uploaded_file(data(value), folder)


def test_a_link_out_of_the_folder_is_refused(folder: Path) -> None:
    (folder / "abc/link.jpg").symlink_to(folder.parent / "private.jpg")
    with pytest.raises(UploadError):
        uploaded_file(data(str(folder / "abc/link.jpg")), folder)


@pytest.mark.parametrize(
    "value", [None, "x", 7, [], {}, {"meta": FILE_DATA}, {"path": "x", "meta": {"_type": "y"}}]
)
def test_what_is_not_file_data_is_refused(folder: Path, value: object) -> None:
    with pytest.raises(UploadError):
        uploaded_file(value, folder)


def test_each_job_has_a_folder_that_nobody_can_guess(folder: Path) -> None:
    first, second = job_folder(folder), job_folder(folder)
    assert first != second
    assert len(first.name) >= 32
    assert first.stat().st_mode & 0o077 == 0


def test_what_has_not_changed_for_a_while_goes_and_the_rest_stays(folder: Path) -> None:
    old = job_folder(folder)
    (old / "cutout.png").write_bytes(b"old")
    for path in (old, old / "cutout.png"):
        os.utime(path, (1000, 1000))
    assert remove_old(folder, keep_seconds=60) == 1
    assert not old.exists()
    assert (folder / "abc/photo.jpg").exists()


def test_an_old_folder_with_a_new_file_stays(folder: Path) -> None:
    os.utime(folder / "abc", (1000, 1000))
    assert remove_old(folder, keep_seconds=60) == 0

"""The command `tbi`, run in this process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tbi_core.cli import main


@pytest.fixture
def photos(tmp_path: Path, astronaut: Path) -> Path:
    """A folder with two photos that share a stem, one in a subfolder, and a file that is none."""
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    small = Image.open(astronaut).convert("RGB").resize((96, 96))
    for name in ("a.jpg", "a.webp", "more/b.png"):
        small.save(folder / name)
    (folder / "notes.txt").write_text("not a photo")
    return folder


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_one_photo_becomes_one_file(photos: Path, tmp_path: Path) -> None:
    assert main(["segment", str(photos / "a.jpg"), "-o", str(tmp_path / "cut.png")]) == 0
    with Image.open(tmp_path / "cut.png") as cutout:
        assert (cutout.mode, cutout.size) == ("RGBA", (96, 96))


def test_a_folder_becomes_a_folder_and_no_cutout_replaces_another(photos: Path, tmp_path: Path) -> None:
    assert main(["segment", str(photos), "-o", str(tmp_path / "out")]) == 0
    assert files(tmp_path / "out") == ["a.jpg.png", "a.webp.png", "more/b.png"]


def test_cutouts_inside_the_folder_of_photos_are_not_cut_out_again(photos: Path) -> None:
    out = photos / "out"
    for _ in range(2):
        assert main(["segment", str(photos), "-o", str(out)]) == 0
        assert files(out) == ["a.jpg.png", "a.webp.png", "more/b.png"]


def test_photos_of_the_same_name_in_two_folders_both_come_out(photos: Path, tmp_path: Path) -> None:
    for folder in ("jan", "feb"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "IMG_1.png").write_bytes((photos / "more/b.png").read_bytes())
    folders = [str(tmp_path / "jan"), str(tmp_path / "feb")]
    assert main(["segment", *folders, "-o", str(tmp_path / "out")]) == 0
    assert files(tmp_path / "out") == ["feb/IMG_1.png", "jan/IMG_1.png"]


def test_photos_that_would_become_one_file_are_refused(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "b.png").write_bytes((photos / "more/b.png").read_bytes())
    both = [str(photos / "b.png"), str(photos / "more/b.png")]
    assert main(["segment", *both, "-o", str(tmp_path / "out")]) == 1
    assert "would both become" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_broken_photo_is_named_and_the_others_go_on(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    assert main(["segment", str(photos), "-o", str(tmp_path / "out")]) == 1
    assert "broken.jpg" in capsys.readouterr().err
    assert files(tmp_path / "out") == ["a.jpg.png", "a.webp.png", "more/b.png"]


def test_a_cutout_never_replaces_a_photo(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (photos / "more/b.png").read_bytes()
    assert main(["segment", str(photos), "-o", str(photos)]) == 1
    assert "would replace a photo" in capsys.readouterr().err
    assert (photos / "more/b.png").read_bytes() == before


def test_many_photos_do_not_go_into_one_file(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["segment", str(photos), "-o", "one.png"]) == 1
    assert "3 photos don't fit" in capsys.readouterr().err


def test_an_empty_folder_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["segment", str(tmp_path), "-o", str(tmp_path / "out")]) == 1
    assert "No photo in" in capsys.readouterr().err


def test_a_failed_write_leaves_no_half_file(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(self: Path, data: bytes) -> None:
        with self.open("wb") as file:
            file.write(data[:10])
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fail)
    assert main(["segment", str(photos / "a.jpg"), "-o", str(tmp_path / "out/cut.png")]) == 1
    assert "No space left" in capsys.readouterr().err
    assert files(tmp_path / "out") == []


def test_the_last_path_is_the_output_where_none_is_named(photos: Path, tmp_path: Path) -> None:
    assert main(["segment", str(photos / "more"), str(tmp_path / "out")]) == 0
    assert files(tmp_path / "out") == ["b.png"]


@pytest.mark.parametrize("given", [["a.jpg"], ["a.webp", "a.jpg"], ["a.jpg", "more/b.png"], ["a.jpg", "new.jpg"]])
def test_a_photo_is_not_taken_for_the_output(
    photos: Path, capsys: pytest.CaptureFixture[str], given: list[str]
) -> None:
    assert main(["segment", *(str(photos / name) for name in given)]) == 1
    assert "Nowhere to write to" in capsys.readouterr().err
    assert files(photos) == ["a.jpg", "a.webp", "more/b.png", "notes.txt"]


def test_a_resumed_run_skips_what_is_done(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.jpg.png").write_bytes(b"done before")
    assert main(["segment", str(photos), "-o", str(out), "--resume"]) == 0
    assert "2 of 2 photos cut out, 1 were there already." in capsys.readouterr().out
    assert (out / "a.jpg.png").read_bytes() == b"done before"


def test_ray_does_the_same_and_a_broken_photo_stops_nothing(photos: Path, tmp_path: Path) -> None:
    """In a process of its own: Ray leaves threads and warnings behind."""
    (photos / "broken.jpg").write_bytes(b"no photo")
    command = [sys.executable, "-m", "tbi_core.cli", "segment", "--engine", "ray", "--model", "builtin"]
    command += [str(photos), str(tmp_path / "out")]
    environment = {**os.environ, "HOME": str(tmp_path / "home"), "RAY_TMPDIR": "/tmp"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "3 of 4 photos cut out." in done.stdout
    assert "'broken.jpg' is not an image" in done.stderr
    assert files(tmp_path / "out") == ["a.jpg.png", "a.webp.png", "more/b.png"]
    with Image.open(tmp_path / "out/more/b.png") as cutout:
        assert (cutout.mode, cutout.size) == ("RGBA", (96, 96))
    (photos / "broken.jpg").unlink()
    again = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "0 of 0 photos cut out, 3 were there already." in again.stdout


def test_models_lists_the_models_with_licence_and_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    assert "builtin" in (out := capsys.readouterr().out)
    assert "Apache-2.0" in out


def test_doctor_says_what_auto_takes_and_why_and_tries_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "auto takes builtin" in out
    assert "works" in out

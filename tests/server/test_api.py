"""The API as its users call it: gradio_client against a real server, through the real queue."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image, ImageCms

from tbi_core import segment


@pytest.fixture
def client(server: str) -> Client:
    return Client(server, verbose=False)


def pixels(path: str | Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def test_remove_background_gives_the_cutout_that_the_core_gives(client: Client, astronaut: Path) -> None:
    result = client.predict(image=handle_file(str(astronaut)), api_name="/remove_background")
    assert np.array_equal(pixels(result), np.asarray(segment(astronaut)))


@pytest.mark.parametrize("api", ["/extract_alpha", "/draft_alpha"])
def test_alpha_and_edge_colours_over_the_photo_are_the_cutout(client: Client, astronaut: Path, api: str) -> None:
    alpha, edges = (pixels(file) for file in client.predict(image=handle_file(str(astronaut)), api_name=api))
    cutout = np.asarray(segment(astronaut))
    assert np.array_equal(alpha, cutout[..., 3])
    soft = (alpha > 0) & (alpha < 255)
    assert np.array_equal(edges[..., 3] == 255, soft)
    assert not edges[..., 3][~soft].any()
    # WebP keeps the colours nearly, and the photo is known already.
    off = np.abs(edges[soft][:, :3].astype(int) - cutout[soft][:, :3])
    assert off.mean() < 4
    assert np.abs(pixels(astronaut)[soft].astype(int) - cutout[soft][:, :3]).mean() > 2 * off.mean()


def test_convert_photo_gives_a_jpeg_of_a_photo_that_browsers_cannot_show(client: Client) -> None:
    heic = Path(__file__).parents[1] / "core/data/gradient.heic"
    result = client.predict(image=handle_file(str(heic)), api_name="/convert_photo")
    with Image.open(result) as image:
        assert (image.format, image.size) == ("JPEG", (64, 64))


@pytest.mark.parametrize("api", ["/convert_photo", "/remove_background"])
def test_a_colour_profile_goes_along(client: Client, tmp_path: Path, api: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (40, 30), "teal").save(tmp_path / "photo.tiff", icc_profile=profile)
    result = client.predict(image=handle_file(str(tmp_path / "photo.tiff")), api_name=api)
    with Image.open(result) as image:
        assert image.info["icc_profile"] == profile


def test_two_clients_at_once_both_get_their_own_picture(server: str, astronaut: Path) -> None:
    photos = [astronaut, astronaut.with_name("coffee.png")]
    results: dict[Path, np.ndarray] = {}

    def call(photo: Path) -> None:
        client = Client(server, verbose=False)
        results[photo] = pixels(client.predict(image=handle_file(str(photo)), api_name="/remove_background"))

    threads = [threading.Thread(target=call, args=(photo,)) for photo in photos]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for photo in photos:
        assert np.array_equal(results[photo], np.asarray(segment(photo)))


def test_a_png_uploaded_twice_under_one_name_stays_what_it_was(
    server: str, client: Client, astronaut: Path
) -> None:
    """The blog post's server writes its result over a .png upload; the second call then sees the first's."""
    with astronaut.open("rb") as file:
        (path,) = httpx.post(f"{server}/gradio_api/upload", files={"files": ("photo.png", file)}).json()
    upload = {"path": path, "meta": {"_type": "gradio.FileData"}}
    results = [client.predict(image=upload, api_name="/remove_background") for _ in range(2)]
    assert np.array_equal(pixels(results[0]), pixels(results[1]))
    assert Path(path).read_bytes() == astronaut.read_bytes()


@pytest.mark.parametrize("name", ["notes.txt", "photo.jpg", "photo"])
def test_what_is_not_a_photo_is_a_sentence_for_the_person(client: Client, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("not a photo")
    with pytest.raises(AppError, match="is not an image"):
        client.predict(image=handle_file(str(tmp_path / name)), api_name="/remove_background")


def test_progress_and_queue_position_reach_the_client(server: str, astronaut: Path) -> None:
    photo = handle_file(str(astronaut))
    clients = [Client(server, verbose=False) for _ in range(3)]
    jobs = [client.submit(image=photo, api_name="/remove_background") for client in clients]
    steps: set[str | None] = set()
    ranks: set[int | None] = set()
    while not all(job.done() for job in jobs):
        for job in jobs:
            status = job.status()
            ranks.add(status.rank)
            steps |= {unit.desc for unit in status.progress_data or []}
        threading.Event().wait(0.005)
    assert {"Finding the subject"} <= steps
    assert {0, 1} <= ranks


def test_the_status_says_which_model_runs_where_and_why(server: str) -> None:
    status = httpx.get(f"{server}/api/status").json()
    assert status["model"] == "builtin"
    assert status["device"] == "cpu"
    assert status["reason"]
    assert status["queue"] == {"waiting": 0, "size": 50}
    assert status["limits"] == {"megabytes": 50, "megapixels": 100}


def test_the_server_is_alive(server: str) -> None:
    assert httpx.get(f"{server}/healthz").json() == {"status": "ok"}


def test_the_editor_is_served_with_all_that_it_needs(server: str) -> None:
    page = httpx.get(f"{server}/")
    assert page.status_code == 200
    assert "text/html" in page.headers["content-type"]
    assert httpx.get(f"{server}/samples/astronaut.png").headers["content-type"] == "image/png"
    assert httpx.get(f"{server}/favicon.svg").status_code == 200


def test_an_upload_over_the_limit_is_refused(server: str) -> None:
    answer = httpx.post(f"{server}/gradio_api/upload", files={"files": ("big.jpg", bytes(50_000_001))}, timeout=60)
    assert answer.status_code == 413


def test_the_javascript_client_in_node(server: str, astronaut: Path) -> None:
    node = Path(sys.executable).with_name("node")
    script = Path(__file__).with_name("client.mjs")
    done = subprocess.run([node, script, server, astronaut], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["stages"][0] == "pending"
    assert seen["stages"][-1] == "complete"
    assert seen["size"] > 10_000
    assert seen["name"] == "photo-cutout.png"
    assert "upload" in seen["refused"]

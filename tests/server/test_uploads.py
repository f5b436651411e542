"""The store: what is believed, how much it may take, and what goes when."""

import io
from pathlib import Path

import pytest

from tbi_server.uploads import FILE_DATA, QuotaError, Store, UploadError, safe_name


class Clock:
    """Seconds that a test moves."""

    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Store:
    (tmp_path / "private.jpg").write_bytes(b"private")
    (tmp_path / "uploads").mkdir()
    return Store(tmp_path / "uploads", quota=40_000, keep_seconds=3600, clock=clock)


@pytest.fixture
def upload(store: Store) -> Path:
    return store.add_upload("photo.jpg", io.BytesIO(b"photo"))


def data(path: object) -> dict[str, object]:
    return {"path": path, "meta": dict(FILE_DATA), "orig_name": "photo.jpg"}


def test_an_upload_is_found(store: Store, upload: Path) -> None:
    assert store.upload(data(str(upload))) == upload
    assert upload.read_bytes() == b"photo"


def test_anything_else_is_refused(store: Store, upload: Path) -> None:
    folder = upload.parent
    for path in (
        f"{folder}/../../private.jpg",
        f"{folder}/..",
        f"{folder}/.",
        f"{folder}/",
        f"{folder}//photo.jpg",
        f"{folder}/./photo.jpg",
        str(folder),
        f"{folder}/missing.jpg",
        f"{upload}\0",
        f"file://{upload}",
        f"{folder.parent}/{folder.name.lower()}x/photo.jpg",
        "",
        None,
        5,
    ):
        with pytest.raises(UploadError):
            store.upload(data(path))


def test_a_folder_that_the_store_did_not_make_is_no_upload(store: Store) -> None:
    (store.folder / "abc").mkdir()
    (store.folder / "abc/photo.jpg").write_bytes(b"not uploaded")
    with pytest.raises(UploadError):
        store.upload(data(str(store.folder / "abc/photo.jpg")))


def test_a_result_is_no_upload_and_an_upload_no_result(store: Store, upload: Path) -> None:
    (result,) = store.add_results({"cutout.png": b"cutout"})
    with pytest.raises(UploadError):
        store.upload(data(str(result)))
    assert store.find(str(upload), "result") is None
    assert store.find(str(result), "result") == result


@pytest.mark.parametrize(
    "value", [None, "x", 7, [], {}, {"meta": FILE_DATA}, {"path": "x", "meta": {"_type": "y"}}]
)
def test_what_is_not_file_data_is_refused(store: Store, value: object) -> None:
    with pytest.raises(UploadError):
        store.upload(value)


def test_each_has_a_folder_that_nobody_can_guess(store: Store) -> None:
    first, second = (store.add_upload("photo.jpg", io.BytesIO(b"same")) for _ in range(2))
    assert first.parent != second.parent
    assert len(first.parent.name) >= 32
    assert first.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("photo.jpg", "photo.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\me.png", "me.png"),
        ("..", "photo"),
        ("", "photo"),
        ("a\0b\n.png", "a_b_.png"),
        ("für Ökö.jpg", "für Ökö.jpg"),
        ("x" * 500 + ".jpg", "x" * 56 + ".jpg"),
    ],
)
def test_a_name_means_nothing_to_the_disk(name: str, kept: str) -> None:
    assert safe_name(name) == kept


def test_what_nobody_used_for_a_while_goes_and_the_rest_stays(store: Store, clock: Clock) -> None:
    old = store.add_upload("old.jpg", io.BytesIO(b"old"))
    waiting = store.add_upload("waiting.jpg", io.BytesIO(b"waiting"))
    clock.seconds += 3000
    new = store.add_upload("new.jpg", io.BytesIO(b"new"))
    clock.seconds += 1000
    assert store.remove_old(in_use={str(waiting)}) == 1
    assert [path.parent.exists() for path in (old, waiting, new)] == [False, True, True]
    clock.seconds += 10_000
    assert store.remove_old() == 2
    assert list(store.folder.iterdir()) == []
    assert store.used == 0


def test_what_is_used_again_stays(store: Store, upload: Path, clock: Clock) -> None:
    clock.seconds += 3000
    store.upload(data(str(upload)))
    clock.seconds += 3000
    assert store.remove_old() == 0


def test_the_oldest_make_room_but_not_the_young_nor_the_awaited(store: Store, clock: Clock) -> None:
    awaited = store.add_upload("a.jpg", io.BytesIO(bytes(10_000)))
    oldest = store.add_upload("b.jpg", io.BytesIO(bytes(10_000)))
    clock.seconds += 10
    old = store.add_upload("c.jpg", io.BytesIO(bytes(10_000)))
    with pytest.raises(QuotaError, match="disk is full"), store.room(20_000, in_use={str(awaited)}):
        pass
    clock.seconds += 100
    with store.room(20_000, in_use={str(awaited)}):
        assert [path.exists() for path in (awaited, oldest, old)] == [True, False, True]
        # What is on its way counts already.
        with pytest.raises(QuotaError), store.room(30_000, in_use={str(awaited)}):
            pass


def test_looking_at_a_file_does_not_keep_it(store: Store, upload: Path, clock: Clock) -> None:
    for _ in range(5):
        clock.seconds += 1000
        assert store.find(str(upload), "upload")
    assert store.remove_old() == 1


def test_a_name_that_is_too_long_for_the_disk_is_not_looked_for(store: Store, upload: Path) -> None:
    assert store.find(f"{upload.parent}/{'a' * 300}", "upload") is None


def test_a_file_that_cannot_be_written_leaves_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", full)
    with pytest.raises(QuotaError, match="No space left on device"):
        store.add_upload("photo.jpg", io.BytesIO(b"photo"))
    assert list(store.folder.iterdir()) == []
    assert store.used == 0


def test_a_result_is_awaited_until_it_is_fetched(store: Store, clock: Clock) -> None:
    (result,) = store.add_results({"cutout.png": b"cutout"})
    assert store.awaited(5)
    store.mark_fetched(result)
    assert not store.awaited(5)
    store.add_results({"cutout.png": b"cutout"})
    clock.seconds += 6
    assert not store.awaited(5)

"""Folders that come home through an object store."""

from pathlib import Path

import pytest
from shelf import shelf_storage

from cluster.parcel import Parcel


def test_what_was_sent_arrives_whole_and_nothing_stays_away(tmp_path: Path) -> None:
    made = tmp_path / "made"
    (made / "trial" / "model").mkdir(parents=True)
    (made / "trial" / "model" / "model.onnx").write_bytes(b"graph")
    (made / "trial" / "done.txt").write_text("done")
    (made / "log").write_text("epoch 1/1")
    parcel = Parcel(shelf_storage(tmp_path / "shelf"), "trial-1")
    parcel.send(made)
    home = tmp_path / "home"
    parcel.fetch({"trial": home / "trials" / "one", "log": home / "logs" / "one.log"})
    found = {str(path.relative_to(home)): path.read_text() for path in home.rglob("*") if path.is_file()}
    assert found == {
        "trials/one/model/model.onnx": "graph",
        "trials/one/done.txt": "done",
        "logs/one.log": "epoch 1/1",
    }
    assert [path for path in (tmp_path / "shelf").rglob("*") if path.is_file()] == []


def test_what_was_not_sent_to_the_end_does_not_arrive(tmp_path: Path) -> None:
    storage = shelf_storage(tmp_path / "shelf")
    storage.write("trial-1/trial/done.txt", b"done")
    with pytest.raises(FileNotFoundError):
        Parcel(storage, "trial-1").fetch({"trial": tmp_path / "home" / "one"})
    assert not (tmp_path / "home").exists()


def test_what_cannot_be_put_in_its_place_leaves_nothing_half_there(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "log").write_text("epoch 1/1")
    parcel = Parcel(shelf_storage(tmp_path / "shelf"), "trial-1")
    parcel.send(tmp_path / "made")
    (tmp_path / "home" / "one.log").mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        parcel.fetch({"log": tmp_path / "home" / "one.log"})
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["one.log"]
    parcel.fetch({"log": tmp_path / "home" / "two.log"})
    assert (tmp_path / "home" / "two.log").read_text() == "epoch 1/1"


def test_a_parcel_is_removed_however_much_of_it_was_sent(tmp_path: Path) -> None:
    storage = shelf_storage(tmp_path / "shelf")
    storage.write("trial-1/trial/done.txt", b"done")
    for _ in range(2):
        Parcel(storage, "trial-1").remove()
        assert not (tmp_path / "shelf" / "trial-1").exists()

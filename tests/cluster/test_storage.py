"""Folders that results go to: a path, and the URL of an object store."""

import os
import pickle
import time
from pathlib import Path

import pytest
from shelf import Shelf, shelf_storage

from cluster.storage import Storage, open_storage
from errors import BadInputError


@pytest.fixture(params=["a path", "file://", "shelf://"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    places = {
        "a path": str(tmp_path / "out"),
        "file://": f"file://{tmp_path}/out",
        "shelf://": f"shelf://{tmp_path}/out/",
    }
    return open_storage(places[request.param])


def test_what_was_written_is_read_and_listed(storage: Storage) -> None:
    assert storage.read("manifest/a.json") is None
    assert storage.names("manifest") == []
    for name in ("manifest/b.json", "manifest/a.json", "report.pdf", "manifest/a.json"):
        storage.write(name, name.encode())
    assert storage.read("manifest/a.json") == b"manifest/a.json"
    assert storage.names("manifest") == ["a.json", "b.json"]


def test_a_machine_of_a_cluster_gets_the_same_folder(storage: Storage) -> None:
    storage.write("report.pdf", b"report")
    assert pickle.loads(pickle.dumps(storage)).read("report.pdf") == b"report"


def test_a_subfolder_is_removed_with_all_that_is_in_it_and_need_not_be_there(storage: Storage) -> None:
    storage.write("manifest/a.json", b"{}")
    for _ in range(2):
        storage.remove("manifest")
        assert storage.read("manifest/a.json") is None


def test_what_was_half_written_a_day_ago_is_removed_and_nothing_else(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    storage.clean("manifest")
    storage.write("manifest/a.json", b"{}")
    old = time.time() - 2 * 24 * 60 * 60
    (tmp_path / ".trial.17.partial").mkdir()
    names = (".a.pdf.17.partial", "manifest/.b.json.17.partial", ".trial.17.partial/.c.json.18.partial")
    for name in (*names, "manifest/.d.json.19.partial"):
        (tmp_path / name).write_bytes(b"{")
    for name in (*names, ".trial.17.partial", "manifest/a.json"):
        os.utime(tmp_path / name, (old, old))
    assert storage.names("manifest") == ["a.json"]
    storage.clean("manifest")
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert left == [".trial.17.partial/.c.json.18.partial", "manifest/.d.json.19.partial", "manifest/a.json"]


def test_a_store_that_fails_in_its_own_way_is_an_os_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise RuntimeError("EndpointConnectionError")

    for method in ("pipe_file", "cat_file", "ls", "rm"):
        monkeypatch.setattr(Shelf, method, fail)
    storage = shelf_storage(tmp_path)
    for call in (
        lambda: storage.write("a.json", b"{}"),
        lambda: storage.read("a.json"),
        lambda: storage.names("manifest"),
        lambda: storage.remove("manifest"),
    ):
        with pytest.raises(OSError, match=f"shelf://{tmp_path}/.*: EndpointConnectionError"):
            call()


def test_addresses_are_as_a_person_would_look_for_them() -> None:
    assert open_storage("results").address("index.html") == "results/index.html"
    storage = open_storage("shelf://bucket/results/")
    assert storage.address() == "shelf://bucket/results"
    assert storage.address("index.html") == "shelf://bucket/results/index.html"


@pytest.mark.parametrize("url", ["file:/a%20b/c", "file:///a%20b/c", "file://localhost/a%20b/c/"])
def test_a_file_url_is_a_folder_of_this_machine(url: str) -> None:
    assert open_storage(url).address("index.html") == "/a b/c/index.html"


@pytest.mark.parametrize("url", ["file://elsewhere/results", "file:results", "file:///results#2"])
def test_a_file_url_of_another_machine_is_refused(url: str) -> None:
    with pytest.raises(BadInputError, match=f"{url}: names no folder of this machine"):
        open_storage(url)


def test_a_file_is_no_folder_and_has_none(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_bytes(b"{}")
    for place in ("results.json", "results.json/out"):
        with pytest.raises(BadInputError, match=r"results\.json: is a file; name a folder"):
            open_storage(str(tmp_path / place))


def test_the_memory_of_a_process_keeps_no_results() -> None:
    with pytest.raises(BadInputError, match="memory://results: is the memory of one process"):
        open_storage("memory://results")


@pytest.mark.parametrize("url", ["nonsense://bucket/results", "hdfs3x://bucket"])
def test_a_url_that_nothing_opens_is_one_sentence(url: str) -> None:
    with pytest.raises(BadInputError, match=f"{url}: cannot be opened"):
        open_storage(url)

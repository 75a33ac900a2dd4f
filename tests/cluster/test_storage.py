"""Folders that results go to: a path, and the URL of an object store."""

import pickle
from pathlib import Path

import pytest

from cluster.storage import Storage, open_storage
from errors import BadInputError


@pytest.fixture(params=["a path", "file://", "memory://"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    places = {
        "a path": str(tmp_path / "out"),
        "file://": f"file://{tmp_path}/out",
        "memory://": f"memory://{tmp_path.name}/out/",
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


def test_what_is_half_written_is_not_listed_and_can_be_removed(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    storage.write("manifest/a.json", b"{}")
    (tmp_path / "manifest" / ".b.json.17.partial").write_bytes(b"{")
    assert storage.names("manifest") == ["a.json"]
    storage.clean()
    assert [path.name for path in (tmp_path / "manifest").iterdir()] == ["a.json"]


def test_addresses_are_as_a_person_would_look_for_them() -> None:
    assert open_storage("results").address("index.html") == "results/index.html"
    assert (
        open_storage("memory://bucket/results/").address("index.html") == "memory://bucket/results/index.html"
    )
    assert open_storage("memory://bucket/results/").address() == "memory://bucket/results"


@pytest.mark.parametrize("url", ["nonsense://bucket/results", "hdfs3x://bucket"])
def test_a_url_that_nothing_opens_is_one_sentence(url: str) -> None:
    with pytest.raises(BadInputError, match=f"{url}: cannot be opened"):
        open_storage(url)

"""No read is lost or doubled, whatever is sent twice and whenever the server is killed. The whole size of the
promise is in tests/acceptance."""

from pathlib import Path

from killed_server import read_with_kills


def test_every_read_is_kept_once_though_the_server_is_killed(database_url: str, tmp_path: Path) -> None:
    reads = read_with_kills(tmp_path, database_url, readers=6, cases=6, kills=2)
    print(reads)
    reads.check(36)

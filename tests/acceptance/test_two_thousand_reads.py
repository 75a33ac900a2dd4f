"""The promise of the store at its whole size: 50 readers, 40 cases, the server killed five times."""

from pathlib import Path

import pytest
from killed_server import read_with_kills

pytestmark = pytest.mark.acceptance


def test_two_thousand_reads_are_kept_once_though_the_server_is_killed(
    database_url: str, tmp_path: Path
) -> None:
    reads = read_with_kills(tmp_path, database_url, readers=50, cases=40, kills=5)
    print(reads)
    reads.check(2000)

"""Reading the weights that a training begins from."""

import gzip
from pathlib import Path

import pytest

from errors import BadInputError
from models.start_weights import read_start_weights


@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", gzip.compress(b"nothing of the kind"), gzip.compress(b"cut short" * 50)[:-9]],
)
def test_packed_files_that_hold_no_weights_are_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "start.safetensors.gz"
    path.write_bytes(content)
    with pytest.raises(BadInputError, match=r"start\.safetensors\.gz: not a safetensors file"):
        read_start_weights(path)

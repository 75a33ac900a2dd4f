"""Reading the weights that a training begins from."""

import gzip
from pathlib import Path

import pytest

from errors import BadInputError
from models.start_weights import read_start_weights

PACKED = gzip.compress(50 * b"nothing of the kind", mtime=0)


@pytest.mark.parametrize(
    "content", [b"", b"no archive", PACKED, PACKED[:-9]], ids=["empty", "no archive", "other", "cut short"]
)
def test_packed_files_that_hold_no_weights_are_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "start.safetensors.gz"
    path.write_bytes(content)
    with pytest.raises(BadInputError, match=r"start\.safetensors\.gz: not a safetensors file"):
        read_start_weights(path)

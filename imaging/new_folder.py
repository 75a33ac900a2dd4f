"""Folders and files that appear whole or not at all."""

import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile, mkdtemp

from errors import BadInputError

PARTIAL = ".partial"
"""How the names of files end that are being written; they begin with a dot."""


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A temporary folder that becomes ``folder`` when the block ends well and has filled it.

    Raises BadInputError where ``folder`` is not empty or cannot be made.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInputError(folder, "already there and not empty; name a new folder")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise BadInputError(folder, f"cannot be made ({error.strerror}); name another folder") from None
    try:
        yield unfinished
        if any(unfinished.iterdir()):
            unfinished.chmod(0o755)
            os.replace(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that it is either complete or as it was before. Raises OSError."""
    # Machines that share a folder share their process numbers too.
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}{PARTIAL}")
    try:
        unfinished.write_bytes(content.encode() if isinstance(content, str) else content)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def check_writable(path: Path) -> None:
    """Before long work whose outcome goes into a file, without touching what lies there: raises BadInputError
    where it cannot be written."""
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        with NamedTemporaryFile(prefix=".", suffix=PARTIAL, dir=path.parent):
            pass
    except OSError as error:
        raise BadInputError(path, f"cannot be written ({error.strerror}); name another file") from None

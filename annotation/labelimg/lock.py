"""One LabelImg at a time in a folder, on network drives too: a lock file with who holds it."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from errors import BadInputError


@contextmanager
def held(folder: Path, pid: int) -> Iterator[None]:
    """Hold the folder for the process ``pid`` of this computer.

    The file is created with O_EXCL, which needs no flock. One whose process on this computer has ended
    is taken over. Raises BadInputError where the folder is held.
    """
    path = folder / ".lock"
    mine = f"{pid} {socket.gethostname()}\n"
    if _is_stale(path):
        path.unlink(missing_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(mine)
    except FileExistsError:
        host = _holder(path)[1]
        remedy = f"close LabelImg on {host}" if host else "close the other LabelImg"
        raise BadInputError(
            path, f"this annotator's images are open already; {remedy}, or delete this file if it is not open"
        ) from None
    try:
        yield
    finally:
        if path.read_text(encoding="utf-8") == mine:
            path.unlink()


def _is_stale(path: Path) -> bool:
    pid, host = _holder(path)
    if pid is None or host != socket.gethostname():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _holder(path: Path) -> tuple[int | None, str]:
    """The process and the computer that hold the lock; None and "" where that cannot be told."""
    try:
        pid, host = path.read_text(encoding="utf-8").split()
        return int(pid), host
    except (OSError, ValueError):
        return None, ""

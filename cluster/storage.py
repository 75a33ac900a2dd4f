"""Folders that results go to: a path, or the URL of an object store, through fsspec.

An object store has no rename. What makes a set of files whole is the one that is written last, here as there.
"""

import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit
from urllib.request import url2pathname

from errors import BadInputError
from imaging.new_folder import PARTIAL, write_whole

_LEFT_SECONDS = 24 * 60 * 60
"""Nobody writes one file for so long."""


class Storage(Protocol):
    """A folder. Names are relative to it and may lead into subfolders (``manifest/study.json``).

    All but ``address`` and ``clean`` raise OSError where it does not answer.
    """

    def write(self, name: str, content: bytes) -> None:
        """A file, whole or not at all."""

    def read(self, name: str) -> bytes | None:
        """A file's content; None where there is none."""

    def names(self, folder: str) -> list[str]:
        """The files in a subfolder, sorted, without what is half-written; [] where it is not there."""

    def address(self, name: str = "") -> str:
        """A file, or the folder itself, as a person would look for it."""

    def remove(self, folder: str) -> None:
        """A subfolder with all that is in it, if it is there."""

    def clean(self, *folders: str) -> None:
        """Remove the files that lost machines left half-written in the folder itself and these subfolders,
        more than a day ago; others may be writing. What cannot be removed stays, without a word."""


def open_storage(place: str) -> Storage:
    """The folder at a path or a URL, which need not be there yet.

    Raises BadInputError where the path leads to a file, where nothing can open such a URL, or what is behind
    it does not answer.
    """
    if place.lower().startswith("file:"):
        return _open_folder(_path_of(place))
    if "://" not in place:
        return _open_folder(Path(place))
    if place.startswith("memory://"):
        raise BadInputError(
            place, "is the memory of one process and gone with it; name a folder or an object store"
        )
    from fsspec.core import url_to_fs

    try:
        filesystem, root = url_to_fs(place)
        filesystem.exists(root)
    except (ImportError, ValueError) as error:
        raise BadInputError(place, f"cannot be opened ({_first_line(error)}); see docs/scale.md") from None
    except Exception as error:  # every store fails in its own way
        raise BadInputError(
            place, f"does not answer ({_first_line(error)}); check the URL and the rights to it"
        ) from None
    return UrlStorage(place.rstrip("/"), root.rstrip("/"), filesystem)


def _path_of(url: str) -> Path:
    """What a file URL leads to (RFC 8089)."""
    parts = urlsplit(url)
    here = parts.netloc in ("", "localhost") and parts.path.startswith("/")
    if not here or parts.query or parts.fragment:
        raise BadInputError(url, "names no folder of this machine; write file:///folder, or its path alone")
    return Path(url2pathname(parts.path))


def _open_folder(path: Path) -> "FolderStorage":
    for place in (path, *path.parents):
        if os.path.exists(place) and not os.path.isdir(place):  # those of pathlib raise PermissionError
            raise BadInputError(place, "is a file; name a folder")
    return FolderStorage(path)


@dataclass(frozen=True)
class FolderStorage:
    """A folder of this machine, or one that many machines see at the same path."""

    path: Path

    def write(self, name: str, content: bytes) -> None:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)

    def read(self, name: str) -> bytes | None:
        path = self.path / name
        return path.read_bytes() if path.is_file() else None

    def names(self, folder: str) -> list[str]:
        inside = self.path / folder
        found = (path.name for path in inside.iterdir()) if inside.is_dir() else ()
        return sorted(name for name in found if not name.startswith("."))

    def address(self, name: str = "") -> str:
        return str(self.path / name)

    def remove(self, folder: str) -> None:
        shutil.rmtree(self.path / folder, ignore_errors=True)

    def clean(self, *folders: str) -> None:
        for folder in ("", *folders):
            for path in (self.path / folder).glob(f".*{PARTIAL}"):
                with suppress(OSError):
                    status = path.lstat()
                    if stat.S_ISREG(status.st_mode) and time.time() - status.st_mtime > _LEFT_SECONDS:
                        path.unlink()


@dataclass(frozen=True)
class UrlStorage:
    """A folder of an object store. ``root``: what its ``filesystem`` calls it."""

    url: str
    root: str
    filesystem: Any = field(repr=False)

    def write(self, name: str, content: bytes) -> None:
        path = f"{self.root}/{name}"
        with self._answering(name):
            self.filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
            self.filesystem.pipe_file(path, content)

    def read(self, name: str) -> bytes | None:
        with suppress(FileNotFoundError), self._answering(name):
            return bytes(self.filesystem.cat_file(f"{self.root}/{name}"))
        return None

    def names(self, folder: str) -> list[str]:
        self.filesystem.invalidate_cache()
        found: list[str] = []
        with suppress(FileNotFoundError), self._answering(folder):
            found = self.filesystem.ls(f"{self.root}/{folder}", detail=False)
        return sorted(path.rstrip("/").rpartition("/")[2] for path in found)

    def address(self, name: str = "") -> str:
        return f"{self.url}/{name}" if name else self.url

    def remove(self, folder: str) -> None:
        self.filesystem.invalidate_cache()
        with suppress(FileNotFoundError), self._answering(folder):
            self.filesystem.rm(f"{self.root}/{folder}", recursive=True)

    def clean(self, *folders: str) -> None:
        """Object stores keep nothing half-written."""

    @contextmanager
    def _answering(self, name: str) -> Iterator[None]:
        """Every store fails in its own way: here it is an OSError."""
        try:
            yield
        except OSError:
            raise
        except Exception as error:
            raise OSError(f"{self.address(name)}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")

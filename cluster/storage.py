"""Folders that results go to: a path, or the URL of an object store, through fsspec.

An object store has no rename. What makes a set of files whole is the one that is written last, here as there.
"""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from errors import BadInputError
from imaging.new_folder import PARTIAL, write_whole


class Storage(Protocol):
    """A folder. Names are relative to it and may lead into subfolders (``manifest/study.json``)."""

    def write(self, name: str, content: bytes) -> None:
        """A file, whole or not at all. Raises OSError."""

    def read(self, name: str) -> bytes | None:
        """A file's content; None where there is none."""

    def names(self, folder: str) -> list[str]:
        """The files in a subfolder, sorted, without what is half-written; [] where it is not there."""

    def address(self, name: str = "") -> str:
        """A file, or the folder itself, as a person would look for it."""

    def remove(self, folder: str) -> None:
        """A subfolder with all that is in it."""

    def clean(self) -> None:
        """Remove what machines left half-written that were lost; nobody may be writing."""


def open_storage(place: str) -> Storage:
    """The folder at a path or a URL, which need not be there yet.

    Raises BadInputError where nothing can open such a URL, or what is behind it does not answer.
    """
    protocol, separator, rest = place.partition("://")
    if not separator:
        return FolderStorage(Path(place))
    if protocol == "file":
        return FolderStorage(Path(rest))
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

    def clean(self) -> None:
        for path in self.path.rglob(f".*{PARTIAL}"):
            path.unlink(missing_ok=True)


@dataclass(frozen=True)
class UrlStorage:
    """A folder of an object store. ``root``: what its ``filesystem`` calls it."""

    url: str
    root: str
    filesystem: Any = field(repr=False)

    def write(self, name: str, content: bytes) -> None:
        path = f"{self.root}/{name}"
        self.filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
        self.filesystem.pipe_file(path, content)

    def read(self, name: str) -> bytes | None:
        try:
            return bytes(self.filesystem.cat_file(f"{self.root}/{name}"))
        except FileNotFoundError:
            return None

    def names(self, folder: str) -> list[str]:
        self.filesystem.invalidate_cache()
        try:
            found = self.filesystem.ls(f"{self.root}/{folder}", detail=False)
        except FileNotFoundError:
            return []
        return sorted(path.rstrip("/").rpartition("/")[2] for path in found)

    def address(self, name: str = "") -> str:
        return f"{self.url}/{name}" if name else self.url

    def remove(self, folder: str) -> None:
        self.filesystem.rm(f"{self.root}/{folder}", recursive=True)

    def clean(self) -> None:
        """Object stores keep nothing half-written."""


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")

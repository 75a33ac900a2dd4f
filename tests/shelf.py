"""An object store on this machine's disk, which every process sees: it can rename nothing."""

from pathlib import Path
from typing import Any

from fsspec.implementations.local import LocalFileSystem

from cluster.storage import UrlStorage


class Shelf(LocalFileSystem):
    """Refuses what an object store does not have."""

    protocol = ("shelf",)

    def mv(self, *paths: Any, **options: Any) -> None:
        raise NotImplementedError("object stores rename nothing")


def shelf_storage(folder: Path) -> UrlStorage:
    return UrlStorage(f"shelf://{folder}", str(folder), Shelf(auto_mkdir=True))

"""An object store on this machine's disk, which every process sees: it can rename nothing."""

from pathlib import Path
from typing import Any

from fsspec import register_implementation
from fsspec.implementations.local import LocalFileSystem

from cluster.storage import UrlStorage


class Shelf(LocalFileSystem):
    """Refuses what an object store does not have."""

    protocol = ("shelf",)

    def mv(self, *paths: Any, **options: Any) -> None:
        raise NotImplementedError("object stores rename nothing")

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path.removeprefix("shelf://")))


register_implementation("shelf", Shelf, clobber=True)


class BusyShelf(Shelf):
    """In each process, refuses what is written first."""

    protocol = ("busy",)
    asked = False

    def pipe_file(self, *arguments: Any, **options: Any) -> None:
        if not self.asked:
            self.asked = True
            raise OSError("slow down")
        super().pipe_file(*arguments, **options)


def shelf_storage(folder: Path, kind: type[Shelf] = Shelf) -> UrlStorage:
    return UrlStorage(f"shelf://{folder}", str(folder), kind(auto_mkdir=True))

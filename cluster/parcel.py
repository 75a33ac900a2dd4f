"""What a machine made, brought home through an object store: whole or not at all."""

import json
import os
import shutil
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cluster.storage import Storage
from imaging.new_folder import PARTIAL

_CONTENTS = "contents.json"
"""The list of all files, written last."""


@dataclass(frozen=True)
class Parcel:
    """A folder on its way through ``storage``, where it is called ``name`` and nothing else is."""

    storage: Storage
    name: str

    def send(self, folder: Path) -> None:
        """Lay down every file of a folder, and then the list of them."""
        files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        for file in files:
            self.storage.write(f"{self.name}/{file}", (folder / file).read_bytes())
        self.storage.write(f"{self.name}/{_CONTENTS}", json.dumps(files).encode())

    def fetch(self, places: dict[str, Path]) -> None:
        """Put what was sent as ``file`` or folder ``places[...]`` says, each whole or not at all, and leave
        nothing in the storage. Raises OSError, and leaves it there: FileNotFoundError where it was not sent
        to the end."""
        contents = self.storage.read(f"{self.name}/{_CONTENTS}")
        if contents is None:
            raise FileNotFoundError(self.storage.address(self.name))
        files = json.loads(contents)
        for sent, place in places.items():
            self._unpack([file for file in files if file == sent or file.startswith(f"{sent}/")], sent, place)
        self.remove()

    def remove(self) -> None:
        """Leave nothing in the storage, however much was sent; where it does not answer, all stays."""
        with suppress(OSError):
            self.storage.remove(self.name)

    def _unpack(self, files: list[str], sent: str, place: Path) -> None:
        if not files:
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        partial = place.with_name(f".{place.name}.{uuid.uuid4().hex}{PARTIAL}")
        try:
            for file in files:
                path = Path(f"{partial}{file.removeprefix(sent)}")
                path.parent.mkdir(parents=True, exist_ok=True)
                content = self.storage.read(f"{self.name}/{file}")
                if content is None:
                    raise FileNotFoundError(self.storage.address(f"{self.name}/{file}"))
                path.write_bytes(content)
            os.replace(partial, place)
        finally:
            if partial.is_file():
                partial.unlink()
            shutil.rmtree(partial, ignore_errors=True)

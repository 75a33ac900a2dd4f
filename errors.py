"""What is wrong with a user's file, in one sentence."""

from pathlib import Path


class BadInputError(ValueError):
    """A file that cannot be used: its path, the line if known, and what to do, in one sentence.

    The command line prints it without a traceback and exits with 1.
    """

    def __init__(self, path: Path | str, reason: str, line: int | None = None) -> None:
        self.path = Path(path)
        self.reason = reason
        self.line = line
        place = f"{path}:{line}" if line else f"{path}"
        super().__init__(f"{place}: {reason}")

    def __reduce__(self) -> tuple[type["BadInputError"], tuple[Path, str, int | None]]:
        return type(self), (self.path, self.reason, self.line)

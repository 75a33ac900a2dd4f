"""What every subcommand shares: where it prints, how it complains, and its progress bar."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from errors import BadInputError
from models.runtimes import DEFAULT

Advance = Callable[..., None]
"""Takes the things done and, where it is known only now, their number."""

console = Console()
complaints = Console(stderr=True)


def complain(error: BadInputError) -> None:
    """One sentence on stderr."""
    complaints.print(f"[red]error:[/red] {escape(str(error))}", highlight=False, soft_wrap=True)


def warn(sentence: str) -> None:
    complaints.print(f"[yellow]warning:[/yellow] {escape(sentence)}", highlight=False, soft_wrap=True)


def say_runtime(chosen: str, taken: Iterable[str]) -> None:
    """What computes the models, on stderr, where another runtime than the default one was chosen."""
    if chosen != DEFAULT:
        sentence = f"computed by {'; '.join(dict.fromkeys(taken))}"
        complaints.print(sentence, highlight=False, soft_wrap=True)


@contextmanager
def progress_bar(what: str, total: int | None = None) -> Iterator[Advance]:
    """A bar on a terminal, nothing elsewhere."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(what, total=total)

        def advance(done: int, number: int | None = None) -> None:
            progress.update(task, completed=done, total=number or total)

        yield advance

"""Progress on the terminal: the trials of a benchmark and the epochs of those under way."""

from collections.abc import Sequence
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from benchmarks.jobs import AnyTrial, Executor, Job, TrialFolder, run_trials


class TrialProgress:
    """A bar for the trials and one for each trial under way; plain lines where there is no terminal."""

    def __init__(self, title: str, trials: int, done: int, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=console,
            disable=not console.is_terminal,
        )
        self._total = self._progress.add_task(title, total=trials, completed=done)
        self._trials = trials
        self._done = done
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "TrialProgress":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def __call__(self, job: Job[Any]) -> None:
        if job.state == "waiting":
            return
        name = job.trial.name
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(f"  {name}", total=max(job.trial.epochs, 1))
        self._progress.update(self._tasks[name], completed=job.epoch)
        if job.state == "running":
            return
        self._progress.remove_task(self._tasks[name])
        self._done += 1
        self._progress.update(self._total, completed=self._done)
        if job.state == "failed":
            self._progress.console.print(f"[red]failed[/red]  {name}, see {job.log}")
        elif not self._console.is_terminal:
            self._console.print(f"{self._done}/{self._trials}  {name}")


def run_with_progress(
    title: str,
    trials: Sequence[AnyTrial],
    source: Any,
    folder: TrialFolder,
    executor: Executor,
    console: Console,
) -> tuple[list[AnyTrial], list[Job[AnyTrial]]]:
    """Run the trials that have no folder yet, with bars: all that are then finished, and the failed."""
    done = sum(folder.trial(trial).exists() for trial in trials)
    with TrialProgress(title, len(trials), done, console) as progress:
        failed = run_trials(trials, source, folder, executor, progress)
    return [trial for trial in trials if folder.trial(trial).exists()], failed

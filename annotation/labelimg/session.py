"""LabelImg opened for a task, and what ``discern annotate`` knows of an annotator before and after."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from annotation.checking.folder import Pair, Report, check_pair
from annotation.labelimg.lock import held
from annotation.labelimg.task import Task
from annotation.prelabels import in_queue_order
from annotation.workplace import Workplace
from errors import BadInputError


def annotators_task(workplace: Workplace, annotator: str) -> Task:
    """All images assigned to an annotator, those first of which a model is uncertain.

    Raises BadInputError where there are none.
    """
    prelabels = workplace.folder / "prelabels"
    images = in_queue_order(workplace.assigned(annotator), prelabels / "queue.csv")
    if not images:
        raise BadInputError(
            workplace.folder / "assignments.json",
            f"nothing is assigned to {annotator}; see `discern assign`, or correct the name",
        )
    folder = workplace.folder_of(annotator)
    return Task(annotator, images, folder, prelabels, workplace.label_set)


def open_labelimg(task: Task) -> None:
    """Open LabelImg on a task and wait until it is closed.

    What goes wrong in it is in ``labelimg.log`` in the task's folder. Raises BadInputError where the
    folder is open in another LabelImg, where there is no screen, and where LabelImg ended by a crash.
    """
    if sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"} & os.environ.keys():
        raise BadInputError(
            "LabelImg", "there is no screen for its window; run it on a desktop or by `ssh -X`"
        )
    task.folder.mkdir(parents=True, exist_ok=True)
    log = task.folder / "labelimg.log"
    with log.open("ab") as errors, _interrupts_ignored():
        # -P: modules are found where Discern is installed, not in the folder where it is called.
        command = [sys.executable, "-P", "-m", "annotation.labelimg.launcher"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors)
        try:
            with held(task.folder, process.pid):
                process.communicate(_absolute(task).to_json().encode())
        finally:
            process.kill()  # one that never got its task
            process.wait()
    if process.returncode:
        raise BadInputError(
            log,
            "LabelImg ended by itself, this file says why; every save is kept, run the same command to go on",
        )


def check_done(workplace: Workplace, annotator: str) -> Report:
    """Check the XML of the images that an annotator has done, of those assigned."""
    pairs = [Pair(image, workplace.annotation(annotator, image)) for image in workplace.assigned(annotator)]
    reports = [
        check_pair(pair, workplace.label_set)
        for pair in pairs
        if pair.annotation and pair.annotation.exists()
    ]
    return Report(
        workplace.folder,
        images=len(pairs),
        annotations=len(reports),
        labels=sum((report.labels for report in reports), Counter()),
        problems=tuple(problem for report in reports for problem in report.problems),
    )


def _absolute(task: Task) -> Task:
    """LabelImg writes the path of the image as it is given, and looks it up by its absolute path."""
    images = tuple(Path(os.path.abspath(image)) for image in task.images)
    return Task(task.title, images, task.folder.absolute(), task.proposals.absolute(), task.label_set)


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Ctrl-C in the terminal would end LabelImg with its unsaved boxes; its window is to be closed."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)

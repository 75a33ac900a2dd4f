"""The process that shows LabelImg: ``python -m annotation.labelimg.launcher``, a task as JSON on stdin.

Its stderr is the log of what went wrong.
"""

import sys

from labelImg import labelImg as program
from PyQt5.QtWidgets import QApplication, QDesktopWidget

from annotation.labelimg.repairs import repair
from annotation.labelimg.task import Task
from annotation.labelimg.window import AnnotationWindow

_SHARE_OF_SCREEN = 0.9


def main() -> int:
    task = Task.from_json(sys.stdin.read())
    application = QApplication(["labelImg"])
    application.setApplicationName("labelImg")
    application.setWindowIcon(program.new_icon("app"))
    repair()
    window = AnnotationWindow(task)
    sys.excepthook = window.show_exception
    application.installEventFilter(window)  # every input is work
    window.resize(QDesktopWidget().availableGeometry().size() * _SHARE_OF_SCREEN)
    window.show()
    window.begin()
    return int(application.exec_())


if __name__ == "__main__":
    sys.exit(main())

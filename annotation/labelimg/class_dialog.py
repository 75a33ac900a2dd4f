"""The question for a box's class, held to the label set."""

from libs.labelDialog import LabelDialog
from PyQt5.QtGui import QColor, QIcon, QPixmap
from PyQt5.QtWidgets import QLabel, QWidget

from annotation.labelimg.colours import colour_of
from annotation.labels import LabelSet


class ClassDialog(LabelDialog):
    """LabelImg's dialog; takes the classes of its list alone, by name or by the first letters."""

    def __init__(
        self, text: str = "", parent: QWidget | None = None, list_item: list[str] | None = None
    ) -> None:
        super().__init__(text, parent, list_item)
        self.label_set = LabelSet(tuple(list_item or ()))
        self.setWindowTitle("Class of the box")
        self.edit.setValidator(None)  # LabelImg's wants two letters
        self.edit.setCompleter(None)  # its list would take the Enter that is meant for the dialog
        self.edit.setPlaceholderText("class, or its first letters")
        self.refusal = QLabel()
        self.refusal.setStyleSheet("color: #c00000")
        self.edit.textChanged.connect(self.refusal.clear)
        self.layout().insertWidget(1, self.refusal)
        for row, label in enumerate(self.label_set.classes):
            swatch = QPixmap(16, 16)
            swatch.fill(QColor(*colour_of(label)))
            self.list_widget.item(row).setIcon(QIcon(swatch))

    def validate(self) -> None:
        """Accept a class, refuse anything else with a word of why."""
        text = self.edit.text().strip()
        label = text if text in self.label_set else self._begun_by(text)
        if label is None:
            self.refusal.setText(_refusal(text, self.label_set))
        else:
            self.edit.setText(label)
            self.accept()

    def _begun_by(self, text: str) -> str | None:
        begun = [label for label in self.label_set.classes if text and label.startswith(text)]
        return begun[0] if len(begun) == 1 else None


def _refusal(text: str, label_set: LabelSet) -> str:
    if not text:
        return "Choose a class."
    near = label_set.near(text)
    return f"No class “{text}”; {near[0]}?" if near else f"No class “{text}”; choose one of the list."

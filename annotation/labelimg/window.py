"""LabelImg's window, held to one annotator's task."""

import sys
import traceback
from pathlib import Path
from types import TracebackType

from labelImg import labelImg as program
from libs.labelFile import LabelFile
from libs.pascal_voc_io import PascalVocReader
from libs.shape import Shape
from PyQt5.QtCore import QEvent, QObject
from PyQt5.QtGui import QColor
from PyQt5.QtWidgets import QAction, QListWidgetItem

from annotation.labelimg.record import ActiveTime, append_save
from annotation.labelimg.task import Task
from annotation.voc import read_voc
from errors import BadInputError

_INPUTS = (
    QEvent.Type.MouseMove,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.Wheel,
    QEvent.Type.KeyPress,
)

_LEFT_OUT = (
    *("openFile", "openDir", "changeSaveDir", "openAnnotation", "saveAs", "closeCur"),  # the task says what
    *("deleteImg", "resetAll"),  # the cohort's own pictures; LabelImg without its repairs
    *("boxLineColor", "shapeLineColor", "shapeFillColor"),  # colours are the classes'
    *("tutorialDefault", "shortcut"),  # pages on the internet
)
"""Actions of LabelImg that do not belong to a task, by the names of their texts."""

_SMALLEST_SIDE = 2
"""Pixels; what is smaller is a slip of the mouse."""

_CLEAR = QColor(0, 0, 0, 0)


class AnnotationWindow(program.MainWindow):
    """Shows the images of a task, keeps the record, and refuses to save what is no annotation."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.active = ActiveTime()
        self.unreadable: BadInputError | None = None
        self.prelabelled = False
        super().__init__(default_save_dir=str(task.folder))
        Shape.select_fill_color = _CLEAR  # the edge of a disc is judged inside its box
        Shape.vertex_fill_color = QColor(255, 255, 255, 160)
        Shape.point_size = 5
        self._leave_out_actions()

    def load_predefined_classes(self, _: object) -> None:
        self.label_hist = list(self.task.label_set.classes)

    def _leave_out_actions(self) -> None:
        texts = {self.string_bundle.get_string(name) for name in _LEFT_OUT}
        actions = [action for action in self.findChildren(QAction) if action.text() in texts]
        for action in (*actions, self.actions.save_format, self.menus.recentFiles.menuAction()):
            action.setVisible(False)  # which disables it, whatever LabelImg says later
        for bar in ("beginner", "advanced"):
            shown = [action for action in getattr(self.actions, bar) if action is None or action.isVisible()]
            setattr(self.actions, bar, shown)
        self.populate_mode_actions()

    # --- from image to image

    def begin(self) -> None:
        """List the images and show the first that is not done."""
        self.m_img_list = [str(image) for image in self.task.images]
        self.img_count = len(self.m_img_list)
        for image in self.task.images:
            item = QListWidgetItem(image.name)
            self.file_list_widget.addItem(item)
            if self.task.annotation(image).exists():
                item.setIcon(program.new_icon("done"))
        self._go_to(self.task.first)

    def open_next_image(self, _value: bool = False) -> None:
        self._go_to(self.cur_img_idx + 1)

    def open_prev_image(self, _value: bool = False) -> None:
        self._go_to(self.cur_img_idx - 1)

    def file_item_double_clicked(self, item: QListWidgetItem) -> None:
        self._go_to(self.file_list_widget.row(item))

    def _go_to(self, place: int) -> None:
        if self.dirty and self.auto_saving.isChecked():
            self.save_file()
            if self.dirty:  # refused, with a message
                return
        if not self.may_continue():
            return
        if not 0 <= place < self.img_count:
            self.status("no image before this one" if place < 0 else "this was the last image")
            return
        self.cur_img_idx = place
        self.load_file(self.m_img_list[place])
        self.file_list_widget.setCurrentRow(place)
        name = self.task.images[place].name
        self.setWindowTitle(f"LabelImg {self.task.title} {name} {self.counter_str()}")

    def may_continue(self) -> bool:
        """Ask about unsaved changes; LabelImg goes on even where saving them fails."""
        if not self.dirty:
            return True
        answer = self.discard_changes_dialog()
        if answer == program.QMessageBox.Yes:
            self.save_file()
        return answer == program.QMessageBox.No or not self.dirty

    # --- one image

    def load_file(self, file_path: str | None = None) -> bool:
        self.unreadable = None
        self.prelabelled = False
        self.canvas.un_highlight()
        self.canvas.de_select_shape()  # LabelImg would go on moving the other image's box
        loaded = super().load_file(file_path)
        self.active.start()
        if loaded:  # saving without a change says: seen, and it is so
            self.actions.save.setEnabled(True)
        else:
            self.canvas.load_shapes([])
            self.set_clean()
        return loaded

    def adjust_scale(self, initial: bool = False) -> None:
        if self.canvas.pixmap:  # none where the image could not be read
            super().adjust_scale(initial)

    def show_bounding_box_from_annotation_file(self, file_path: str) -> None:
        """The annotator's own boxes, else the proposed ones."""
        image = Path(file_path)
        own, proposal = self.task.annotation(image), self.task.proposal(image)
        try:
            if own.exists():
                self._show_boxes(own)
            elif proposal.exists():
                self._show_boxes(proposal)
                self.prelabelled = True
                self.status("proposed boxes: correct them, then save")
        except BadInputError as error:
            self.unreadable = error if own.exists() else None
            self.error_message("Cannot be read", str(error))

    def _show_boxes(self, annotation: Path) -> None:
        """Show a file's boxes. Raises BadInputError, where LabelImg shows none and saves over the file."""
        boxes = read_voc(annotation, image_size=(self.image.width(), self.image.height())).boxes
        shapes = []
        for box in boxes:
            xmin, ymin, xmax, ymax = map(round, box.edges)
            corners = [(xmin, ymin), (xmax, ymin), (xmax, ymax), (xmin, ymax)]
            shapes.append((box.label, corners, None, None, box.difficult))
        self.load_labels(shapes)
        self.canvas.verified = PascalVocReader(str(annotation)).verified

    def copy_previous_bounding_boxes(self) -> None:
        """The boxes of the image before, where this one has none: LabelImg would replace those that are
        there, and save unseen."""
        previous = self.task.annotation(self.task.images[self.cur_img_idx - 1])
        if self.canvas.shapes or not self.cur_img_idx or not previous.exists():
            self.status("only the boxes of an annotated image before, and onto an image that has none")
            return
        self._show_boxes(previous)
        self.set_dirty()

    def copy_selected_shape(self) -> None:
        """A second class on the same box: LabelImg repeats the class, and does not know it unsaved."""
        label = self.label_dialog.pop_up()
        if label is None:
            return
        super().copy_selected_shape()
        item = self.shapes_to_items[self.canvas.selected_shape]
        item.setText(label)  # which gives the box this class
        item.setBackground(program.generate_color_by_text(label))
        self.set_dirty()
        self.update_combo_box()

    def add_label(self, shape: Shape) -> None:
        super().add_label(shape)
        shape.fill_color = _CLEAR

    def new_shape(self) -> None:
        sides = self.canvas.shapes[-1].bounding_rect()
        if min(sides.width(), sides.height()) < _SMALLEST_SIDE:
            self.canvas.reset_all_lines()
            self.status("too small for a box: press, drag to the opposite corner, let go")
            return
        if self.default_label_text_line.text() not in self.task.label_set:
            self.use_default_label_checkbox.setChecked(False)
        super().new_shape()

    # --- saving

    def save_labels(self, annotation_file_path: str) -> bool:
        """Save the boxes, if they are an annotation, and record it."""
        refusal = self._refusal()
        if refusal:
            self.error_message("Not saved", refusal)
            return False
        if not super().save_labels(annotation_file_path):
            return False
        image = self.task.images[self.cur_img_idx].name
        append_save(self.task.folder, image, self.active.seconds, len(self.canvas.shapes), self.prelabelled)
        self.active.start()
        self.file_list_widget.item(self.cur_img_idx).setIcon(program.new_icon("done"))
        return True

    def _refusal(self) -> str | None:
        """Why these boxes cannot be saved."""
        if self.unreadable:
            return str(self.unreadable)
        for shape in self.canvas.shapes:
            if shape.label not in self.task.label_set:
                return (
                    f"The class {shape.label} is not in the label set: double-click it in the list of boxes."
                )
            corners = [(point.x(), point.y()) for point in shape.points]
            xmin, ymin, xmax, ymax = LabelFile.convert_points_to_bnd_box(corners)
            if xmin >= xmax or ymin >= ymax:
                return f"A {shape.label} box has no area: delete it, or draw it again."
        return None

    # --- what goes on

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _INPUTS:
            self.active.touch()
        return False

    def show_exception(
        self, kind: type[BaseException], error: BaseException, where: TracebackType | None
    ) -> None:
        """In place of ``sys.excepthook``: an error in LabelImg is told and logged, and LabelImg goes on."""
        traceback.print_exception(kind, error, where, file=sys.stderr)
        self.statusBar().showMessage(f"LabelImg could not do this ({kind.__name__}: {error})")

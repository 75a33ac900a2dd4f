"""Converted cohorts: split by patient, read by the programs they are for, and honest about what is lost."""

import errno
import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO
from small_cohorts import SIZE, write_cohort_folder

from annotation.boxes import Box
from annotation.labels import LabelSet
from annotation.views import View, ViewClass
from annotation.voc import read_voc
from data.cohort import Cohort
from data.exporters.cohort_export import Shares, completely_annotated, convert_cohort, of_view
from data.folder import read_cohort
from errors import BadInputError

CLASSES = ("normal", "herniation", "disc", "vertebra")
DISC = Box("disc", 10, 20, 42, 36)
HERNIATION = Box("herniation", 10, 20, 42, 36)
VERTEBRA = Box("vertebra", 12.5, 40.25, 32, 55)


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    """Ten patients of two pictures; in one nobody looked for vertebrae, in another for nothing else."""
    pictures: dict[str, Sequence[Box]] = {
        f"p{patient}_{number}.png": (DISC, VERTEBRA) for patient in range(10) for number in range(2)
    }
    pictures |= {"p0_0.png": (DISC, HERNIATION), "p1_0.png": (VERTEBRA,), "p2_0.png": ()}
    annotated = {"p0_0.png": "normal herniation disc", "p1_0.png": "vertebra"}
    folder = tmp_path_factory.mktemp("cohort") / "cohort"
    return read_cohort(write_cohort_folder(folder, pictures, CLASSES, annotated))


def test_patients_are_dealt_out_by_the_seed(cohort: Cohort, tmp_path: Path) -> None:
    splits = []
    for number, seed in enumerate((4, 4, 5)):
        sides = convert_cohort(cohort, "coco", tmp_path / f"{number}", Shares(0.2, 0.1, seed)).sides
        splits.append({side.name: {image.patient for image in side.images} for side in sides})
    assert {name: len(patients) for name, patients in splits[0].items()} == {
        "train": 7,
        "valid": 2,
        "test": 1,
    }
    assert set.union(*splits[0].values()) == set(cohort.patients)
    assert splits[0] == splits[1] != splits[2]


def test_coco_is_read_by_pycocotools(
    cohort: Cohort, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    convert_cohort(cohort, "coco", tmp_path / "out", Shares())
    files = {side: tmp_path / "out" / "annotations" / f"instances_{side}.json" for side in ("train", "valid")}
    read = {side: COCO(str(path)) for side, path in files.items()}
    assert {side: len(coco.imgs) for side, coco in read.items()} == {"train": 16, "valid": 4}
    assert sum(len(coco.anns) for coco in read.values()) == sum(len(image.boxes) for image in cohort.images)
    for side, coco in read.items():
        assert [coco.cats[number]["name"] for number in coco.getCatIds()] == list(CLASSES)
        assert 0 not in coco.anns
        boxed = {image.name: image.boxes for image in cohort.images}
        for number, image in coco.imgs.items():
            assert (tmp_path / "out" / side / image["file_name"]).exists()
            found = [entry["bbox"] for entry in coco.imgToAnns[number]]
            assert found == [[box.xmin, box.ymin, box.width, box.height] for box in boxed[image["file_name"]]]


def test_yolo_is_read_by_ultralytics(cohort: Cohort, tmp_path: Path) -> None:
    from ultralytics.data.dataset import YOLODataset
    from ultralytics.data.utils import check_det_dataset

    import detectors.ultralytics  # noqa: F401  it keeps ultralytics off the network

    convert_cohort(cohort, "yolo", tmp_path / "out", Shares(test=0.1))
    data = check_det_dataset(str(tmp_path / "out" / "data.yaml"), autodownload=False)
    assert list(data["names"].values()) == list(CLASSES)
    seen = {}
    for side in ("train", "val", "test"):
        for label in YOLODataset(
            img_path=data[side], data=data, task="detect", imgsz=64, augment=False
        ).labels:
            seen[Path(label["im_file"]).name] = label
    assert set(seen) == {image.name for image in cohort.images}
    for image in cohort.images:
        label = seen[image.name]
        assert [CLASSES[int(number)] for number in label["cls"][:, 0]] == [box.label for box in image.boxes]
        centres, sides = label["bboxes"][:, :2] * SIZE, label["bboxes"][:, 2:] * SIZE
        read = np.hstack([centres - sides / 2, centres + sides / 2])
        assert read == pytest.approx(np.array([box.edges for box in image.boxes]).reshape(-1, 4), abs=1e-4)


def test_roboflow_s_voc_lies_beside_its_pictures(cohort: Cohort, tmp_path: Path) -> None:
    convert_cohort(cohort, "roboflow", tmp_path / "out", Shares())
    images = {image.name: image for image in cohort.images}
    found = sorted((tmp_path / "out").glob("*/*.xml"))
    assert len(found) == len(images)
    for path in found:
        voc = read_voc(path, label_set=LabelSet(CLASSES))
        assert voc.boxes == tuple(images[voc.filename].boxes) and path.with_suffix(".png").exists()


def test_classes_that_were_not_looked_for_are_told_or_left_out(cohort: Cohort, tmp_path: Path) -> None:
    told = convert_cohort(cohort, "coco", tmp_path / "all", Shares()).warnings
    assert any(sentence.startswith("vertebra was not annotated in 1 of 20 pictures") for sentence in told)
    assert any(sentence.startswith("disc was not annotated in 1 of 20 pictures") for sentence in told)
    whole = completely_annotated(cohort)
    assert len(whole.images) == 18
    told = convert_cohort(whole, "coco", tmp_path / "whole", Shares()).warnings
    assert not any("was not annotated" in sentence for sentence in told)


def test_a_class_that_a_side_lacks_is_told(cohort: Cohort, tmp_path: Path) -> None:
    told = convert_cohort(cohort, "coco", tmp_path / "out", Shares()).warnings
    assert sum(sentence.startswith("no herniation in ") for sentence in told) == 1
    assert not any(sentence.startswith("no normal in") for sentence in told)


def test_a_view_s_classes(cohort: Cohort, tmp_path: Path) -> None:
    view = View("discs", (ViewClass("disc", ("herniation",), ("disc",)),))
    seen = of_view(cohort, view)
    assert "p1_0.png" not in {image.name for image in seen.images}
    convert_cohort(seen, "coco", tmp_path / "out", Shares())
    content = json.loads(
        (tmp_path / "out" / "annotations" / "instances_train.json").read_text(encoding="utf-8")
    )
    assert [item["name"] for item in content["categories"]] == ["disc"]
    assert {item["category_id"] for item in content["annotations"]} == {1}


def test_sixteen_bits_are_kept_or_windowed(tmp_path: Path) -> None:
    pictures = {f"p{number}_0.png": (DISC,) for number in range(2)}
    folder = write_cohort_folder(tmp_path / "cohort", pictures, ("disc",), deep=True)
    deep = read_cohort(folder)
    (sentence,) = convert_cohort(deep, "yolo", tmp_path / "kept", Shares(0.5)).warnings
    assert sentence.startswith("pictures of 16 bits: 2;")
    assert convert_cohort(deep, "yolo", tmp_path / "windowed", Shares(0.5), eight_bit=True).warnings == ()
    for place, kind in (("kept", np.uint16), ("windowed", np.uint8)):
        for path in (tmp_path / place / "images").glob("*/*.png"):
            pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
            assert pixels.dtype == kind and pixels.shape == SIZE[::-1]
            if kind == np.uint8:
                assert (pixels.min(), pixels.max()) == (0, 255)
            else:
                assert path.read_bytes() == (folder / "images" / path.name).read_bytes()


@pytest.mark.parametrize(
    ("name", "shares", "sentence"),
    [
        ("coco", Shares(0.5, 0.5), "10 patients are too few for these shares"),
        ("yolo", Shares(0.0), "yolo needs a validation side; give --valid a share"),
    ],
)
def test_what_cannot_be_split_is_refused_and_nothing_is_left(
    name: str, shares: Shares, sentence: str, cohort: Cohort, tmp_path: Path
) -> None:
    with pytest.raises(BadInputError, match=sentence):
        convert_cohort(cohort, name, tmp_path / "out", shares)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_not_written_into(cohort: Cohort, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(BadInputError, match="already there and not empty"):
        convert_cohort(cohort, "coco", tmp_path / "out", Shares())


def test_a_class_that_the_table_cannot_hold_is_refused(cohort: Cohort, tmp_path: Path) -> None:
    view = View("v", (ViewClass("any lesion", ("herniation",), ("disc",)), ViewClass("bone", ("vertebra",))))
    with pytest.raises(BadInputError, match="a class with a space in it"):
        convert_cohort(of_view(cohort, view), "coco", tmp_path / "out", Shares())
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_blames_what_is_written(
    cohort: Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(source))

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(BadInputError, match=r"out: cannot be written \(No space left on device\)"):
        convert_cohort(cohort, "coco", tmp_path / "out", Shares())
    assert list(tmp_path.iterdir()) == []

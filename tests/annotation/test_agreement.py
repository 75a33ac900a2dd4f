"""Readers of one workplace compared: what is counted, what the coefficients are of, what is left out."""

import json
from collections.abc import Sequence
from math import isnan
from pathlib import Path

import pytest
import typer
from command import discern
from voc_files import BoxRow, annotation_xml, write_image

from annotation.adjudication.panel import form_panel
from annotation.agreement import Agreement, ClassAgreement, compare_readers
from annotation.labels import named_label_set
from annotation.opinions import Readings, find_readers, read_opinions
from annotation.workplace import Workplace, open_workplace
from commands.agree import agree
from errors import BadInputError
from stats.agreement import cohen_kappa, gwet_ac1

Image = dict[str, list[BoxRow]]
"""The boxes of one image by reader."""


def disc(place: int, diagnosis: str | None = "normal", shift: int = 0) -> list[BoxRow]:
    """The boxes of one disc; places lie one below the other."""
    edges = (100 + shift, 40 * place + 20, 160 + shift, 40 * place + 40)
    return [("disc", *edges), *([(diagnosis, *edges)] if diagnosis else [])]


def slip(place: int) -> list[BoxRow]:
    return [("spondylolisthesis", 90, 40 * place, 170, 40 * place + 60)]


def write_workplace(folder: Path, images: Sequence[Image], patients: Sequence[str] = ()) -> Workplace:
    """A cohort with images 0.png, 1.png, …, the XML of their readers, and their patients."""
    (folder / "images").mkdir(parents=True)
    for number, boxes in enumerate(images):
        write_image(folder / "images" / f"{number}.png")
        for who, rows in boxes.items():
            (folder / "annotators" / who).mkdir(parents=True, exist_ok=True)
            xml = annotation_xml(rows, filename=f"{number}.png")
            (folder / "annotators" / who / f"{number}.xml").write_text(xml)
    if patients:
        rows = "".join(f"{number}.png,{patient}\n" for number, patient in enumerate(patients))
        (folder / "images.csv").write_text(f"image,patient\n{rows}")
    return open_workplace(folder)


def read(workplace: Workplace, *names: str) -> Readings:
    return read_opinions(workplace, find_readers(workplace, names))


def compare(folder: Path, *images: Image, iou: float = 0.5) -> Agreement:
    """Compare all readers of these images, each of a patient of its own."""
    workplace = write_workplace(folder, images)
    patients = {image.name: f"patient {image.stem}" for image in workplace.images}
    return compare_readers(read(workplace, *images[0]), patients, workplace.label_set, iou)


def of_class(agreement: Agreement, label: str) -> ClassAgreement:
    return next(item for item in agreement.comparisons[0].classes if item.label == label)


def counts(item: ClassAgreement) -> tuple[int, int, int, int]:
    return item.both, item.only_first, item.only_second, item.otherwise


# --- two readers


def test_discs_are_compared_where_both_drew_them_and_missed_ones_are_counted(tmp_path: Path) -> None:
    found = compare(
        tmp_path,
        {
            "anna": [*disc(0), *disc(1, "bulge"), *disc(2, "herniation"), *disc(3)],
            "ben": [*disc(0), *disc(1, "herniation"), *disc(2, "herniation"), *disc(5, "bulge")],
        },
    )
    (comparison,) = found.comparisons
    assert comparison.categories == ("normal", "bulge", "herniation", "not drawn")
    assert comparison.table == ((1, 0, 0, 1), (0, 0, 1, 0), (0, 0, 1, 0), (0, 1, 0, 0))
    assert counts(of_class(found, "disc")) == (3, 1, 1, 0)
    assert counts(of_class(found, "normal")) == (1, 1, 0, 0)
    assert counts(of_class(found, "bulge")) == (0, 0, 1, 1)
    assert counts(of_class(found, "herniation")) == (1, 0, 0, 1)
    assert of_class(found, "disc").positive.estimate == pytest.approx(6 / 8)


def test_coefficients_are_of_matched_discs_and_of_all_with_not_drawn_as_a_category(tmp_path: Path) -> None:
    found = compare(
        tmp_path,
        {
            "anna": [*disc(0), *disc(1, "bulge"), *disc(2, "herniation"), *disc(3)],
            "ben": [*disc(0), *disc(1, "herniation"), *disc(2, "herniation"), *disc(5, "bulge")],
        },
        {"anna": [*disc(0), *disc(1)], "ben": [*disc(0), *disc(1, "bulge")]},
    )
    (comparison,) = found.comparisons
    first = ["normal", "bulge", "herniation", "normal", "normal"]
    second = ["normal", "herniation", "herniation", "normal", "bulge"]
    scale = ["normal", "bulge", "herniation"]
    assert comparison.matched.kappa.estimate == pytest.approx(cohen_kappa(first, second).estimate)
    assert comparison.matched.ac1.estimate == pytest.approx(gwet_ac1(first, second, scale).estimate)
    first, second = [*first, "normal", "not drawn"], [*second, "not drawn", "bulge"]
    assert comparison.drawn.kappa.estimate == pytest.approx(cohen_kappa(first, second).estimate)
    assert comparison.drawn.ac1.estimate == pytest.approx(
        gwet_ac1(first, second, [*scale, "not drawn"]).estimate
    )
    assert (comparison.matched.kappa.items, comparison.drawn.kappa.items) == (5, 7)
    assert comparison.matched.kappa.clusters == 2


def test_a_class_is_rated_against_all_others(tmp_path: Path) -> None:
    found = compare(
        tmp_path,
        {
            "anna": [*disc(0), *disc(1, "bulge"), *disc(2, "herniation"), *disc(3)],
            "ben": [*disc(0), *disc(1, "herniation"), *disc(2, "herniation"), *disc(4, "bulge")],
        },
    )
    ratings = of_class(found, "herniation")
    assert ratings.matched is not None and ratings.drawn is not None
    assert ratings.matched.kappa.estimate == pytest.approx(cohen_kappa("nnh", "nhh").estimate)
    assert ratings.drawn.kappa.estimate == pytest.approx(cohen_kappa("nnhnn", "nhhnn").estimate)


def test_a_disc_without_diagnosis_is_a_category_of_its_own(tmp_path: Path) -> None:
    found = compare(tmp_path, {"anna": [*disc(0, None), *disc(1)], "ben": [*disc(0, "bulge"), *disc(1)]})
    (comparison,) = found.comparisons
    assert comparison.categories == ("normal", "bulge", "herniation", "none given", "not drawn")
    assert comparison.table[3] == (0, 1, 0, 0, 0)


def test_a_slip_is_boxed_by_itself_and_rated_by_disc(tmp_path: Path) -> None:
    """Both drew the first slip, anna alone the second; three of five discs have none."""
    discs = [row for place in range(5) for row in disc(place)]
    found = compare(tmp_path, {"anna": [*discs, *slip(1), *slip(3)], "ben": [*discs, *slip(1)]})
    item = of_class(found, "spondylolisthesis")
    assert counts(item) == (1, 1, 0, 0)
    assert item.matched is not None
    assert item.matched.kappa.estimate == pytest.approx(cohen_kappa("nynyn", "nynnn").estimate)
    vertebra = ("vertebra", 90, 10, 170, 60)
    found = compare(tmp_path / "again", {"anna": [vertebra], "ben": [vertebra]})
    assert of_class(found, "vertebra").matched is None


def test_iou_is_of_the_boxes_that_both_drew(tmp_path: Path) -> None:
    discs = [row for place in range(3) for row in disc(place)]
    shifted = [row for place in range(3) for row in disc(place, shift=4 * place)]
    found = compare(tmp_path, {"anna": discs, "ben": shifted})
    quartiles = of_class(found, "disc").iou
    assert quartiles.median == pytest.approx(56 / 64)
    assert quartiles.upper == pytest.approx((1 + 56 / 64) / 2)


def test_the_threshold_says_what_is_the_same_disc(tmp_path: Path) -> None:
    image = {"anna": disc(0), "ben": disc(0, shift=15)}  # IoU 0.6
    assert counts(of_class(compare(tmp_path / "loose", image), "disc")) == (1, 0, 0, 0)
    assert counts(of_class(compare(tmp_path / "tight", image, iou=0.7), "disc")) == (0, 1, 1, 0)


def test_patients_come_with_the_most_disagreements_first(tmp_path: Path) -> None:
    found = compare(
        tmp_path,
        {"anna": disc(0), "ben": disc(0)},
        {"anna": [*disc(0, "bulge"), *slip(0)], "ben": [*disc(0), *disc(3)]},
    )
    worst, best = found.comparisons[0].patients
    assert (worst.patient, worst.matched, worst.same, worst.only_second, worst.slips_of_one) == (
        "patient 1", 1, 0, 1, 1,
    )  # fmt: skip
    assert (best.patient, best.same, best.iou.median) == ("patient 0", 1, 1)


def test_readers_who_drew_nothing_agree_on_nothing(tmp_path: Path) -> None:
    found = compare(tmp_path, {"anna": [], "ben": []})
    assert isnan(found.comparisons[0].matched.kappa.estimate)
    assert found.comparisons[0].classes == ()


# --- three readers


def test_three_readers_are_compared_two_by_two_and_by_alpha(tmp_path: Path) -> None:
    same = [*disc(0), *disc(1, "bulge"), *disc(2, "herniation")]
    found = compare(
        tmp_path, {"anna": same, "ben": same, "carla": [*disc(0), *disc(1, "bulge"), *disc(3, "bulge")]}
    )
    assert [(item.first, item.second) for item in found.comparisons] == [
        ("anna", "ben"), ("anna", "carla"), ("ben", "carla"),
    ]  # fmt: skip
    alphas = {item.label: item for item in found.alphas}
    assert alphas["diagnosis"].matched.estimate == 1
    assert (alphas["diagnosis"].matched.items, alphas["diagnosis"].drawn.items) == (3, 4)
    assert alphas["diagnosis"].drawn.estimate < 1
    assert "spondylolisthesis" not in alphas


# --- what is read and what is left out


def test_images_of_some_readers_only_are_named_and_left_out(tmp_path: Path) -> None:
    both = {"anna": disc(0), "ben": disc(0)}
    workplace = write_workplace(tmp_path, [both, {"anna": disc(0)}, {}, {"ben": disc(0)}])
    readings = read(workplace, "anna", "ben")
    assert [item.image.name for item in readings.images] == ["0.png"]
    assert [(item.image, item.readers) for item in readings.some_only] == [
        ("1.png", ("anna",)), ("3.png", ("ben",)),
    ]  # fmt: skip


def test_an_unusable_xml_leaves_its_image_out_and_the_rest_goes_on(tmp_path: Path) -> None:
    both = {"anna": disc(0), "ben": disc(0)}
    workplace = write_workplace(tmp_path, [both, both, {**both, "ben": disc(0, "hernation")}])
    (tmp_path / "annotators/ben/1.xml").write_text("<annotation")
    readings = read(workplace, "anna", "ben")
    assert len(readings.images) == 1
    assert [error.path.name for error in readings.errors] == ["1.xml", "2.xml"]


def test_a_folder_of_xml_is_a_reader_by_its_name(tmp_path: Path) -> None:
    workplace = write_workplace(tmp_path / "cohort", [{"anna": disc(0), "ben": disc(0)}])
    readings = read(workplace, "anna", str(tmp_path / "cohort/annotators/ben"))
    assert readings.readers == ("anna", "ben")


def test_readers_that_cannot_be_compared_are_refused_in_one_sentence(tmp_path: Path) -> None:
    workplace = write_workplace(tmp_path, [{"anna": disc(0)}, {"ben": disc(0)}])
    workplace.assign({"carla": ("0.png",)})
    for names, said in (
        (("anna", "dora"), "no annotator of this cohort"),
        (("anna", "carla"), "no annotations of carla yet"),
        (("anna", "anna"), "named twice"),
        (("anna", "ben"), "no image is annotated by all"),
    ):
        with pytest.raises(BadInputError, match=said):
            read(workplace, *names)


# --- the command


def test_the_command_prints_tables_and_names_what_it_left_out(tmp_path: Path) -> None:
    both = {"anna": [*disc(0), *disc(1)], "ben": [*disc(0), *disc(1, "bulge")]}
    write_workplace(tmp_path / "cohort", [both, both, {"anna": disc(0)}, both], patients="xyyz")
    (tmp_path / "cohort/annotators/ben/3.xml").write_text("")
    done = discern("agree", "cohort", "anna", "ben", folder=tmp_path)
    assert done.returncode == 1
    for said in ("2 images of 2 patients", "Cohen's kappa", "only ben", "1 image left out", "anna: 2.png"):
        assert said in done.stdout
    assert done.stderr.startswith("error: cohort/annotators/ben/3.xml: ")
    assert done.stderr.count("\n") == 1


def test_json_holds_everything_and_the_gallery_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = [
        {"anna": [*disc(0), *disc(1)], "ben": [*disc(0), *disc(1, "bulge")]},
        {"anna": [*disc(0), *disc(2)], "ben": disc(0)},
        {"anna": disc(0)},
    ]
    write_workplace(tmp_path, images, patients="xyy")
    agree(tmp_path, ["anna", "ben"], gallery=tmp_path / "page.html", as_json=True)
    printed = capsys.readouterr()
    content = json.loads(printed.out)
    assert content["comparisons"][0]["matched"]["kappa"]["items"] == 3
    assert content["some_only"] == [{"image": "2.png", "readers": ["anna"]}]
    assert "2 of 2 disagreements" in printed.err
    assert "different diagnosis" in (tmp_path / "page.html").read_text()


def test_patients_come_from_the_cohort_s_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = {"anna": disc(0), "ben": disc(0)}
    write_workplace(tmp_path, [both, both])
    agree(tmp_path, ["anna", "ben"])
    printed = capsys.readouterr()
    assert "2 images of 2 patients" in printed.out and "patient of its own" in printed.err
    (tmp_path / "images.csv").write_text("image,patient\n1.png,x\n")
    with pytest.raises(BadInputError, match=r"no row for 0\.png"):
        agree(tmp_path, ["anna", "ben"])


def test_where_disc_is_a_diagnosis_nothing_is_compared_or_merged(tmp_path: Path) -> None:
    write_workplace(tmp_path, [{"anna": disc(0, None), "ben": disc(0, None)}])
    named_label_set("cervical").write(tmp_path / "classes.txt")
    with pytest.raises(BadInputError, match="disc is a diagnosis"):
        agree(tmp_path, ["anna", "ben"])
    with pytest.raises(BadInputError, match="disc is a diagnosis"):
        form_panel(open_workplace(tmp_path), ["anna", "ben"], "senior")


def test_one_reader_alone_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter, match="two annotators"):
        agree(tmp_path, ["anna"])

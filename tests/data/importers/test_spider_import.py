"""SPIDER's volumes, masks and tables as a cohort."""

import csv
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from spider_download import (
    MIDDLE,
    SIZE,
    boxes,
    gray,
    spine,
    write_download,
    write_one,
    write_tables,
    write_volume,
)
from typer.testing import CliRunner

from annotation.boxes import pairwise_iou
from annotation.checking.folder import check_folder
from annotation.labels import DIAGNOSES, SLIP, read_label_set
from cli import app
from data.cohort import Cohort, CohortImage
from data.cohort_studies import studies_of
from data.folder import read_cohort
from data.importers.cohort_import import import_cohort
from data.importers.spider import open_spider
from data.importers.spider_boxes import slip_box
from data.importers.spider_tables import GRADINGS, read_gradings
from imaging.batch import Report
from imaging.pictures import read_picture
from imaging.volume import read_sagittal_volume

Edges = tuple[float, float, float, float]


@pytest.fixture(scope="module")
def download(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_download(tmp_path_factory.mktemp("spider") / "download")


@pytest.fixture(scope="module")
def imported(download: Path) -> tuple[Path, Report]:
    out = download.parent / "cohort"
    return out, import_cohort(open_spider(download), out)


@pytest.fixture(scope="module")
def folder(imported: tuple[Path, Report]) -> Path:
    return imported[0]


@pytest.fixture(scope="module")
def cohort(folder: Path) -> Cohort:
    return read_cohort(folder)


def middle(cohort: Cohort, series: str) -> CohortImage:
    return next(image for image in cohort.images if image.name == f"{series}_{MIDDLE:03d}.png")


def edges_of(image: CohortImage, *labels: str) -> set[Edges]:
    return {box.edges for box in image.boxes if box.label in labels}


def rows_of(folder: Path, table: str, image: str) -> list[dict[str, str]]:
    with (folder / table).open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["image"] == image]


def test_the_cohort_checks_clean(folder: Path) -> None:
    report = check_folder(folder, read_label_set(folder / "classes.txt"))
    assert report.problems == ()
    assert report.labels["disc"] == 28 * 6
    assert report.labels["vertebra"] == 20 * 6, "of two of seven slices the canal is out of the plane"


def test_whose_each_picture_is(cohort: Cohort) -> None:
    assert not cohort.excluded
    assert cohort.patients == ("1", "12", "152")
    whose = {image.name[:-8]: (image.patient, image.sex, image.age, image.kind) for image in cohort.images}
    assert whose == {
        "1_t1": ("1", "F", None, "sagittal T1"),
        "1_t2": ("1", "F", None, "sagittal T2"),
        "12_t2_SPACE": ("12", "M", None, "sagittal T2"),
        "152_t1": ("152", None, None, "sagittal T1"),
    }


@pytest.mark.parametrize("series", ["1_t1", "1_t2", "12_t2_SPACE"])
def test_boxes_are_those_of_discs_and_bodies_in_every_orientation(cohort: Cohort, series: str) -> None:
    image = middle(cohort, series)
    known = boxes()
    assert edges_of(image, "disc") == {edges for name, edges in known.items() if "-" in name}
    assert edges_of(image, "vertebra") == {edges for name, edges in known.items() if "-" not in name}
    cut_off = [box for box in image.boxes if box.truncated]
    assert [box.edges for box in cut_off if box.label == "vertebra"] == [known["T12"]]


def test_every_pixel_is_the_voxel_that_lies_there(download: Path, folder: Path, cohort: Cohort) -> None:
    for study in studies_of(cohort, folder):
        for place in (*study.sagittal, *study.sagittal_t1):
            volume = sitk.ReadImage(str(download / "images" / f"{place.series}.mha"))
            rows = rows_of(folder, "images.csv", place.image.name)
            slope, intercept = (float(rows[0][name]) for name in ("value_slope", "value_intercept"))
            pixels = slope * read_picture(place.image.path) + intercept
            for row, column in ((0, 0), (13, 40), (104, 55), (70, 3)):
                (point,) = place.geometry.to_patient([(column + 0.5, row + 0.5)])
                index = volume.TransformPhysicalPointToIndex(point.tolist())
                np.testing.assert_allclose(volume.TransformIndexToPhysicalPoint(index), point, atol=1e-3)
                assert pixels[row, column] == pytest.approx(volume.GetPixel(*index))


def test_herniation_outranks_bulge_and_a_slip_stands_besides(cohort: Cohort, folder: Path) -> None:
    image, known = middle(cohort, "1_t2"), boxes()
    assert edges_of(image, "herniation") == {known["L5-S1"]}
    assert edges_of(image, "bulge") == {known["L3-L4"]}
    assert edges_of(image, "normal") == {known[level] for level in ("L4-L5", "L2-L3", "L1-L2", "T12-L1")}
    left, top, right, bottom = known["L4-L5"]
    assert edges_of(image, SLIP) == {(left, top - 7, right, bottom + 7)}, "half of bodies of 14 pixels"
    assert image.annotated == {*DIAGNOSES, SLIP, "disc", "vertebra"}
    table = {row["level"]: row for row in rows_of(folder, "discs.csv", image.name)}
    assert list(table) == [level for level in known if "-" in level]
    assert table["L5-S1"] | {"image": "", "patient": ""} == {
        "image": "",
        "patient": "",
        "level": "L5-S1",
        **dict(zip(("xmin", "ymin", "xmax", "ymax"), map(str, known["L5-S1"]), strict=True)),
        **{"diagnosis": "herniation", "slip": "0", "herniation": "1", "bulging": "1", "narrowing": "1"},
        **{"modic": "2", "upper_endplate": "0", "lower_endplate": "1", "pfirrmann": "4"},
    }
    vertebrae = rows_of(folder, "vertebrae.csv", image.name)
    assert [(row["level"], row["partly"]) for row in vertebrae[-2:]] == [("L1", "0"), ("T12", "1")]


def test_where_a_disc_is_not_graded_diagnoses_are_not_annotated(cohort: Cohort, folder: Path) -> None:
    image = middle(cohort, "12_t2_SPACE")
    assert image.annotated == {"disc", "vertebra"}
    assert not edges_of(image, *DIAGNOSES, SLIP)
    table = {row["level"]: row["diagnosis"] for row in rows_of(folder, "discs.csv", image.name)}
    assert table["L3-L4"] == ""
    assert table["L4-L5"] == "bulge"


def test_rows_of_no_disc_and_missing_rows_are_warned_of_once(imported: tuple[Path, Report]) -> None:
    folder, report = imported
    assert [sentence.split("/")[-1] for sentence in report.warnings] == [
        "radiological_gradings.csv:13: IVD label 0 is no disc; this row is left out",
        "overview.csv: no row of 152_t1; sex, age and subset are left empty",
    ]
    assert (folder / "volumes.csv").read_text().splitlines() == [
        "series,patient,sequence,subset,pictures",
        "1_t1,1,t1,training,7",
        "1_t2,1,t2,training,7",
        "12_t2_SPACE,12,t2_SPACE,validation,7",
        "152_t1,152,t1,,7",
    ], "the outermost slices lie beside the spine"


def test_the_slip_box_is_that_of_the_real_sample(shared: Path) -> None:
    """At the disc that is graded as slipped. It differs where the sample's is smaller than the disc, which
    six of its thirty are."""
    agreement = []
    gradings = read_gradings(shared / "spider-sample" / GRADINGS).by_patient
    for image in read_cohort(shared / "spider-sample").images:
        discs = sorted((box for box in image.boxes if box.label == "disc"), key=lambda box: -box.ymax)
        numbered = {number: box.edges for number, box in enumerate(discs, start=1)}
        slips = [box.edges for box in image.boxes if box.label == SLIP]
        graded = gradings.get(image.patient, {})
        slipped = [number for number in numbered if slips and number in graded and graded[number].slip]
        ours = [slip_box(numbered, number, image.height) for number in slipped]
        agreement += pairwise_iou(slips, [edges for edges in ours if edges]).max(axis=1, initial=0).tolist()
    assert len(agreement) == 30
    assert np.median(agreement) > 0.98
    assert min(agreement) > 0.65


def test_only_the_wanted_sequences_and_slices(download: Path, tmp_path: Path) -> None:
    out = tmp_path / "cohort"
    arguments = ["import", "spider", download, "--out", out, "--sequence", "t2", "--sequence", "T2_space"]
    outcome = CliRunner().invoke(app, [*map(str, arguments), "--middle", "3"])
    assert outcome.exit_code == 0, outcome.output
    assert f"6 pictures in {out}" in " ".join(outcome.output.split())
    slices = [image.name for image in read_cohort(out).images]
    assert slices == [f"{name}_00{number}.png" for name in ("1_t2", "12_t2_SPACE") for number in (4, 5, 6)]


def test_a_sequence_that_spider_does_not_have_is_refused(download: Path, tmp_path: Path) -> None:
    arguments = ["import", "spider", str(download), "--out", str(tmp_path / "cohort"), "--sequence", "stir"]
    outcome = CliRunner().invoke(app, arguments)
    assert outcome.exit_code == 2
    assert "choose one of t1, t2, t2_SPACE" in outcome.output
    assert not (tmp_path / "cohort").exists()


def test_where_the_canal_is_out_of_the_plane_bodies_are_not_told(tmp_path: Path) -> None:
    mask = spine()
    beside = np.delete(np.arange(SIZE[0]), MIDDLE - 1)
    mask[:, :, beside] = np.where(mask[:, :, beside] == 100, 0, mask[:, :, beside])
    import_cohort(open_spider(write_one(tmp_path / "in", mask)), tmp_path / "out")
    images = {int(image.name[-7:-4]): image for image in read_cohort(tmp_path / "out").images}
    assert list(images) == [2, 3, 4, 5, 6, 7, 8]
    for number, image in images.items():
        assert len(edges_of(image, "disc")) == 6
        assert len(edges_of(image, "vertebra")) == (6 if number == MIDDLE else 0)
        assert ("vertebra" in image.annotated) == (number == MIDDLE)


def test_what_a_slice_only_grazes_has_no_box(tmp_path: Path) -> None:
    mask = spine()
    level = mask == 203
    mask[level] = 0
    mask[60, 20:22, :] = 203
    import_cohort(open_spider(write_one(tmp_path / "in", mask)), tmp_path / "out")
    image = middle(read_cohort(tmp_path / "out"), "7_t2")
    assert len(edges_of(image, "disc")) == 5


def test_a_slip_is_not_annotated_where_no_neighbouring_disc_is_seen(tmp_path: Path) -> None:
    mask = spine()
    mask[mask > 202] = 0
    mask[mask == 201] = 0
    folder = write_one(tmp_path / "in", mask)
    write_tables(folder, {7: {2: (0, 0, 0, 1, 0, 0, 0, 1)}}, {"7_t2": ("F", "training")})
    import_cohort(open_spider(folder), tmp_path / "out")
    image = middle(read_cohort(tmp_path / "out"), "7_t2")
    assert image.annotated == {*DIAGNOSES, "disc", "vertebra"}


def test_fractions_are_kept_to_half_a_step_that_all_slices_share(tmp_path: Path) -> None:
    folder = write_one(tmp_path / "in")
    values = gray(spine(), 3).astype(np.float32) * np.float32(0.37)
    values[0, 0], values[-1, -1] = -1000, 3096.25
    write_volume(folder / "images" / "7_t2.mha", values)
    assert not import_cohort(open_spider(folder, middle=3), tmp_path / "out").left_out
    volume = read_sagittal_volume(folder / "images" / "7_t2.mha")
    step = 4096.25 / 65535
    for number in (4, 5, 6):
        (row,) = rows_of(tmp_path / "out", "images.csv", f"7_t2_00{number}.png")
        pixels = read_picture(tmp_path / "out" / "images" / f"7_t2_00{number}.png").astype(np.float64)
        kept = float(row["value_slope"]) * pixels + float(row["value_intercept"])
        assert float(row["value_slope"]) == pytest.approx(step, rel=1e-9)
        np.testing.assert_allclose(kept, volume.slices[number - 1], atol=0.501 * step)


def test_values_stored_as_whole_floating_numbers_are_kept(tmp_path: Path) -> None:
    folder = write_one(tmp_path / "in")
    write_volume(folder / "images" / "7_t2.mha", gray(spine(), 3).astype(np.float64))
    assert not import_cohort(open_spider(folder, middle=1), tmp_path / "out").left_out
    volume = read_sagittal_volume(folder / "images" / "7_t2.mha")
    (row,) = rows_of(tmp_path / "out", "images.csv", "7_t2_005.png")
    pixels = read_picture(tmp_path / "out" / "images" / "7_t2_005.png").astype(np.float64)
    kept = float(row["value_slope"]) * pixels + float(row["value_intercept"])
    np.testing.assert_allclose(kept, volume.slices[4], atol=1e-6)

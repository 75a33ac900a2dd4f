from pathlib import Path

import pytest
from scenery import write_cohort

from annotation.labels import named_label_set
from annotation.views import named_view
from benchmarks.protocol import read_protocol
from benchmarks.protocol_file import generalised_systems, open_protocol, protocol_path
from benchmarks.runner import Run
from detectors.presets import preset
from errors import BadInputError
from imaging.windowing import Window

EMBEDDED = sorted(path.stem for path in protocol_path("lumbar").parent.glob("*.yaml"))
DETECTORS = [name for name in EMBEDDED if open_protocol(name).system == "detection"]


def protocol(folder: Path, *lines: str) -> str:
    """A protocol's file: a sound one, with these lines after it."""
    path = folder / "mine.yaml"
    path.write_text("\n".join(["view: anatomy", "detectors: [yolov5n]", *lines]) + "\n", encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", DETECTORS)
def test_embedded_protocols_are_sound(name: str) -> None:
    read = read_protocol(name)
    assert read.detectors
    assert named_view(read.view, named_label_set(read.label_set or "lumbar")).names


def test_lumbar_is_the_published_comparison() -> None:
    read = read_protocol("lumbar")
    assert list(read.detectors) == ["yolov3", "yolov5s", "ppyolov2"]
    assert read.folds == 5
    assert len(read.seeds) >= 2
    assert all(settings.image_size == 640 for settings in read.detectors.values())


def test_what_is_not_said_is_the_preset(tmp_path: Path) -> None:
    read = read_protocol(protocol(tmp_path))
    assert (read.title, read.view, read.folds, read.seeds) == ("mine", "anatomy", 5, (0,))
    assert read.detectors == {"yolov5n": preset("quick", "yolov5n")}
    assert read_protocol(protocol(tmp_path), from_scratch=True).detectors["yolov5n"].start_weights is None


def test_mixed_precision_is_switched_off_by_yamls_own_off(tmp_path: Path) -> None:
    read = read_protocol(protocol(tmp_path, "settings: {mixed_precision: off}"))
    assert read.detectors["yolov5n"].optimisation.mixed_precision is False


def test_pictures_of_some_series_alone(tmp_path: Path) -> None:
    cohort = write_cohort(tmp_path / "cohort", patients=3)
    table = (cohort / "images.csv").read_text(encoding="utf-8").splitlines()
    kinds = ["kind", "axial T2", "sagittal T2", "axial T2"]
    rows = [f"{row},{kind}" for row, kind in zip(table, kinds, strict=True)]
    (cohort / "images.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    path = protocol(tmp_path, "kinds: [axial T2]")
    _, _, chosen = Run(path, str(cohort), False, None, 1).open()
    assert chosen.patients == ("p0", "p2")
    with pytest.raises(BadInputError, match="no picture of a series axial T1"):
        Run(protocol(tmp_path, "kinds: [axial T1]"), str(cohort), False, None, 1).open()


def test_settings_for_all_and_for_one(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "view: anatomy\n"
        "settings: {epochs: 3, learning_rate: 1e-3, window: {kind: values, low: 10, high: 900}}\n"
        "detectors:\n"
        "  yolov5n:\n"
        "  yolov3-tiny:\n"
        "    {epochs: 5, method: sgd, augmentation: {scale: 0.5}, start_weights: mine.safetensors}\n"
    )
    nano, tiny = read_protocol(str(path)).detectors.values()
    assert (nano.epochs, tiny.epochs) == (3, 5)
    assert nano.optimisation.learning_rate == tiny.optimisation.learning_rate == 0.001
    assert (nano.optimisation.method, tiny.optimisation.method) == ("adamw", "sgd")
    assert nano.window == Window("values", 10, 900)
    assert tiny.augmentation.scale == 0.5
    assert tiny.start_weights == tmp_path / "mine.safetensors"


def test_patients_are_names_even_where_yaml_reads_numbers(tmp_path: Path) -> None:
    assert read_protocol(protocol(tmp_path, "held_out_patients: [17, p3]")).held_out_patients == (
        "17",
        "p3",
    )


def test_a_view_and_a_label_set_lie_beside_the_protocol(tmp_path: Path) -> None:
    (tmp_path / "mine-view.yaml").write_text("classes: {disc: [disc]}\n")
    (tmp_path / "classes.txt").write_text("disc\n")
    path = tmp_path / "mine.yaml"
    path.write_text("view: mine-view.yaml\nlabel_set: classes.txt\ndetectors: [yolov5n]\n")
    read = read_protocol(str(path))
    assert read.label_set is not None
    assert named_view(read.view, named_label_set(read.label_set)).names == ("disc",)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["vew: anatomy"], "unknown key 'vew'"),
        (["view: "], "'view' is missing"),
        (["view: [a, b]"], "view is"),
        (["detectors: "], "'detectors' is missing"),
        (["detectors: []"], "no detectors"),
        (["detectors: yolov5n"], "detectors is 'yolov5n'"),
        (["detectors: 5"], "detectors is 5"),
        (["detectors: [yolov9]"], "unknown detector 'yolov9'"),
        (["detectors: {yolov5n: 5}"], "yolov5n is 5"),
        (["preset: fast"], "unknown preset 'fast'"),
        (["preset: [quick]"], "preset"),
        (["folds: 1"], "folds"),
        (["folds: five"], "folds is 'five'"),
        (["folds: 2.5"], "folds is 2.5"),
        (["fold_seed: x"], "fold_seed"),
        (["seeds: 3"], "seeds is 3"),
        (["seeds: []"], "seeds"),
        (["seeds: [0, 0]"], "seeds"),
        (["seeds: [a]"], "seeds is 'a'"),
        (["start_weights_rows: perhaps"], "start_weights_rows"),
        (["held_out_patients: 5"], "held_out_patients is 5"),
        (["settings: 5"], "settings is 5"),
        (["settings: {epoch: 5}"], "unknown setting 'epoch'"),
        (["settings: {seed: 5}"], "unknown setting 'seed'"),
        (["settings: {epochs: many}"], "epochs is 'many'"),
        (["settings: {epochs: -1}"], "epochs"),
        (["settings: {batch_size: 0}"], "batch_size"),
        (["settings: {image_size: 100}"], "image_size is 100"),
        (["settings: {image_size: 0}"], "image_size is 0"),
        (["settings: {learning_rate: fast}"], "learning_rate is 'fast'"),
        (["settings: {learning_rate: -1}"], "learning_rate is -1"),
        (["settings: {method: adam}"], "method is 'adam'; give one of sgd, adamw"),
        (["settings: {window: 5}"], "window"),
        (["settings: {window: {kind: wide}}"], "kind is 'wide'"),
        (["settings: {window: {low: 9, high: 1}}"], "window from 9"),
        (["settings: {window: {width: 9}}"], "unknown key 'width' in window"),
        (["settings: {augmentation: {flip: 0.5}}"], "unknown key 'flip'"),
        (["settings: {augmentation: {scale: -0.5}}"], "scale is -0.5"),
        (["settings: {start_weights: [a]}"], "start_weights is"),
        (["view: ["], "not YAML"),
        (["- 5"], "not YAML"),
        (["system: cranial"], "system is 'cranial'"),
        (["system: axial"], "another system"),
        (["paper: {title: a}"], "'data' is missing in paper"),
        (["paper: few-patients"], "a protocol without a paper"),
        (["phantom: {patients: 0}"], "patients 0"),
        (["phantom: {patients: 3, variant: cranial}"], "unknown phantom 'cranial'"),
        (["phantom: {patients: 3, series: [coronal T2]}"], "no series 'coronal T2'"),
    ],
)
def test_every_mistake_is_one_sentence_that_names_the_file(
    tmp_path: Path, lines: list[str], message: str
) -> None:
    path = protocol(tmp_path, *lines)
    with pytest.raises(BadInputError) as caught:
        read_protocol(str(path))
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"- a list", b"a text", b"\xff\xfe\x00", b"\x00"])
def test_what_is_no_protocol_at_all(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    with pytest.raises(BadInputError, match=r"mine\.yaml: [^\n]+$"):
        read_protocol(str(path))


def test_missing_protocols_say_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="lumbar"):
        read_protocol("lumber")
    with pytest.raises(BadInputError, match=tmp_path.name):
        read_protocol(str(tmp_path))


def test_a_quick_form_stands_for_what_it_names(tmp_path: Path) -> None:
    path = protocol(tmp_path, "folds: 4", "quick: {folds: 2, detectors: [yolov3-tiny]}")
    whole, quick = read_protocol(path), read_protocol(path, quick=True)
    assert (whole.folds, list(whole.detectors)) == (4, ["yolov5n"])
    assert (quick.folds, list(quick.detectors), quick.view) == (2, ["yolov3-tiny"], whole.view)
    with pytest.raises(BadInputError, match="no quick form"):
        read_protocol(protocol(tmp_path), quick=True)


def test_a_paper_may_be_that_of_another_protocol(tmp_path: Path) -> None:
    read = read_protocol(protocol(tmp_path, "paper: lumbar"))
    assert read.paper == read_protocol("lumbar").paper
    assert read.paper is not None and read.paper.detectors["PP-YOLOv2"].ap["normal"] == 0.9384


def test_the_four_published_systems_are_listed() -> None:
    systems = generalised_systems()
    assert {item.name for item in systems} == {"lumbar", "axial", "cervical", "fracture"}
    for item in systems:
        assert item.paper is not None and item.paper.data
        assert open_protocol(item.name, quick=True).phantom is not None

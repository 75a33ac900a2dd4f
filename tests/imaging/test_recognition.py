import pytest
from hypothesis import given
from hypothesis import strategies as st
from mr_files import T1, T2, axial, sagittal
from pydicom.dataset import Dataset

from imaging.geometry import SliceGeometry
from imaging.recognition import orientation, recognise
from imaging.study import SeriesKind

INVERTED = {"ScanningSequence": ["SE", "IR"]}
GRADIENT = {"ScanningSequence": "GR", "EchoTime": 15, "RepetitionTime": 700}


def header(**attributes: object) -> Dataset:
    dataset = Dataset()
    for keyword, value in {"ScanningSequence": "SE", **attributes}.items():
        setattr(dataset, keyword, value)
    return dataset


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        (T1, "sagittal T1"),
        (T2, "sagittal T2"),
        ({**INVERTED, "EchoTime": 60, "RepetitionTime": 4000, "InversionTime": 160}, "sagittal STIR"),
        ({**INVERTED, "EchoTime": 9, "RepetitionTime": 2000, "InversionTime": 860}, "sagittal T1"),
        # The times say more than the name.
        ({**T2, "SeriesDescription": "t1_tse_sag"}, "sagittal T2"),
        # Where they do not decide, the name does.
        ({"EchoTime": 50, "RepetitionTime": 2000, "SeriesDescription": "SAG T2 FSE"}, "sagittal T2"),
        ({**GRADIENT, "SeriesDescription": "T2* axial"}, "other"),
        ({"SeriesDescription": "t2_tirm_sag"}, "sagittal STIR"),
        ({"ProtocolName": "T1 TSE"}, "sagittal T1"),
        ({"SeriesDescription": "survey"}, "other"),
        ({"EchoTime": "", "RepetitionTime": None}, "other"),
    ],
)  # fmt: skip
def test_weighting_by_timing_then_by_name(attributes: dict[str, object], kind: str) -> None:
    assert recognise(header(**attributes), 0, [sagittal(0), sagittal(4)]) == kind


@given(st.floats(-45, 45))
def test_axial_slices_angled_to_a_disc_are_axial(tilt: float) -> None:
    assert orientation(axial(0, tilt)) == "axial"
    assert recognise(header(**T2), 0, [axial(0, tilt), axial(30, 0)]) == SeriesKind.AXIAL_T2


def test_a_steep_block_along_the_lowest_disc_is_still_axial() -> None:
    blocks = [axial(40, 0), axial(44, 0), axial(0, 10), axial(4, 10), axial(-40, 52), axial(-36, 52)]
    assert orientation(blocks[-1]) != "axial"
    assert recognise(header(**T2), 0, blocks) == SeriesKind.AXIAL_T2


def test_a_localiser_in_several_orientations_is_none_of_them() -> None:
    assert recognise(header(**T2), 0, [axial(0), sagittal(0)]) == SeriesKind.OTHER


def test_coronal_slices_are_neither_sagittal_nor_axial() -> None:
    coronal = SliceGeometry((0, 0, 0), (1, 0, 0), (0, 0, -1), (1, 1), 8, 8)
    assert orientation(coronal) == "coronal"
    assert recognise(header(**T2), 0, [coronal]) == SeriesKind.OTHER

"""What many studies take, by arithmetic from what one was measured to cost."""

from batch.scale import ScaleCosts, StudyCost


def test_many_studies_by_arithmetic() -> None:
    """Two cores that finish a study every 1.8 s need one core for 3.6 s: a thousandth of an hour."""
    sizes = {
        "DICOM": 9_000_000,
        "through the object store": 7_000_000,
        ".json": 20_000,
        ".pdf": 480_000,
        "note": 50_000,
    }
    costs = ScaleCosts((StudyCost("here", 9, 9, 400), StudyCost("Ray, two actors", 1.8, 9, 400)), (), sizes)
    assert costs.of_many(100_000) == {
        "studies": 100_000,
        "core hours": 100.0,
        "hours on 16 cores": 6.2,
        "hours on 64 cores": 1.6,
        "hours on 256 cores": 0.4,
        "GB written": 60.0,
        "GB written, results alone": 2.0,
    }

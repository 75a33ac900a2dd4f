"""The functional groups of multi-frame images."""

from pydicom.dataset import Dataset


def functional_group(dataset: Dataset, frame: int, name: str) -> Dataset | None:
    """The item of a functional group that holds for a frame (from 0): its own or the shared one
    (PS3.3 C.7.6.16); None for other images and where there is none."""
    per_frame = dataset.get("PerFrameFunctionalGroupsSequence") or []
    shared = dataset.get("SharedFunctionalGroupsSequence") or []
    for groups in (per_frame[frame : frame + 1], shared[:1]):
        for group in groups:
            if group.get(name):
                return group[name][0]
    return None

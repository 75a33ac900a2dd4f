"""The activation maps of a result, by the slices of a case that they lie over."""

from dataclasses import replace
from pathlib import Path

from report_scenes import with_maps, write_scene

from reading.cases.activation_maps import SliceMap, maps_of
from reading.cases.pictures import series_of


def test_each_map_lies_over_the_slice_that_it_is_of(tmp_path: Path) -> None:
    scene = write_scene(tmp_path)
    sagittal, axial = series_of(tmp_path)
    assert maps_of(scene.result, (sagittal, axial)) == []
    first, second, *others = with_maps(scene.result).slices
    mapped = replace(scene.result, slices=(replace(first, activation=None), second, *others))
    assert second.activation is not None
    maps = maps_of(mapped, (sagittal, axial))
    place = [item.instance for item in axial.slices].index(second.instance)
    assert SliceMap(axial.number, place, second.activation.rows, second.activation.seen) in maps
    assert {item.series for item in maps} == {axial.number}
    shown = {axial.slices[item.slice].instance for item in maps}
    assert shown == {item.instance for item in mapped.slices} - {first.instance}
    assert maps_of(mapped, (sagittal,)) == []

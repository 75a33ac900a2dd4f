"""The contact page of a batch."""

from dataclasses import replace
from pathlib import Path

import pytest
from lxml import html
from report_scenes import Scene, herniated, with_maps, write_scene

from reporting.contact import FailedStudy, study_card, write_contact_page

NASTY = "\"><script>alert(1)</script>&'{{ 7 * 7 }}"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return write_scene(tmp_path_factory.mktemp("contact") / "study")


def test_a_card_has_picture_findings_doubts_and_links(scene: Scene, tmp_path: Path) -> None:
    result = replace(scene.result, findings=(herniated(),), doubts=("S1 is out of view",))
    card = study_card(result, scene.pictures, "case 7.pdf", "a:b#1.json")
    write_contact_page([card], [], tmp_path / "index.html")
    page = html.fromstring((tmp_path / "index.html").read_text())
    assert page.xpath("//h3/text()") == ["case 7"]
    assert page.xpath("//img/@src")[0].startswith("data:image/jpeg;base64,/9j/")
    assert "L4-L5: herniation, left subarticular" in page.xpath("//li/ul/li | //div/ul/li")[0].text_content()
    assert "S1 is out of view" in page.xpath("//p[@class='doubts']")[-1].text_content()
    assert page.xpath("//a/@href") == ["./case%207.pdf", "./a%3Ab%231.json"]


def test_activation_maps_of_abnormal_discs_stand_on_the_card_when_asked_for(
    scene: Scene, tmp_path: Path
) -> None:
    result = with_maps(replace(scene.result, findings=(herniated(),)))
    cards = [study_card(result, scene.pictures, maps=True) for _ in range(2)]
    assert study_card(result, scene.pictures).maps == ()
    write_contact_page(cards, [], tmp_path / "index.html")
    page = html.fromstring((tmp_path / "index.html").read_text())
    assert page.xpath("//figcaption/text()") == ["L4-L5: normal"] * 2
    assert len(page.xpath("//figure/img[starts-with(@src, 'data:image/jpeg;base64,/9j/')]")) == 2
    assert len([text for text in page.xpath("//p/text()") if "no segmentation" in text]) == 1


def test_failed_studies_are_named_with_their_reason(tmp_path: Path) -> None:
    write_contact_page([], [FailedStudy("case 8", "a damaged ZIP; pack it again")], tmp_path / "index.html")
    page = html.fromstring((tmp_path / "index.html").read_text())
    assert "0 read, 1 failed." in page.text_content()
    (failed,) = page.xpath("//ul[@class='failed']/li")
    assert failed.text_content() == "case 8a damaged ZIP; pack it again"


def test_everything_is_escaped(scene: Scene, tmp_path: Path) -> None:
    result = replace(scene.result, study=NASTY, doubts=(NASTY,), findings=())
    card = study_card(result, scene.pictures, f"{NASTY}.pdf")
    write_contact_page([card], [FailedStudy(NASTY, NASTY)], tmp_path / "index.html")
    page = html.fromstring((tmp_path / "index.html").read_text())
    assert page.xpath("//script") == []
    assert page.xpath("//h3/text() | //b/text()") == [NASTY, NASTY]
    assert not any("<" in address or '"' in address for address in page.xpath("//a/@href"))


def test_the_page_needs_no_network_and_appears_alone(scene: Scene, tmp_path: Path) -> None:
    card = study_card(scene.result, replace(scene.pictures, sagittal=None))
    write_contact_page([card], [], tmp_path / "index.html")
    text = (tmp_path / "index.html").read_text()
    assert "http:" not in text and "https:" not in text and "url(" not in text
    assert "no sagittal picture" in text
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]

"""The contact page of a batch."""

from dataclasses import replace

import pytest
from lxml import html
from report_scenes import Scene, herniated, with_maps, write_scene

from reporting.contact import FailedStudy, contact_page, study_card

NASTY = "\"><script>alert(1)</script>&'{{ 7 * 7 }}"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return write_scene(tmp_path_factory.mktemp("contact") / "study")


def test_a_card_has_picture_findings_doubts_and_links(scene: Scene) -> None:
    result = replace(scene.result, findings=(herniated(),), doubts=("S1 is out of view",))
    card = study_card(result, scene.pictures, "case 7.pdf", "a:b#1.json")
    page = html.fromstring(contact_page([card]))
    assert page.xpath("//h3/text()") == ["case 7"]
    assert page.xpath("//img/@src")[0].startswith("data:image/jpeg;base64,/9j/")
    assert "L4-L5: herniation, left subarticular" in page.xpath("//li/ul/li | //div/ul/li")[0].text_content()
    assert "S1 is out of view" in page.xpath("//p[@class='doubts']")[-1].text_content()
    assert page.xpath("//a/@href") == ["./case%207.pdf", "./a%3Ab%231.json"]


def test_activation_maps_of_abnormal_discs_stand_on_the_card_when_asked_for(
    scene: Scene,
) -> None:
    result = with_maps(replace(scene.result, findings=(herniated(),)))
    cards = [study_card(result, scene.pictures, maps=True) for _ in range(2)]
    assert study_card(result, scene.pictures).maps == ()
    page = html.fromstring(contact_page(cards))
    assert page.xpath("//figcaption/text()") == ["L4-L5: normal"] * 2
    assert len(page.xpath("//figure/img[starts-with(@src, 'data:image/jpeg;base64,/9j/')]")) == 2
    assert len([text for text in page.xpath("//p/text()") if "no segmentation" in text]) == 1


def test_failed_studies_are_named_with_their_reason() -> None:
    page = html.fromstring(contact_page([], [FailedStudy("case 8", "a damaged ZIP; pack it again")]))
    assert "0 read, 1 failed." in page.text_content()
    (failed,) = page.xpath("//ul[@class='failed']/li")
    assert failed.text_content() == "case 8a damaged ZIP; pack it again"


def test_everything_is_escaped(scene: Scene) -> None:
    result = replace(scene.result, study=NASTY, doubts=(NASTY,), findings=())
    card = study_card(result, scene.pictures, f"{NASTY}.pdf")
    page = html.fromstring(contact_page([card], [FailedStudy(NASTY, NASTY)]))
    assert page.xpath("//script") == []
    assert page.xpath("//h3/text() | //b/text()") == [NASTY, NASTY]
    assert not any("<" in address or '"' in address for address in page.xpath("//a/@href"))


def test_the_page_needs_no_network(scene: Scene) -> None:
    card = study_card(scene.result, replace(scene.pictures, sagittal=None))
    text = contact_page([card])
    assert "http:" not in text and "https:" not in text and "url(" not in text
    assert "no sagittal picture" in text


def test_a_large_batch_has_pages_that_lead_to_each_other() -> None:
    pages = ("index.html", "index-2.html", "index-3.html")
    failed = [FailedStudy("case 8", "a damaged ZIP; pack it again")]
    first, second, last = (
        html.fromstring(contact_page([], failed if number == 0 else (), pages, number, read=1402))
        for number in range(3)
    )
    assert "1,402 read, 1 failed." in first.text_content()
    assert first.xpath("//nav[1]/a/@href") == ["./index-2.html"]
    assert second.xpath("//nav[1]/a/@href") == ["./index.html", "./index-3.html"]
    assert last.xpath("//nav[1]/a/@href") == ["./index-2.html"]
    assert second.xpath("//nav/span/text()") == ["page 2 of 3"] * 2
    assert [page.xpath("//b/text()") for page in (first, second, last)] == [["case 8"], [], []]

"""docs/checking.md says what the code does."""

from pathlib import Path

from annotation.problems import Kind

PAGE = Path(__file__).parents[2] / "docs" / "checking.md"


def test_every_problem_is_documented_with_its_severity_and_remedy() -> None:
    lines = (line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| "))
    _, _, *rows = ([cell.strip() for cell in line.strip("|").split(" | ")] for line in lines)
    documented = [
        (name, severity, plain(remedy), fixed == "yes") for name, severity, _, remedy, fixed in rows
    ]
    assert documented == [(kind.title, kind.severity, plain(kind.remedy), kind.fixable) for kind in Kind]


def plain(text: str) -> str:
    """Without Markdown's marks for code, which keep tags visible."""
    return text.replace("`", "")

"""The page of a benchmark's report, one HTML file from a template of this room and its frame."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks.tables import interval


def page(template: str, **content: Any) -> str:
    """``template``: its path in this room."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["interval"] = interval
    return environment.get_template(template).render(**content)

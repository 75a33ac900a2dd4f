"""The app's own routes, beside Streamlit's: by theme, each made by ``web.access``."""

from collections.abc import Callable

from starlette.routing import Route

from web.routes import assignments, cases, open_readings, people, results, studies
from web.service import Service

_THEMES = (people, assignments, cases, studies, results, open_readings)


def all_routes(service: Callable[[], Service]) -> list[Route]:
    """Every route of the app; ``service`` is first called when the first request comes."""
    return [route for theme in _THEMES for route in theme.routes(service)]

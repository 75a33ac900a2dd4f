"""The app's own routes, beside Streamlit's: by theme, each made by ``web.access``."""

from collections.abc import Callable

from starlette.routing import Route

from web.routes import assignments, cases, people, studies
from web.service import Service


def all_routes(service: Callable[[], Service]) -> list[Route]:
    """Every route of the app; ``service`` is first called when the first request comes."""
    return [route for theme in (people, assignments, cases, studies) for route in theme.routes(service)]

"""What the subcommands that can run on a Ray cluster share."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from errors import BadInputError

if TYPE_CHECKING:
    from cluster.joining import RayCluster

Address = Annotated[
    str | None, typer.Option(help="Ray: HOST:PORT; the cluster of this machine where not given.")
]


@contextmanager
def needs_ray() -> Iterator[None]:
    """For imports of what needs Ray. Raises BadInputError where it is not installed."""
    try:
        yield
    except ModuleNotFoundError as missing:
        raise BadInputError(
            "Ray", f"{missing.name} is not installed; `pip install 'discern-spine[ray]'` brings it"
        ) from None


def join_cluster(address: str | None) -> "RayCluster":
    """Raises BadInputError where Ray is not installed, or no cluster answers."""
    with needs_ray():
        from cluster.joining import RayCluster
    return RayCluster.join(address or "auto")

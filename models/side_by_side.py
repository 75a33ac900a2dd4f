"""Several pictures looked at side by side, for graphs that were opened for as many callers."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Seen = TypeVar("Seen")


def each(look: Callable[..., Seen], at_once: int, *items: Sequence[object]) -> Iterator[Seen]:
    """What is seen on each of several pictures, in their order, so many ``at_once``; further ``items`` go
    with them. Networks that share no work do not wait for one another at every layer."""
    if at_once == 1:
        yield from map(look, *items)
        return
    with ThreadPoolExecutor(at_once) as threads:
        yield from threads.map(look, *items)

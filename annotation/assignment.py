"""Who annotates what: images dealt out to annotators, several to an image, balanced, by a seed."""

import random
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from errors import BadInputError

Group = tuple[str, ...]
"""Images that the same annotators see: those of one patient, or one image."""


def deal_out(
    groups: Sequence[Group],
    annotators: Sequence[str],
    done: Mapping[str, Collection[str]],
    times: int = 2,
    overlap: float = 1.0,
    seed: int = 0,
) -> dict[str, tuple[str, ...]]:
    """Image names by annotator, in the order of the groups.

    A share ``overlap`` of the groups goes to ``times`` annotators each, the rest to one. The largest
    groups are dealt first, each to those who have the fewest images so far: nobody gets more than one
    group more than another (Graham, SIAM J Appl Math 1969; 17: 416-429). The seed decides between equals.

    ``done`` are images annotated already, by annotator: these stay with theirs, and so does a group of
    which one of ``annotators`` has annotated anything; all else is dealt anew. Who is no longer among
    ``annotators`` keeps what is done and gets nothing more. Raises BadInputError for fewer annotators
    than ``times`` and for a name that stands twice.
    """
    names = sorted(annotators)
    _refuse(names, times)
    chance = random.Random(seed)
    holders = {group: _holders(group, names, done) for group in groups}
    shuffled = chance.sample(list(groups), len(groups))
    shared = set(sorted(shuffled, key=lambda group: -len(holders[group]))[: round(overlap * len(groups))])
    given = {name: set(done.get(name, ())) for name in {*names, *done}}
    for group in groups:
        for name in holders[group] & set(names):
            given[name].update(group)
    for group in sorted(shuffled, key=len, reverse=True):
        missing = (times if group in shared else 1) - len(holders[group])
        free = [name for name in names if name not in holders[group]]
        free.sort(key=lambda name: (len(given[name]), chance.random()))
        for name in free[: max(0, missing)]:
            given[name].update(group)
    order = {image: place for place, image in enumerate(image for group in groups for image in group)}
    last = len(order)  # annotated, but no longer among the groups
    return {
        name: tuple(sorted(images, key=lambda image: (order.get(image, last), image)))
        for name, images in sorted(given.items())
        if images or name in names
    }


def _refuse(names: list[str], times: int) -> None:
    for name, following in pairwise(names):
        if name == following:
            raise BadInputError(name, "stands twice among the annotators; name each once")
    if len(names) < times:
        raise BadInputError(
            ", ".join(names),
            f"too few to annotate an image {times} times; name {times - len(names)} more or lower --times",
        )


def _holders(group: Group, names: Collection[str], done: Mapping[str, Collection[str]]) -> set[str]:
    """Who keeps a group: those who have begun it, and of those who left, who has finished it."""
    return {
        name
        for name, images in done.items()
        if (any if name in names else all)(image in images for image in group)
    }

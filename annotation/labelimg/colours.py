"""One colour for each class, the same in LabelImg and in the guide for annotators."""

Colour = tuple[int, int, int]
"""Red, green, blue, 0 to 255."""

CLASS_COLOURS: dict[str, Colour] = {
    "normal": (0, 210, 0),
    "bulge": (255, 220, 0),
    "herniation": (255, 60, 60),
    "spondylolisthesis": (255, 80, 255),
    "vertebra": (90, 150, 255),
    "disc": (0, 230, 230),
}
"""Light enough for black letters on them, and to be seen on a dark image."""

_OTHERS: tuple[Colour, ...] = ((255, 150, 50), (190, 150, 255), (160, 220, 120), (255, 170, 170))


def colour_of(label: str) -> Colour:
    """A class's colour; ``herniation (anna)`` has that of ``herniation``."""
    name = label.partition(" (")[0]
    return CLASS_COLOURS.get(name) or _OTHERS[sum(name.encode()) % len(_OTHERS)]

"""The surroundings of a thing: a background or a scene, and clutter. The sides of the picture run from 0 to 1."""

from random import Random

from textlab.data.sources.catalogue.drawing.shapes import (
    Point,
    Shape,
    arc,
    between,
    box,
    ellipse,
    one_of,
    polygon,
    star,
    stroke,
)


def background(random: Random) -> list[Shape]:
    """Draw a studio background, which says nothing about the use."""
    return [box("wall", 0, 0, 1, 1), *one_of(random, BACKGROUNDS)(random)]


def scene(random: Random, use: str) -> list[Shape]:
    """Draw the place in which an article is used: a camp, an office or a nursery."""
    return list(SCENES[use](random))


def clutter(random: Random) -> list[Shape]:
    """Draw up to two small things, such as price tags, near the edges; they may cover a part of the article."""
    drawn = []
    for _ in range(int(random.random() * 3)):
        x, y = one_of(random, (between(random, 0.0, 0.2), between(random, 0.8, 1.0))), between(random, 0.05, 0.95)
        size = between(random, 0.03, 0.08)
        drawn.append(
            one_of(
                random,
                (
                    ellipse("tag", x, y, size, size),
                    star("tag", x, y, size * 1.4, 9),
                    box("paper", x - size, y - size / 2, x + size, y + size / 2),
                    polygon("floor", (x, y - size), (x + size, y + size), (x - size, y + size)),
                ),
            )
        )
    return drawn


def _plain(random: Random) -> list[Shape]:
    return []


def _table(random: Random) -> list[Shape]:
    return [box("floor", 0, between(random, 0.6, 0.85), 1, 1)]


def _stripes(random: Random) -> list[Shape]:
    count = 3 + int(random.random() * 5)
    return [box("floor", k / count, 0, (k + 0.5) / count, 1) for k in range(count)]


def _dots(random: Random) -> list[Shape]:
    step, size = between(random, 0.14, 0.24), between(random, 0.02, 0.05)
    places = [step * (k + 0.5) for k in range(int(1 / step) + 1)]
    return [ellipse("floor", x, y, size, size) for x in places for y in places]


def _disc(random: Random) -> list[Shape]:
    size = between(random, 0.35, 0.5)
    return [ellipse("floor", between(random, 0.4, 0.6), between(random, 0.4, 0.6), size, size)]


BACKGROUNDS = (_plain, _plain, _table, _stripes, _dots, _disc)


def _camp(random: Random) -> list[Shape]:
    horizon, peak = between(random, 0.5, 0.65), between(random, 0.1, 0.3)
    side = one_of(random, (0.0, 1.0))
    return [
        box("sky", 0, 0, 1, 1),
        ellipse("glow", 1 - abs(side - 0.15), 0.13, 0.08, 0.08),
        polygon("rock", (-0.2, horizon), (between(random, 0.2, 0.4), peak), (0.8, horizon)),
        polygon("rock", (0.4, horizon), (between(random, 0.7, 0.9), peak + 0.1), (1.3, horizon)),
        box("grass", 0, horizon, 1, 1),
        *(
            shape
            for _ in range(2 + int(random.random() * 3))
            for shape in _tree((between(random, 0.0, 1.0), horizon), between(random, 0.15, 0.35))
        ),
        polygon(
            "tent",
            (abs(side - 0.02), horizon + 0.2),
            (abs(side - 0.17), horizon - 0.12),
            (abs(side - 0.34), horizon + 0.2),
        ),
    ]


def _tree(foot: Point, size: float) -> list[Shape]:
    x, y = foot
    return [
        stroke("wood", (x, y), (x, y - size * 0.4), size * 0.15),
        polygon("leaf", (x - size * 0.4, y - size * 0.25), (x, y - size * 1.2), (x + size * 0.4, y - size * 0.25)),
    ]


def _office(random: Random) -> list[Shape]:
    desk = between(random, 0.65, 0.8)
    blinds = 5 + int(random.random() * 4)
    left = between(random, 0.02, 0.2)
    right = left + between(random, 0.4, 0.6)
    return [
        box("wall", 0, 0, 1, 1),
        box("sky", left, 0.05, right, 0.55),
        *(
            stroke("paper", (left, 0.05 + 0.5 * k / blinds), (right, 0.05 + 0.5 * k / blinds), 0.025)
            for k in range(blinds)
        ),
        *(box("rock", 0.8, 0.1 + 0.14 * k, 0.98, 0.2 + 0.14 * k) for k in range(3)),
        box("wood", 0, desk, 1, 1),
        box("rock", 0.03, desk - 0.28, 0.3, desk - 0.06),
        box("sky", 0.05, desk - 0.26, 0.28, desk - 0.08),
        stroke("rock", (0.165, desk - 0.08), (0.165, desk + 0.02), 0.05),
        box("paper", 0.72, desk + 0.04, 0.95, desk + 0.12),
    ]


def _nursery(random: Random) -> list[Shape]:
    floor = between(random, 0.7, 0.82)
    colours = ("tent", "tag", "glow", "leaf")
    balloons = [(between(random, 0.05, 0.95), between(random, 0.1, 0.3)) for _ in range(3)]
    blocks = [between(random, 0.0, 0.9) for _ in range(4)]
    return [
        box("wall", 0, 0, 1, 1),
        *(star("glow", between(random, 0, 1), between(random, 0.05, 0.6), 0.05) for _ in range(4)),
        *(stroke("paper", (x, y), (x + 0.03, y + 0.35), 0.015) for x, y in balloons),
        *(ellipse(one_of(random, colours), x, y, 0.08, 0.1) for x, y in balloons),
        box("floor", 0, floor, 1, 1),
        *(box(one_of(random, colours), x, floor + 0.02, x + 0.13, floor + 0.15) for x in blocks),
        arc("tag", (0.5, floor), (0.42, 0.5), (0.5, 1.0), 0.04),
        arc("leaf", (0.5, floor), (0.36, 0.44), (0.5, 1.0), 0.04),
    ]


SCENES = {"camping": _camp, "office": _office, "nursery": _nursery}

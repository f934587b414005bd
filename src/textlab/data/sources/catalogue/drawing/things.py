"""The things on the pictures. Each is drawn in one of several forms, within about one unit around the origin."""

from random import Random

from textlab.data.sources.catalogue.drawing.shapes import Shape, arc, between, box, ellipse, one_of, polygon, stroke


def thing(random: Random, name: str) -> list[Shape]:
    """Draw a mug, bag or chair in one of its forms."""
    return list(one_of(random, FORMS[name])(random))


def parcel(random: Random) -> list[Shape]:
    """Draw a closed parcel, which does not show what is in it."""
    width, height, depth = between(random, 0.5, 0.85), between(random, 0.4, 0.75), between(random, 0.15, 0.35)
    tape, top = between(random, 0.06, 0.12), -height + depth
    right, back = width + depth, -height
    return [
        box("wood", -width, top, width, height),
        polygon("paper", (-width, top), (-width + depth, back), (right, back), (width, top)),
        polygon("drink", (width, top), (right, back), (right, height - depth), (width, height)),
        box("accent", -tape, top, tape, height),
        box("paper", -width * 0.8, height * 0.1, -width * 0.3, height * 0.6),
    ]


def _straight_mug(random: Random) -> list[Shape]:
    width, height, taper = between(random, 0.4, 0.6), between(random, 0.5, 0.8), between(random, -0.05, 0.15)
    handle = between(random, 0.22, 0.36)
    drawn = [
        arc("dark", (width - 0.02, 0.0), (handle, height * 0.55), (-0.25, 0.25), between(random, 0.1, 0.16)),
        box("body", -width, -height, width, height, taper),
        ellipse("body", 0, height, width - taper, 0.12),
        ellipse("light", 0, -height, width, 0.16),
        ellipse("drink", 0, -height + 0.02, width * 0.85, 0.11),
    ]
    if random.random() < 0.5:
        drawn.insert(
            3, box("accent", -width * 0.97 + taper / 2, -0.15, width * 0.97 - taper / 2, between(random, 0.0, 0.25))
        )
    return drawn


def _cup_and_saucer(random: Random) -> list[Shape]:
    width, height = between(random, 0.5, 0.65), between(random, 0.35, 0.5)
    return [
        ellipse("light", 0, height + 0.08, width * 1.5, 0.17),
        ellipse("dark", 0, height + 0.06, width, 0.1),
        arc("body", (width * 0.9, -0.05), (0.24, height * 0.5), (-0.25, 0.25), 0.1),
        box("body", -width, -height, width, height, width * 0.4),
        ellipse("light", 0, -height, width, 0.15),
        ellipse("drink", 0, -height + 0.02, width * 0.85, 0.1),
    ]


def _backpack(random: Random) -> list[Shape]:
    width, height = between(random, 0.5, 0.65), between(random, 0.65, 0.85)
    return [
        arc("dark", (0, -height), (0.16, 0.16), (0.5, 1.0), 0.08),
        ellipse("body", 0, -height * 0.45, width, height * 0.55),
        box("body", -width, -height * 0.45, width, height),
        box("dark", -width * 1.15, height * 0.2, -width, height * 0.85),
        box("dark", width, height * 0.2, width * 1.15, height * 0.85),
        box("light", -width * 0.75, height * 0.15, width * 0.75, height * 0.85),
        stroke("dark", (-width * 0.75, height * 0.3), (width * 0.75, height * 0.3), 0.05),
        stroke("dark", (-width * 0.9, -height * 0.3), (width * 0.9, -height * 0.3), 0.05),
        ellipse("accent", 0, height * 0.55, 0.1, 0.1),
    ]


def _handbag(random: Random) -> list[Shape]:
    width, height = between(random, 0.6, 0.85), between(random, 0.4, 0.6)
    return [
        arc("dark", (0, -height + 0.05), (width * 0.5, between(random, 0.3, 0.5)), (0.5, 1.0), 0.09),
        box("body", -width, -height, width, height, -between(random, 0.0, 0.15)),
        polygon("dark", (-width, -height), (width, -height), (width * 0.85, 0.0), (-width * 0.85, 0.0)),
        box("accent", -0.09, -0.1, 0.09, 0.12),
    ]


def _tote(random: Random) -> list[Shape]:
    width, height = between(random, 0.5, 0.65), between(random, 0.45, 0.65)
    return [
        arc("dark", (-0.04, -height), (width * 0.45, between(random, 0.35, 0.5)), (0.5, 1.0), 0.07),
        box("body", -width, -height, width, height, between(random, -0.05, 0.1)),
        arc("light", (0.05, -height + 0.1), (width * 0.45, between(random, 0.3, 0.5)), (0.5, 1.0), 0.07),
        box("accent", -width * 0.5, -0.05, width * 0.5, height * 0.5),
    ]


def _kitchen_chair(random: Random) -> list[Shape]:
    width, back, legs = between(random, 0.4, 0.5), between(random, 0.75, 0.95), between(random, 0.65, 0.85)
    depth = between(random, 0.2, 0.35)
    slats = one_of(random, (0, 2, 3))
    feet = [(-width, 0.1), (width, 0.1), (-width + depth, -0.1), (width + depth, -0.1)]
    return [
        *(stroke("dark", (x, y), (x, y + legs), 0.09) for x, y in feet),
        box("body", -width + depth, -back, width + depth, -back + (0.25 if slats else 0.65)),
        *(
            stroke(
                "body",
                (-width + depth + 2 * width * (k + 0.5) / 3, -back),
                (-width + depth + 2 * width * (k + 0.5) / 3, -0.1),
                0.08,
            )
            for k in range(slats)
        ),
        *(stroke("dark", (x, -back), (x, 0.0), 0.09) for x in (-width + depth, width + depth)),
        polygon("light", (-width, 0.12), (width, 0.12), (width + depth, -0.12), (-width + depth, -0.12)),
        box("body", -width, 0.12, width, 0.22),
    ]


def _swivel_chair(random: Random) -> list[Shape]:
    width, back = between(random, 0.35, 0.5), between(random, 0.7, 0.95)
    return [
        stroke("dark", (0, 0.1), (0, 0.6), 0.1),
        *(stroke("dark", (0, 0.6), (x, 0.8), 0.08) for x in (-0.5, 0.5, 0.0)),
        *(ellipse("dark", x, 0.84, 0.08, 0.08) for x in (-0.5, 0.5, 0.0)),
        stroke("dark", (0, -0.2), (0, 0.1), 0.12),
        ellipse("body", 0, -back + 0.1, width * 0.9, 0.15),
        box("body", -width * 0.9, -back + 0.1, width * 0.9, -0.2, 0.05),
        ellipse("light", 0, 0.08, width * 1.2, 0.14),
    ]


def _armchair(random: Random) -> list[Shape]:
    width, back, arm = between(random, 0.45, 0.6), between(random, 0.6, 0.8), between(random, 0.18, 0.26)
    return [
        *(stroke("dark", (x, 0.5), (x * 1.05, 0.8), 0.1) for x in (-width, width)),
        ellipse("body", 0, -back, width, 0.22),
        box("body", -width, -back, width, 0.55),
        box("light", -width, 0.05, width, 0.28),
        box("dark", -width - arm, -0.15, -width, 0.58),
        box("dark", width, -0.15, width + arm, 0.58),
        ellipse("body", -width - arm / 2, -0.15, arm / 2 + 0.04, 0.1),
        ellipse("body", width + arm / 2, -0.15, arm / 2 + 0.04, 0.1),
    ]


FORMS = {
    "mug": (_straight_mug, _straight_mug, _cup_and_saucer),
    "bag": (_backpack, _handbag, _tote),
    "chair": (_kitchen_chair, _swivel_chair, _armchair),
}

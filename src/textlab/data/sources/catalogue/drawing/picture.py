"""The picture of an article, drawn in at most 16 colours and written as PNG."""

import colorsys
import math
from collections.abc import Sequence
from random import Random

from textlab.data.sources.catalogue.articles import Evidence
from textlab.data.sources.catalogue.drawing.png import encode
from textlab.data.sources.catalogue.drawing.shapes import Shape, between
from textlab.data.sources.catalogue.drawing.surroundings import background, clutter, scene
from textlab.data.sources.catalogue.drawing.things import parcel, thing

SIZE = 112  # pixels a side
Colour = tuple[int, int, int]

# Hue, saturation and value of what has a colour of its own; every picture shifts them a little.
OWN_COLOURS = {
    "drink": (0.07, 0.6, 0.35),
    "glow": (0.14, 0.5, 1.0),
    "paper": (0.12, 0.04, 0.95),
    "sky": (0.55, 0.35, 0.95),
    "grass": (0.3, 0.55, 0.65),
    "leaf": (0.36, 0.6, 0.45),
    "rock": (0.6, 0.1, 0.55),
    "wood": (0.08, 0.5, 0.55),
}


def draw(random: Random, shown: Evidence) -> bytes:
    """Draw an article and return the PNG file.

    Args:
        random: the source of chance.
        shown: the thing, or "" for a closed parcel; and the use whose scene stands behind it, or "" for none.
    """
    colours = _colours(random)
    drawn = thing(random, shown.thing) if shown.thing else parcel(random)
    behind = scene(random, shown.use) if shown.use else background(random)
    shapes = [*behind, *_placed(random, drawn), *clutter(random)]
    return encode(_raster(shapes, list(colours)), list(colours.values()))


def _colours(random: Random) -> dict[str, Colour]:
    """Choose the colours of a picture: an article may have any colour, and stands out from its background."""
    hue, value = random.random(), between(random, 0.45, 0.95)
    saturation = between(random, 0.1, 0.9)
    paper = between(random, 0.75, 1.0) if value < 0.7 else between(random, 0.25, 0.5)
    wall = (hue + between(random, 0.3, 0.7), between(random, 0.0, 0.4))
    chosen = {
        "wall": _rgb(*wall, paper),
        "floor": _rgb(*wall, paper * 0.85),
        "body": _rgb(hue, saturation, value),
        "dark": _rgb(hue, saturation, value * 0.6),
        "light": _rgb(hue, saturation * 0.6, min(value * 1.25, 1.0)),
        "accent": _rgb(random.random(), 0.7, between(random, 0.4, 1.0)),
        "tag": _rgb(random.random(), 0.8, 0.9),
        "tent": _rgb(random.random(), 0.7, 0.8),
    }
    own = {
        name: _rgb(h + between(random, -0.03, 0.03), s, v * between(random, 0.85, 1.0))
        for name, (h, s, v) in OWN_COLOURS.items()
    }
    return chosen | own


def _rgb(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(hue % 1, saturation, value))
    return red, green, blue


def _placed(random: Random, shapes: Sequence[Shape]) -> list[Shape]:
    """Turn, scale, perhaps mirror and move a thing from around the origin into the picture."""
    angle, size = math.radians(between(random, -10, 10)), between(random, 0.29, 0.4)
    mirror = -1 if random.random() < 0.5 else 1
    x, y = between(random, 0.42, 0.58), between(random, 0.44, 0.58)
    cosine, sine = size * math.cos(angle), size * math.sin(angle)
    return [
        Shape(
            shape.colour,
            tuple((x + mirror * (px * cosine - py * sine), y + px * sine + py * cosine) for px, py in shape.outline),
        )
        for shape in shapes
    ]


def _raster(shapes: Sequence[Shape], names: list[str]) -> bytes:
    """Fill the shapes in order. Corners are whole pixels and edges are hard, so no rounding differs by machine.

    Returns:
        The number of the colour of each pixel, row by row.
    """
    from PIL import Image, ImageDraw

    image = Image.new("L", (SIZE, SIZE))
    drawing = ImageDraw.Draw(image)
    for shape in shapes:
        corners = [(math.floor(x * SIZE + 0.5), math.floor(y * SIZE + 0.5)) for x, y in shape.outline]
        drawing.polygon(corners, fill=names.index(shape.colour))
    return image.tobytes()

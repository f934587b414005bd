"""Shapes: outlines in a plane whose x runs to the right and y down, with the colour that fills each."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

T = TypeVar("T")
Point = tuple[float, float]
CORNERS = 28  # corners of a polygon that stands for an ellipse
FULL_TURN = 2 * math.pi


@dataclass(frozen=True)
class Shape:
    """A filled polygon.

    Attributes:
        colour: the name of its colour, such as "body".
        outline: its corners.
    """

    colour: str
    outline: tuple[Point, ...]


def between(random: Random, low: float, high: float) -> float:
    """Return a random number between two numbers."""
    return low + (high - low) * random.random()


def one_of(random: Random, options: Sequence[T]) -> T:
    """Return one of the options at random."""
    return options[int(random.random() * len(options))]


def polygon(colour: str, *outline: Point) -> Shape:
    """Return a polygon."""
    return Shape(colour, outline)


def box(colour: str, left: float, top: float, right: float, bottom: float, taper: float = 0.0) -> Shape:
    """Return a rectangle; `taper` moves each end of its lower side inwards."""
    return Shape(colour, ((left, top), (right, top), (right - taper, bottom), (left + taper, bottom)))


def ellipse(colour: str, x: float, y: float, width: float, height: float) -> Shape:
    """Return an ellipse with its centre and its half axes."""
    return Shape(colour, tuple(_on_ellipse(x, y, width, height, FULL_TURN * k / CORNERS) for k in range(CORNERS)))


def arc(colour: str, centre: Point, axes: Point, turns: Point, width: float) -> Shape:
    """Return a band along an ellipse.

    Args:
        colour: its colour.
        centre: of the ellipse.
        axes: half axes of the middle of the band.
        turns: where it begins and ends, in turns clockwise from the right.
        width: of the band.
    """
    steps = [FULL_TURN * (turns[0] + (turns[1] - turns[0]) * k / CORNERS) for k in range(CORNERS + 1)]
    outer = [_on_ellipse(*centre, axes[0] + width / 2, axes[1] + width / 2, step) for step in steps]
    inner = [_on_ellipse(*centre, axes[0] - width / 2, axes[1] - width / 2, step) for step in reversed(steps)]
    return Shape(colour, (*outer, *inner))


def stroke(colour: str, start: Point, end: Point, width: float) -> Shape:
    """Return a straight line of some width."""
    length = math.hypot(end[0] - start[0], end[1] - start[1]) or 1.0
    x, y = (start[1] - end[1]) / length * width / 2, (end[0] - start[0]) / length * width / 2
    return Shape(
        colour,
        (
            (start[0] + x, start[1] + y),
            (end[0] + x, end[1] + y),
            (end[0] - x, end[1] - y),
            (start[0] - x, start[1] - y),
        ),
    )


def star(colour: str, x: float, y: float, size: float, tips: int = 5) -> Shape:
    """Return a star."""
    radii = (size, size * 0.45)
    return Shape(
        colour,
        tuple(
            _on_ellipse(x, y, radii[k % 2], radii[k % 2], FULL_TURN * (k / (2 * tips) - 0.25)) for k in range(2 * tips)
        ),
    )


def _on_ellipse(x: float, y: float, width: float, height: float, angle: float) -> Point:
    return x + width * math.cos(angle), y + height * math.sin(angle)

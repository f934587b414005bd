"""What Flask's `request` and `g` stand for."""

from typing import TypeVar

Real = TypeVar("Real")


def the(proxy: Real) -> Real:
    """The object itself: a proxy looks for it anew at every access, of which a request had more than thirty."""
    return proxy._get_current_object()  # type: ignore[attr-defined]

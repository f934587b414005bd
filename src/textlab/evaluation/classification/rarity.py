"""The rule that tells rare classes from the others."""

from collections.abc import Mapping

RARE = 0.1  # a rare class has a smaller share of the examples
OF_AN_EQUAL_SHARE = 0.5  # of 1 / k; it counts with more than five classes, so that equal ones are not rare


def rare_classes(shares: Mapping[str, float]) -> list[str]:
    """Return the classes whose share is below a tenth, and below half of an equal share; the rarest first.

    Args:
        shares: the share of each class.
    """
    bound = min(RARE, OF_AN_EQUAL_SHARE / max(1, len(shares)))
    return sorted((name for name, share in shares.items() if share < bound), key=lambda name: shares[name])

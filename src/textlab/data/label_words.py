"""Several labels in one text, for people to read."""

from collections.abc import Iterable, Sequence

NO_LABEL = "(none)"  # shown for an example without a label
JOINT = ", "


def named(labels: Iterable[int], label_names: Sequence[str]) -> str:
    """Return the names of labels in one text, such as "joy, surprise"; `NO_LABEL` if there is none."""
    return JOINT.join(label_names[label] for label in labels) or NO_LABEL

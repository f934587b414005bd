"""Training on classes of very different sizes: how rare classes count more, and the focal loss.

A third remedy, moving the thresholds of decisions, needs no other training: see
`textlab.evaluation.classification.threshold_moving`.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np

from textlab.models.hyperparameters import Hyperparameter

SAMPLED = "sampled"
ClassBalance = Annotated[
    str,
    Hyperparameter(
        "how rare classes count more: balanced weighs their texts, sampled draws them more often",
        choices=("balanced", SAMPLED, "none"),
    ),
]
FocalGamma = Annotated[
    float,
    Hyperparameter(
        "focus of the loss on texts that are not yet learnt (focal loss); 0 for none", minimum=0, maximum=10
    ),
]
SMALLEST_DOUBT = 1e-6  # 1 - p below it counts as this much: the gradient of its power grows without bound for gamma < 1


def balanced_rows(labels: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Draw the rows of an epoch in which each class has equally many, up to one: int (n,).

    A class with more rows than its part gives some of them. One with fewer gives all of them as often as they fit, and
    then some once more. Each row of a class is therefore drawn equally often, up to once.

    Args:
        labels: int (n,).
        random: the random numbers of the epoch.
    """
    classes = np.unique(labels)
    parts = np.full(len(classes), len(labels) // len(classes))
    parts[random.permutation(len(classes))[: len(labels) % len(classes)]] += 1
    drawn = []
    for label, part in zip(classes, parts, strict=True):
        rows = np.flatnonzero(labels == label)
        times, rest = divmod(int(part), len(rows))
        drawn += [np.tile(rows, times), random.permutation(rows)[:rest]]
    return np.concatenate(drawn)


def focal_factor(doubt: Any, gamma: float) -> Any:
    """Return (1 - p)^gamma, by which the focal loss multiplies the cross-entropy of an example.

    Lin et al. (2017), "Focal loss for dense object detection", equation 4. Their alpha is the weight of the class.

    Args:
        doubt: 1 - p, where p is the probability of the true class; an array or a tensor of any library.
        gamma: above 0; the larger, the less count examples that the model already gets right.
    """
    return (doubt * (1 - SMALLEST_DOUBT) + SMALLEST_DOUBT) ** gamma


def check_several_labels(settings: Mapping[str, Any]) -> None:
    """Raise ValueError if a hyperparameter needs one class per text, where texts have several labels."""
    of_one_class = {
        "class_weight": settings["class_weight"] == SAMPLED,
        "contrastive": settings.get("contrastive", 0) > 0,
    }
    for name, is_set in of_one_class.items():
        if is_set:
            raise ValueError(
                f"{name} is {settings[name]}, which needs one class per text, and the texts have several labels. Leave "
                f"{name} out."
            )

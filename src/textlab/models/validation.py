"""What every classifier does with labels alike: score validation, and weigh classes."""

import math
from collections.abc import Mapping

CLASS_WEIGHTS = ("balanced", "none")


def finite_score(metrics: Mapping[str, float], metric: str) -> float:
    """Return the metric by which a family chooses on validation.

    Raises:
        ValueError: the metric is NaN or infinite for these validation examples.
    """
    if not math.isfinite(metrics[metric]):
        raise ValueError(
            f"{metric} on validation is {metrics[metric]}, so nothing can be chosen by it: the validation texts "
            "most likely are all of one class. Give validation texts of every class, or another primary_metric."
        )
    return metrics[metric]


def check_decisive(metric: str) -> None:
    """Raise ValueError unless `metric` may decide which epoch or setting is best."""
    from textlab.evaluation.classification.metrics import DECISIVE_METRICS

    if metric not in DECISIVE_METRICS:
        raise ValueError(f"Unknown primary_metric '{metric}'. Available: {', '.join(DECISIVE_METRICS)}.")

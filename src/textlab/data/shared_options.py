"""Options of every dataset, beside those of its source: `tweet_eval/irony?training_share=0.1&share_seed=1`."""

import inspect
from collections.abc import Mapping
from functools import cache
from inspect import Parameter

from textlab.data.task_dataset import TaskDataset


def changed(
    dataset: TaskDataset, *, corrections: str = "", training_share: float = 1.0, share_seed: int = 0
) -> TaskDataset:
    """Return a dataset as the options ask for it; the options are the keywords of this function.

    Args:
        dataset: what the source returned.
        corrections: a CSV file with corrected labels, see `corrections`; "" for none.
        training_share: share of the training examples to keep, see `training_share.training_share`.
        share_seed: random seed of that draw.

    Raises:
        FileNotFoundError: there is no such file of corrections.
        ValueError: an option has a value that it cannot have, or the dataset's task does not know it.
    """
    if corrections:
        dataset = dataset.with_corrections(corrections)
    return dataset if training_share == 1 else dataset.with_training_share(training_share, share_seed)


@cache
def shared_options() -> Mapping[str, Parameter]:
    """Return the options by name."""
    _, *options = inspect.signature(changed, eval_str=True).parameters.items()
    return dict(options)

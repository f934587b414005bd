"""Fine-tune the last blocks of a network of pictures together with a linear classifier.

The blocks before them stay as they are, so the states that these return are computed once for each picture and kept on
disk. A training reads them from there, batch by batch.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from textlab.features.images.network import ImageNetwork
from textlab.features.images.row_cache import Rows
from textlab.features.images.tuning import Recipe, Tuning

Measures = dict[str, float]


@dataclass(frozen=True)
class Tuned:
    """The result of a training.

    Attributes:
        network: the network with the weights of the best epoch.
        history: a row per epoch: epoch, train_loss and the measures on validation.
    """

    network: ImageNetwork
    history: list[Measures]


def fine_tune(
    network: ImageNetwork,
    train: Sequence[str],
    labels: np.ndarray,
    validation: Sequence[str],
    evaluate: Callable[[np.ndarray], Measures],
    metric: str,
    *,
    sample_weights: np.ndarray | None = None,
    recipe: Recipe | None = None,
    seed: int = 0,
    show_progress: bool = True,
) -> Tuned:
    """Train the last blocks of a network and a linear classifier; return the network of the best epoch.

    Args:
        network: a pretrained network.
        train, labels: references to pictures and their labels, int (n,). Rows without a picture teach nothing.
        validation: references to m pictures.
        evaluate: measures the classifier by its probabilities on validation, float32 (m, k).
        metric: the name of the measure, higher is better, that chooses the epoch.
        sample_weights: the weights of the training pictures in the loss, float32 (n,); None weighs all alike.
        recipe: the settings of the training; None means the defaults.
        seed: decides the order of the pictures and what is dropped.
        show_progress: whether to show progress bars.

    Raises:
        ValueError: no row of `train` or of `validation` has a picture, or the file of a picture is gone or was changed.
    """
    from tqdm.auto import trange

    recipe = recipe or Recipe()
    rows, validation_rows = network.states(train, show_progress), network.states(validation, show_progress)
    for split, found in (("training", rows), ("validation", validation_rows)):
        if not (found.numbers >= 0).any():
            raise ValueError(
                f"No {split} example has a picture to fine-tune the network with. Train without fine-tuning."
            )
    given = np.flatnonzero(rows.numbers >= 0)
    steps = recipe.epochs * -(-len(given) // recipe.batch_size)
    tuning = Tuning(network, int(labels.max()) + 1, recipe, steps, seed)
    weights = np.ones(len(labels), np.float32) if sample_weights is None else sample_weights
    generator = np.random.default_rng(seed)
    history: list[Measures] = []
    best, best_epoch = network, 0
    with trange(1, recipe.epochs + 1, desc="fine-tuning", unit="epoch", disable=not show_progress) as bar:
        for epoch in bar:
            batches = _batches(rows, generator.permutation(given), recipe.batch_size)
            losses = [tuning.step(states, labels[chosen], weights[chosen]) for states, chosen in batches]
            measures = evaluate(tuning.probabilities(validation_rows))
            if measures[metric] > max((row[metric] for row in history), default=float("-inf")):
                best, best_epoch = network.with_tuned(tuning.weights()), epoch
            history.append({"epoch": float(epoch), "train_loss": float(np.mean(losses)), **measures})
            bar.set_postfix({"loss": f"{history[-1]['train_loss']:.3f}", metric: f"{measures[metric]:.4f}"})
            if epoch - best_epoch >= recipe.patience:
                break
    return Tuned(best, history)


def _batches(rows: Rows, order: np.ndarray, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the states of a batch and the numbers of its rows."""
    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        yield rows[chosen], chosen

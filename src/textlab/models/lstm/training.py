"""Training of the LSTM family's network: the optimiser, and epochs until validation no longer improves."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np


def compile_network(network: Any, learning_rate: float, steps: int, targets_are_logits: bool = False) -> None:
    """Set loss and optimiser: Adam (Kingma and Ba 2015), its rate falling to zero along half a cosine of `steps`.

    The loss is the cross-entropy of labels, or the mean squared error of logits.
    """
    import keras

    schedule = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    optimiser = keras.optimizers.Adam(schedule, global_clipnorm=1.0)
    cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(optimiser, keras.losses.MeanSquaredError() if targets_are_logits else cross_entropy)


def train_network(
    network: Any,
    batches: Any,
    *,
    epochs: int,
    patience: int,
    metric: str,
    evaluate: Callable[[], dict[str, float]],
) -> tuple[list[dict[str, float]], float]:
    """Train a compiled network and leave it with the weights of its best epoch.

    Args:
        batches: a `tf.data.Dataset` of known length.
        epochs: at most so many.
        patience: so many epochs in a row without a better score are the last.
        metric: the key of the score in what `evaluate` gives.
        evaluate: measures of the network as it stands, after each epoch.

    Returns:
        A row an epoch: epoch, train_loss and what `evaluate` gave; and the seconds spent on training alone.
    """
    import keras
    from tqdm.auto import tqdm

    class Epochs(keras.callbacks.Callback):
        def __init__(self, bar: tqdm) -> None:
            super().__init__()
            self.bar = bar
            self.history: list[dict[str, float]] = []
            self.seconds, self.best, self.best_epoch, self.best_weights = 0.0, -np.inf, 0, None

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.bar.set_description(f"LSTM, epoch {epoch + 1} of {epochs}")
            self.started = time.perf_counter()

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.bar.update()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.seconds += time.perf_counter() - self.started
            measures = evaluate()
            score = measures[metric]
            self.history.append({"epoch": epoch + 1, "train_loss": logs["loss"], **measures})
            self.bar.set_postfix({"loss": f"{logs['loss']:.3f}", metric: f"{score:.4f}"})
            if score > self.best:
                self.best, self.best_epoch, self.best_weights = score, epoch, network.get_weights()
            elif epoch - self.best_epoch >= patience:
                self.model.stop_training = True

    with tqdm(total=epochs * len(batches), unit="batch") as bar:
        watch = Epochs(bar)
        network.fit(batches, epochs=epochs, shuffle=False, verbose=0, callbacks=[watch])  # they shuffle themselves
    network.set_weights(watch.best_weights)
    return watch.history, watch.seconds

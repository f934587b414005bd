"""Training of the LSTM: the optimiser, and epochs until validation no longer improves."""

import time
from collections.abc import Callable
from typing import Any

from textlab.models.validation import evaluations_since_best


def compile_network(network: Any, learning_rate: float, steps: int, targets_are_logits: bool = False) -> None:
    """Set the optimiser and the loss of a Keras model.

    The optimiser is Adam (Kingma and Ba 2015), whose learning rate falls to zero along half a cosine of `steps`. The
    loss is the cross-entropy for labels, and the mean squared error for logits.
    """
    import keras

    schedule = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    optimiser = keras.optimizers.Adam(schedule, global_clipnorm=1.0)
    cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimiser.build(network.trainable_variables)  # built while training is traced, it would be traced twice
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
        network: a compiled Keras model.
        batches: a `tf.data.Dataset` of known length.
        epochs: the maximum number of epochs.
        patience: the number of epochs without a better score after which training stops.
        metric: the name of the score among the measures that `evaluate` returns.
        evaluate: measures the network in its present state; called after each epoch.

    Returns:
        One row per epoch with epoch, train_loss and the measures; and the seconds of training without evaluations.
    """
    import keras
    from tqdm.auto import tqdm

    class Epochs(keras.callbacks.Callback):
        def __init__(self, bar: tqdm) -> None:
            super().__init__()
            self.bar = bar
            self.history: list[dict[str, float]] = []
            self.seconds, self.best_weights = 0.0, None

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.bar.set_description(f"LSTM, epoch {epoch + 1} of {epochs}")
            self.started = time.perf_counter()

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.bar.update()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.seconds += time.perf_counter() - self.started
            measures = evaluate()
            self.history.append({"epoch": epoch + 1, "train_loss": logs["loss"], **measures})
            self.bar.set_postfix({"loss": f"{logs['loss']:.3f}", metric: f"{measures[metric]:.4f}"})
            since_best = evaluations_since_best([row[metric] for row in self.history])
            if since_best == 0:
                self.best_weights = network.get_weights()
            elif since_best >= patience:
                self.model.stop_training = True

    with tqdm(total=epochs * len(batches), unit="batch") as bar:
        watch = Epochs(bar)
        network.fit(batches, epochs=epochs, shuffle=False, verbose=0, callbacks=[watch])
    network.set_weights(watch.best_weights)
    return watch.history, watch.seconds

"""Training of the LSTM with Adam: steps, evaluations, and the weights of the best evaluation."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from textlab.models.schedule import Schedule
from textlab.models.training_length import BUDGET, TimeBudget
from textlab.models.validation import has_stalled


@dataclass(frozen=True)
class Trained:
    """The record of a training.

    Attributes:
        history: a row per evaluation: epoch, train_loss (the mean since the previous one) and the measures.
        seconds: the seconds of training without evaluations.
        ended_by: the hyperparameter that ended training, "epochs" or "budget_minutes"; "" if validation had stalled.
    """

    history: list[dict[str, float]]
    seconds: float
    ended_by: str


def compile_network(network: Any, loss: Any) -> None:
    """Set the optimiser and the loss of a Keras model.

    The optimiser is Adam (Kingma and Ba 2015), whose learning rate `train_network` sets. `losses` has the losses.
    """
    import keras

    optimiser = keras.optimizers.Adam(global_clipnorm=1.0)
    optimiser.build(network.trainable_variables)  # built while training is traced, it would be traced twice
    network.compile(optimiser, loss)


def train_network(
    network: Any,
    batches: Any,
    schedule: Schedule,
    *,
    learning_rate: float,
    patience: int,
    budget: TimeBudget,
    metric: str,
    evaluate: Callable[[], dict[str, float]],
) -> Trained:
    """Train a compiled network and leave it with the weights of its best evaluation.

    When validation stalls, training returns to the best weights so far, and the learning rate falls to 0.

    Args:
        network: a compiled Keras model.
        batches: a `tf.data.Dataset` of the batches of an epoch.
        schedule: the learning rates, the evaluations and the end.
        learning_rate: the peak learning rate.
        patience: the number of evaluations without a better score or loss after which validation has stalled.
        budget: the ceiling of training time.
        metric: the name of the score among the measures that `evaluate` returns, beside validation_loss.
        evaluate: measures the network in its present state.
    """
    import keras
    from tqdm.auto import tqdm

    class Steps(keras.callbacks.Callback):
        def __init__(self, bar: tqdm) -> None:
            super().__init__()
            self.bar, self.schedule = bar, schedule
            self.history: list[dict[str, float]] = []
            self.seconds, self.best_weights, self.ended_by = 0.0, None, ""
            self.step, self.next_evaluation = 0, schedule.next_evaluation(0)
            self.started = time.perf_counter()

        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            network.optimizer.learning_rate = learning_rate * self.schedule.rate(self.step)

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.step += 1
            self.bar.update()
            if self.step == self.next_evaluation:
                self.seconds += time.perf_counter() - self.started
                self._evaluate(logs["loss"])
                self._plan()
                self.started = time.perf_counter()

        def _evaluate(self, loss: float) -> None:
            epoch, measures = self.step / schedule.steps_per_epoch, evaluate()
            self.history.append({"epoch": epoch, "train_loss": float(loss), **measures})
            network.reset_metrics()  # so that the next loss is the mean since this evaluation
            self.bar.set_description(f"LSTM, epoch {epoch:.3g} of {schedule.epochs}", refresh=False)
            self.bar.set_postfix({"loss": f"{loss:.3f}", metric: f"{measures[metric]:.4f}"})
            if measures[metric] > max((row[metric] for row in self.history[:-1]), default=float("-inf")):
                self.best_weights = network.get_weights()

        def _plan(self) -> None:
            is_cooling = self.schedule.cooled_from is not None
            if self.step == self.schedule.end:
                self.ended_by = "" if is_cooling else "epochs"
            elif budget.is_spent():
                self.ended_by = BUDGET
            elif not is_cooling and has_stalled(self.history, metric, patience):
                network.set_weights(self.best_weights)
                self.schedule = replace(schedule, cooled_from=self.step)
            if self.ended_by or self.step == self.schedule.end:
                network.stop_training = True
            else:
                self.bar.total = self.schedule.end
                self.next_evaluation = self.schedule.next_evaluation(self.step)

    with tqdm(total=schedule.planned, unit="batch", desc="LSTM") as bar:
        steps = Steps(bar)
        network.fit(batches.repeat(), steps_per_epoch=schedule.planned, shuffle=False, verbose=0, callbacks=[steps])
    network.set_weights(steps.best_weights)
    return Trained(steps.history, steps.seconds, steps.ended_by)

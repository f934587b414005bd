"""Compare the LSTM's training speed with textbook Keras code: python benchmarks/lstm_training.py --help

The textbook code uses `TextVectorization` on the same normalised texts, pads every batch to the longest training text,
and calls `model.fit` with Keras' default Adam. Both start with the same network and word vectors, use the same class
weights, tweets, batch size, epochs and cores, and keep the epoch with the best validation macro recall. The output is
training tweets per second (training time only) and test macro recall.
"""

import time
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from textlab import data
from textlab.log import configure_logging


def macro_recall(labels: pd.Series, probabilities: np.ndarray) -> float:
    from sklearn.metrics import recall_score

    return float(recall_score(labels, probabilities.argmax(axis=1), average="macro"))


def ours(dataset: data.Dataset, settings: dict[str, Any], seed: int) -> tuple[float, float, Any]:
    """Train with textlab; return tweets per second, test macro recall and the model."""
    from textlab.models.lstm import LSTM

    model = LSTM(**settings, patience=2 * settings["epochs"])  # two evaluations an epoch; never stops early
    model.fit(dataset.train, dataset.validation, seed=seed)
    speed = len(dataset.train) * settings["epochs"] / model.training_seconds
    return speed, macro_recall(dataset.test["label"], model.predict_proba(list(dataset.test["text"]))), model


def textbook(dataset: data.Dataset, settings: dict[str, Any], seed: int, like: Any) -> tuple[float, float]:
    """Train the textbook code with a model's vocabulary and vectors; return tweets per second and macro recall."""
    import keras
    import tensorflow as tf

    from textlab.models.validation import sample_weights
    from textlab.text.normalisation import normalise

    keras.utils.set_random_seed(seed)
    texts = {split: tf.constant([normalise(text) for text in frame["text"]]) for split, frame in dataset.splits()}
    longest = max(len(normalise(text).split()) for text in dataset.train["text"])
    vectorise = keras.layers.TextVectorization(
        standardize=None, split="whitespace", vocabulary=like.vocabulary, output_sequence_length=longest
    )
    numbers = {split: vectorise(text) for split, text in texts.items()}
    network = like.untrained_network()
    network.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    labels = dataset.train["label"].to_numpy()
    best, best_weights, seconds = -1.0, network.get_weights(), 0.0
    for _ in range(settings["epochs"]):
        started = time.perf_counter()
        network.fit(
            numbers["train"],
            labels,
            sample_weight=sample_weights(labels, like.resolved["class_weight"]),
            batch_size=like.resolved["batch_size"],
            verbose=0,
        )
        seconds += time.perf_counter() - started
        score = macro_recall(
            dataset.validation["label"], network.predict(numbers["validation"], batch_size=256, verbose=0)
        )
        if score > best:
            best, best_weights = score, network.get_weights()
    network.set_weights(best_weights)
    probabilities = network.predict(numbers["test"], batch_size=256, verbose=0)
    return len(labels) * settings["epochs"] / seconds, macro_recall(dataset.test["label"], probabilities)


def main(
    dataset: Annotated[str, typer.Option(help="Dataset with the tweets.")] = "tweet_eval/sentiment",
    epochs: Annotated[int, typer.Option(help="Passes over the training tweets.")] = 4,
    units: Annotated[int, typer.Option(help="LSTM units per direction.")] = 64,
    embedding: Annotated[str, typer.Option(help="Word vectors that both start with.")] = "word2vec",
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
) -> None:
    """Train both on the same tweets; print speed, quality and the ratio."""
    configure_logging()
    loaded = data.load(dataset)
    settings = {"embedding": embedding, "epochs": epochs, "units": units}
    our_speed, our_score, model = ours(loaded, settings, seed)
    their_speed, their_score = textbook(loaded, settings, seed, model)
    table = Table(
        "training", "tweets per second", "test macro recall", title=f"{dataset}, {epochs} epochs, {units} units"
    )
    table.add_row("textbook Keras", f"{their_speed:,.0f}", f"{their_score:.4f}")
    table.add_row("textlab", f"{our_speed:,.0f}", f"{our_score:.4f}")
    Console().print(table, f"textlab trains {our_speed / their_speed:.2f} times as fast", sep="\n")


if __name__ == "__main__":
    typer.run(main)

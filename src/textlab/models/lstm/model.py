"""LSTM on word vectors: a network that reads the words in their order."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import pandas as pd

from textlab.bundle_format.signature import LOG_ODDS, Signature, of_limited_length
from textlab.models.classifier import Classifier
from textlab.models.hyperparameters import AUTO, Auto, Hyperparameter
from textlab.models.imbalance import SAMPLED, ClassBalance, FocalGamma, check_several_labels
from textlab.models.length_buckets import length_buckets
from textlab.models.lstm.batches import pad, training_batches
from textlab.models.lstm.defaults import automatic_values
from textlab.models.lstm.focal import focal_loss
from textlab.models.lstm.losses import cross_entropy, cross_entropy_of_labels, squared_error
from textlab.models.lstm.network import POOLINGS, build_network
from textlab.models.lstm.teacher import TeacherAnswers
from textlab.models.lstm.vocabulary import choose_vocabulary, token_counts, token_numbers
from textlab.models.multilabel import (
    MULTILABEL,
    label_weights,
    probabilities_from,
    probabilities_in_graph,
    training_targets,
)
from textlab.models.schedule import Schedule
from textlab.models.training_facts import TrainingFacts
from textlab.models.training_length import BudgetMinutes, TimeBudget, training_notes
from textlab.models.validation import PrimaryMetric, sample_weights, validation_measures

PREDICTION_BATCH = 256
CHARACTERS_PER_TOKEN = 12  # English has about 6, blanks included; a longer text is cut all but certainly


class LSTM(Classifier):
    """A (bidirectional) LSTM (Hochreiter and Schmidhuber 1997) on word vectors, trained with Adam."""

    tasks: ClassVar[tuple[str, ...]] = ("classification", MULTILABEL)
    explains = LOG_ODDS
    teacher_answers: TeacherAnswers | None = None
    training_seconds: float  # without evaluations

    def __init__(
        self,
        embedding: Annotated[
            str,
            Hyperparameter("word2vec, word2vec_cbow, fasttext, glove, a file, or a name that gensim can download"),
        ] = "fasttext",
        width: Annotated[int, Hyperparameter("dimension of the trained word vectors", minimum=1)] = 100,
        unlabelled: Annotated[
            str, Hyperparameter("dataset of additional texts for training word vectors; empty for none")
        ] = "",
        train_vectors: Annotated[
            bool, Hyperparameter("whether the word vectors are fine-tuned with the network")
        ] = True,
        units: Annotated[int, Hyperparameter("LSTM units per direction", minimum=1)] = 64,
        layers: Annotated[int, Hyperparameter("number of stacked LSTM layers", minimum=1)] = 1,
        bidirectional: Annotated[bool, Hyperparameter("whether a second LSTM reads the text backwards")] = True,
        pooling: Annotated[
            str, Hyperparameter("how the LSTM states are pooled over time", choices=POOLINGS)
        ] = "attention",
        dropout: Annotated[
            float, Hyperparameter("share of inputs and pooled features dropped in training", minimum=0, below=1)
        ] = 0.5,
        word_dropout: Annotated[
            float, Hyperparameter("share of words replaced by the unknown word in training", minimum=0, below=1)
        ] = 0.1,
        maximum_length: Annotated[
            int | Auto, Hyperparameter("maximum number of tokens read from a text", minimum=1)
        ] = AUTO,
        batch_size: Annotated[int | Auto, Hyperparameter("texts per training step", minimum=1)] = AUTO,
        learning_rate: Annotated[
            float | Auto, Hyperparameter("initial learning rate of Adam, which falls to 0", above=0)
        ] = AUTO,
        epochs: Annotated[
            int | Auto, Hyperparameter("maximum number of passes over the training texts", minimum=1)
        ] = AUTO,
        patience: Annotated[
            int,
            Hyperparameter("evaluations without a better validation score or loss before training ends", minimum=1),
        ] = 2,
        budget_minutes: BudgetMinutes = 60.0,
        class_weight: ClassBalance = "balanced",
        focal_gamma: FocalGamma = 0.0,
        primary_metric: PrimaryMetric = "macro_recall",
        teacher: Annotated[
            str, Hyperparameter("MLflow run or bundle whose predictions replace the labels; empty for none")
        ] = "",
    ) -> None:
        if teacher and (focal_gamma or class_weight == SAMPLED):
            stated = f"focal_gamma is {focal_gamma}" if focal_gamma else f"class_weight is {SAMPLED}"
            raise ValueError(
                f"{stated}, but the answers of a teacher replace the classes. Leave teacher or that setting out."
            )

    @classmethod
    def tiny(cls) -> Self:
        return cls(
            embedding="word2vec",
            width=8,
            units=8,
            maximum_length=64,
            batch_size=8,
            learning_rate=0.02,
            epochs=12,
            patience=12,
        )

    def _automatic_values(self, facts: TrainingFacts) -> Mapping[str, Any]:
        texts = len(self.teacher_answers.texts) if self.teacher_answers else facts.texts
        return automatic_values(replace(facts, texts=texts))

    def learn_from(self, texts: Sequence[str], probabilities: np.ndarray) -> None:
        """Let `fit` learn a teacher's answers to these texts instead of the training labels.

        Args:
            texts: n texts, usually the training texts and unlabelled ones.
            probabilities: the teacher's answers, float (n, k).

        Raises:
            ValueError: the numbers of texts and of answers differ.
        """
        self.teacher_answers = TeacherAnswers(list(texts), np.asarray(probabilities))

    def _fit(self, train: pd.DataFrame, validation: pd.DataFrame, seed: int) -> pd.DataFrame:
        import keras
        import tensorflow as tf

        from textlab.models.lstm.training import compile_network, train_network

        settings = self.resolved
        tf.config.experimental.enable_op_determinism()  # same seed, same numbers; it costs some speed on a GPU
        keras.utils.set_random_seed(seed)
        texts, targets, weights, loss = self._training_examples(train)
        self.vectors, self.vocabulary, self.embedding_matrix = choose_vocabulary(
            train["text"].tolist(), settings["embedding"], settings["width"], settings["unlabelled"]
        )
        self.network = self.untrained_network()
        batches = training_batches(
            self._numbers(texts),
            targets,
            weights,
            batch_size=settings["batch_size"],
            word_dropout=settings["word_dropout"],
            seed=seed,
            classes=targets if settings["class_weight"] == SAMPLED else None,
        )
        compile_network(self.network, loss)
        trained = train_network(
            self.network,
            batches,
            Schedule(len(batches), settings["epochs"], warmup=0.0),
            learning_rate=settings["learning_rate"],
            patience=settings["patience"],
            budget=TimeBudget(settings["budget_minutes"]),
            metric=f"validation_{settings['primary_metric']}",
            evaluate=lambda: self._measures(validation),
        )
        self.training_seconds, history = trained.seconds, pd.DataFrame(trained.history)
        self.training_notes = training_notes(history, validation, settings, trained.ended_by)
        return history

    def _training_examples(self, train: pd.DataFrame) -> tuple[Sequence[str], np.ndarray, np.ndarray, Any]:
        """Return the texts to train on, their targets (labels, or a teacher's logits), their weights and the loss.

        Raises:
            ValueError: the parameter `teacher` names a teacher whose answers are missing, it knows other classes, or a
                text has several labels, and a parameter needs one class per text.
        """
        several, weight, gamma = (
            self.task == MULTILABEL,
            self.parameters["class_weight"],
            self.parameters["focal_gamma"],
        )
        if several and (self.teacher_answers is not None or self.parameters["teacher"]):
            raise ValueError(
                "A teacher teaches one class per text, and the texts have several labels. Leave teacher empty."
            )
        if self.teacher_answers is not None:
            targets = self.teacher_answers.logits(self.n_classes)
            return self.teacher_answers.texts, targets, np.ones(len(targets), np.float32), squared_error()
        if self.parameters["teacher"]:
            raise ValueError(f"The teacher '{self.parameters['teacher']}' gave no answers. Call learn_from first.")
        texts, targets = train["text"].tolist(), training_targets(train)
        if several:
            check_several_labels(self.parameters)
            loss = cross_entropy_of_labels(label_weights(targets, weight), gamma)
            return texts, targets.astype(np.float32), np.ones(len(targets), np.float32), loss
        loss = focal_loss(gamma) if gamma else cross_entropy()
        return texts, targets.astype(np.int64), sample_weights(targets, weight), loss

    def _measures(self, validation: pd.DataFrame) -> dict[str, float]:
        """Evaluate the network in its present state on validation."""
        probabilities = self._predict_proba(validation).astype(float)
        if self.task != MULTILABEL:
            probabilities /= probabilities.sum(axis=1, keepdims=True)  # as float32 they sum to one only roughly
        return validation_measures(validation, probabilities, self.resolved["primary_metric"])

    def untrained_network(self) -> Any:
        """Build the network as training starts it, with the chosen word vectors."""
        return self._build(self.embedding_matrix)

    def _build(self, embedding_matrix: np.ndarray) -> Any:
        names = ("units", "layers", "bidirectional", "dropout", "pooling", "train_vectors")
        return build_network(embedding_matrix, self.n_classes, **{name: self.resolved[name] for name in names})

    def _numbers(self, texts: Sequence[str]) -> list[list[int]]:
        return token_numbers(texts, self.vocabulary, self.resolved["maximum_length"])

    def _predict_proba(self, examples: pd.DataFrame) -> np.ndarray:
        numbers = self._numbers(examples["text"].tolist())
        logits = np.empty((len(numbers), self.n_classes), np.float32)
        for batch in length_buckets(np.array([len(text) for text in numbers]), PREDICTION_BATCH):
            logits[batch] = self.network.predict_on_batch(pad([numbers[row] for row in batch]))
        return probabilities_from(logits, self.task)

    def signature(self) -> Signature:
        return of_limited_length(super().signature(), CHARACTERS_PER_TOKEN * self.resolved["maximum_length"])

    def _truncated(self, examples: pd.DataFrame) -> np.ndarray:
        return token_counts(examples["text"].tolist()) > self.resolved["maximum_length"]

    def _save(self, folder: Path) -> None:
        (folder / "vocabulary.json").write_text(json.dumps(self.vocabulary), encoding="utf-8")
        np.savez(folder / "weights.npz", *self.network.get_weights())

    def _load(self, folder: Path) -> None:
        self.vocabulary = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
        with np.load(folder / "weights.npz", allow_pickle=False) as stored:
            weights = [stored[name] for name in stored.files]
        self.network = self._build(weights[0])
        self.network.set_weights(weights)

    def _export(self, folder: Path) -> None:
        from textlab.models.lstm.export import export_lstm

        def answer(logits: Any) -> dict[str, Any]:
            return self._answer_in_graph(probabilities_in_graph(logits, self.task))

        longest, independent = self.resolved["maximum_length"], self.has_independent_labels
        export_lstm(self.network, self.vocabulary, longest, answer, folder, independent)

"""LSTM on word vectors: a network that reads the words in their order."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from textlab.data import training_texts
from textlab.models.contract import Classifier
from textlab.models.length_buckets import length_buckets
from textlab.models.lstm.batches import FIRST_WORD, PADDING, UNKNOWN, pad, training_batches
from textlab.models.lstm.network import build_network
from textlab.models.validation import finite_score
from textlab.text.normalisation import normalise

POOLINGS = ("max", "attention", "last")
PREDICTION_BATCH = 256
MINIMUM_COUNT = 2  # a rarer training word counts as unknown, so that the unknown word is learnt too
VECTOR_SPREAD = 0.3  # root mean square of the numbers in a vector: all vectors and all kinds start equally long
SMALLEST_PROBABILITY = 1e-4  # of a teacher: below it a logit says how sure float32 is, not how sure the teacher
NO_TOKENS = "\x01"  # stands for a text without tokens; normalisation removes it, so no vocabulary holds it


class LSTM(Classifier):
    """A (bidirectional) LSTM (Hochreiter and Schmidhuber 1997) on word vectors, trained by Adam.

    Args:
        embedding: "word2vec", "word2vec_cbow", "fasttext" or "glove", trained on the training texts; or pretrained
            vectors: a file, or a name that gensim's downloader knows.
        width: numbers in a trained vector; pretrained ones have their own.
        unlabelled: a dataset whose training texts trained vectors also see, without their labels; "" for none.
        train_vectors: whether the vectors are fine-tuned with the rest.
        units: of each direction. layers: stacked. bidirectional: read from both ends.
        pooling: "attention", "max" over time, or the "last" state.
        dropout: share of inputs and of pooled features that is left out while training.
        word_dropout: share of words that training hides as unknown.
        maximum_length: further tokens of a text are not read.
        batch_size, learning_rate, epochs: of Adam; the rate falls to zero over the epochs.
        patience: epochs without a better validation score before training stops; the best weights are kept.
        class_weight: "balanced" weighs each class by the inverse of its share; "none" does not.
        primary_metric: what "better on validation" means, one of `DECISIVE_METRICS`.
        teacher: the model whose answers `learn_from` gave; "" for none. For the record.
    """

    lesson: tuple[list[str], np.ndarray] | None = None

    def __init__(
        self,
        embedding: str = "fasttext",
        width: int = 100,
        unlabelled: str = "",
        train_vectors: bool = True,
        units: int = 64,
        layers: int = 1,
        bidirectional: bool = True,
        pooling: str = "attention",
        dropout: float = 0.5,
        word_dropout: float = 0.1,
        maximum_length: int = 64,
        batch_size: int = 64,
        learning_rate: float = 2e-3,
        epochs: int = 6,
        patience: int = 2,
        class_weight: str = "balanced",
        primary_metric: str = "macro_recall",
        teacher: str = "",
    ) -> None:
        whole = {"width": width, "units": units, "layers": layers, "maximum_length": maximum_length}
        whole |= {"batch_size": batch_size, "epochs": epochs, "patience": patience}
        for name, number in whole.items():
            if number < 1:
                raise ValueError(f"{name} is {number}; it must be at least 1.")
        for name, share in {"dropout": dropout, "word_dropout": word_dropout}.items():
            if not 0 <= share < 1:
                raise ValueError(f"{name} is {share}; it must be at least 0 and below 1.")
        if not learning_rate > 0:
            raise ValueError(f"learning_rate is {learning_rate}; it must be positive.")
        if pooling not in POOLINGS:
            raise ValueError(f"Unknown pooling '{pooling}'. Available: {', '.join(POOLINGS)}.")
        if class_weight not in ("balanced", "none"):
            raise ValueError(f"Unknown class_weight '{class_weight}'. Available: balanced, none.")

    @classmethod
    def tiny(cls) -> Self:
        return cls(embedding="word2vec", width=8, units=8, batch_size=8, epochs=12, patience=12, learning_rate=0.02)

    def _fit(self, train: pd.DataFrame, validation: pd.DataFrame, seed: int) -> pd.DataFrame:
        import keras
        import tensorflow as tf

        from textlab.models.lstm.training import compile_network, train_network

        settings = self.parameters
        tf.config.experimental.enable_op_determinism()  # same seed, same numbers; it costs some speed on a GPU
        keras.utils.set_random_seed(seed)
        self.embedding_matrix = self._choose_vocabulary(train["text"].tolist())
        self.network = self.untrained_network()
        texts, targets, weights = self._lesson(train)
        batches = training_batches(
            self._numbers(texts),
            targets,
            weights,
            batch_size=settings["batch_size"],
            word_dropout=settings["word_dropout"],
            seed=seed,
        )
        steps = settings["epochs"] * len(batches)
        compile_network(self.network, settings["learning_rate"], steps, targets_are_logits=targets.ndim == 2)
        history, self.training_seconds = train_network(
            self.network,
            batches,
            epochs=settings["epochs"],
            patience=settings["patience"],
            metric=f"validation_{settings['primary_metric']}",
            evaluate=lambda: self._scores(validation),
        )
        return pd.DataFrame(history)

    def learn_from(self, texts: Sequence[str], probabilities: np.ndarray) -> None:
        """Let `fit` learn a teacher's logits on these texts, instead of the training labels.

        Tang et al. 2019, "Distilling task-specific knowledge from BERT into simple neural networks", section 3.2.

        Args:
            texts: n of them, in general the training texts and unlabelled ones.
            probabilities: the teacher's answers, (n, k).

        Raises:
            ValueError: there are not as many answers as texts.
        """
        if len(texts) != len(probabilities):
            raise ValueError(f"{len(texts)} texts came with {len(probabilities)} answers; expected one for each text.")
        self.lesson = list(texts), np.asarray(probabilities)

    def _lesson(self, train: pd.DataFrame) -> tuple[list[str], np.ndarray, np.ndarray]:
        """The texts to train on, their targets (labels, or a teacher's logits) and their weights.

        Raises:
            ValueError: a teacher is named, and its answers were not given or are about other classes.
        """
        if self.lesson is None:
            if self.parameters["teacher"]:
                raise ValueError(f"The teacher '{self.parameters['teacher']}' gave no answers. Call learn_from first.")
            labels = train["label"].to_numpy(np.int64)
            return train["text"].tolist(), labels, self.weights_of(labels)
        texts, probabilities = self.lesson
        if probabilities.shape[1] != self.n_classes:
            raise ValueError(f"The teacher knows {probabilities.shape[1]} classes; the training data {self.n_classes}.")
        logarithms = np.log(np.maximum(probabilities, SMALLEST_PROBABILITY))
        logits = logarithms - logarithms.mean(axis=1, keepdims=True)  # they are known up to a constant for each text
        return texts, logits.astype(np.float32), np.ones(len(texts), np.float32)

    def _scores(self, validation: pd.DataFrame) -> dict[str, float]:
        """Loss and primary metric of the network as it stands."""
        from sklearn.metrics import log_loss

        from textlab.evaluation.classification.metrics import classification_metrics
        from textlab.evaluation.classification.predictions import predictions_frame

        names = [str(label) for label in range(self.n_classes)]
        probabilities = self._predict_proba(validation).astype(float)
        probabilities /= probabilities.sum(axis=1, keepdims=True)  # exactly one: they were rounded to float32
        metrics = classification_metrics(predictions_frame(validation, probabilities, names))
        metric = self.parameters["primary_metric"]
        return {
            "validation_loss": log_loss(validation["label"], probabilities, labels=range(self.n_classes)),
            f"validation_{metric}": finite_score(metrics, metric),
        }

    def _choose_vocabulary(self, texts: list[str]) -> np.ndarray:
        """Fetch the word vectors and set `vocabulary`: the words of `texts` and of the vectors that have one.

        Returns:
            float32 (2 + words, width): padding, the unknown word, then the vocabulary.
        """
        from sklearn import preprocessing

        from textlab.features.vectors.cache import cached_word_vectors
        from textlab.features.vectors.training import KINDS, count_tokens

        settings = self.parameters
        counts = count_tokens(texts)
        if settings["embedding"] in KINDS:
            corpus = texts + training_texts(settings["unlabelled"])
            self.vectors = cached_word_vectors(settings["embedding"], corpus, width=settings["width"])
        else:
            self.vectors = cached_word_vectors(settings["embedding"], words=set(counts))
        often = [word for word, count in counts.most_common() if count >= MINIMUM_COUNT]
        self.vectors.check_covers(often)
        candidates = list(dict.fromkeys([*often, *self.vectors.words]))
        vectors, known = self.vectors.vectors_for(candidates)
        self.vocabulary = [word for word, has_vector in zip(candidates, known, strict=True) if has_vector]
        words = VECTOR_SPREAD * np.sqrt(vectors.shape[1]) * preprocessing.normalize(vectors[known])
        return np.vstack([np.zeros((1, words.shape[1])), words.mean(axis=0), words]).astype(np.float32)

    def untrained_network(self) -> Any:
        """The network as training begins it, with the word vectors that were chosen."""
        return self._build(self.embedding_matrix)

    def _build(self, embedding_matrix: np.ndarray) -> Any:
        names = ("units", "layers", "bidirectional", "dropout", "pooling", "train_vectors")
        return build_network(embedding_matrix, self.n_classes, **{name: self.parameters[name] for name in names})

    def weights_of(self, labels: np.ndarray) -> np.ndarray:
        """The weight of each training text: float32 (n,), one on average."""
        if self.parameters["class_weight"] == "none":
            return np.ones(len(labels), np.float32)
        counts = np.bincount(labels)
        return (len(labels) / (len(counts) * counts))[labels].astype(np.float32)

    def _numbers(self, texts: Sequence[str]) -> list[list[int]]:
        """Each text as the numbers of its tokens, at most `maximum_length` of them."""
        number = {word: FIRST_WORD + position for position, word in enumerate(self.vocabulary)}
        longest = self.parameters["maximum_length"]
        return [[number.get(token, UNKNOWN) for token in normalise(text).split()[:longest]] for text in texts]

    def _predict_proba(self, examples: pd.DataFrame) -> np.ndarray:
        from scipy.special import softmax

        numbers = self._numbers(examples["text"].tolist())
        logits = np.empty((len(numbers), self.n_classes), np.float32)
        for batch in length_buckets(np.array([len(text) for text in numbers]), PREDICTION_BATCH):
            logits[batch] = self.network.predict_on_batch(pad([numbers[row] for row in batch]))
        return softmax(logits, axis=1)

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
        import tensorflow as tf

        from textlab.features.tfidf_graph import vocabulary_table
        from textlab.models.lstm.graph import inference_graph
        from textlab.text.graph import normalise as normalise_in_graph

        module = inference_graph(self.network)
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / "words.txt"
            path.write_text("\n".join(self.vocabulary) + "\n", encoding="utf-8", newline="\n")
            module.table = vocabulary_table(path)

            @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
            def serve(text: Any) -> dict[str, Any]:
                normalised = normalise_in_graph(text)
                some = tf.where(normalised == "", NO_TOKENS, normalised)
                # tf.strings.split does the same in more operations, for a ragged tensor.
                tokens = tf.raw_ops.StringSplitV2(input=some, sep="")
                numbers = tf.cast(module.table.lookup(tokens.values), tf.int32) + FIRST_WORD  # -1 becomes UNKNOWN
                padded = tf.sparse.to_dense(tf.SparseTensor(tokens.indices, numbers, tokens.shape), PADDING)
                return {"probabilities": tf.nn.softmax(module(padded[:, : self.parameters["maximum_length"]]))}

            tf.saved_model.save(module, str(folder), signatures=serve)

"""A small model and dataset with two inputs: a text and its airline."""

import json

import numpy as np
import pandas as pd
from tiny_data import tiny_dataset

from textlab.data.dataset import Dataset
from textlab.models.classifier import Classifier

AIRLINES = ("delta", "united", "virgin")


def airline_dataset() -> Dataset:
    """Tweets whose words are uninformative. The label depends on the airline: only virgin is praised."""
    frames = {}
    for split, frame in tiny_dataset(2).splits():
        airlines = [AIRLINES[row % 3] for row in range(len(frame))]
        labels = [int(airline == "virgin") for airline in airlines]
        frames[split] = frame.assign(airline=airlines, label=labels, text=[f"tweet {id_}" for id_ in frame["id"]])
    return Dataset("airlines", "1", ("negative", "positive"), *frames.values(), inputs=("text", "airline"))


class NaiveBayes(Classifier):
    """Multinomial naive Bayes with equal priors, over the words of the text and the airline."""

    inputs = ("text", "airline")

    @classmethod
    def tiny(cls):
        return cls()

    def _fit(self, train, validation, seed):
        self.vocabulary = sorted({token for tokens in _tokens(train) for token in tokens})
        counts = np.ones((len(self.vocabulary), self.n_classes))
        for tokens, label in zip(_tokens(train), train["label"], strict=True):
            for token in tokens:
                counts[self.vocabulary.index(token), label] += 1
        self._set_scores(np.log(counts / counts.sum(axis=0)))
        return pd.DataFrame({"epoch": [1], "train_loss": [0.0]})

    def _set_scores(self, scores):
        self.scores = np.vstack([scores, np.zeros_like(scores[:1])]).astype(np.float32)  # the last row: unknown

    def _predict_proba(self, examples):
        rows = {token: row for row, token in enumerate(self.vocabulary)}
        sums = np.array([sum(self.scores[rows.get(token, -1)] for token in tokens) for tokens in _tokens(examples)])
        powers = np.exp(sums - sums.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def _save(self, folder):
        (folder / "words.json").write_text(json.dumps([self.vocabulary, self.scores[:-1].tolist()]))

    def _load(self, folder):
        self.vocabulary, scores = json.loads((folder / "words.json").read_text())
        self._set_scores(np.array(scores))

    def _export(self, folder):
        import tensorflow as tf

        module, size = tf.Module(), len(self.vocabulary)
        words = tf.lookup.KeyValueTensorInitializer(self.vocabulary, tf.range(size, dtype=tf.int64))
        module.rows, module.scores = tf.lookup.StaticHashTable(words, size), tf.Variable(self.scores)
        strings = [tf.TensorSpec([None], tf.string, name=name) for name in self.inputs]

        @tf.function(input_signature=strings)
        def serve(text, airline):
            tokens = tf.strings.split("text:" + tf.strings.regex_replace(text, " ", " text:"), " ")
            tokens = tf.concat([tokens, tf.expand_dims("airline:" + airline, 1)], axis=1)
            scores = tf.gather(module.scores, module.rows.lookup(tokens.values))
            sums = tf.math.segment_sum(scores, tokens.value_rowids())
            return {"probabilities": tf.nn.softmax(sums)}

        tf.saved_model.save(module, str(folder), signatures=serve)


def _tokens(examples):
    words = [[f"text:{word}" for word in text.split(" ")] for text in examples["text"]]
    return [[*row, f"airline:{airline}"] for row, airline in zip(words, examples["airline"], strict=True)]

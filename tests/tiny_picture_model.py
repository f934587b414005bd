"""Small models of pictures for tests: they know a picture by its mean colour, which their graph decodes.

dataset = picture_dataset()
write_picture_bundle(tmp_path / "bundle")                      # reads text and image
write_picture_bundle(tmp_path / "bundle", ColoursAlone)        # reads image
"""

from pathlib import Path

import numpy as np
import pandas as pd
from tiny_pictures import WORDS, picture_dataset

from textlab.inputs import kind_of
from textlab.models.classifier import Classifier

SHARPNESS = 10.0


class WordsAndColours(Classifier):
    """The nearest centroid of two words and a mean colour; a missing picture has the colour (0, 0, 0)."""

    inputs = ("text", "image")

    @classmethod
    def tiny(cls):
        return cls()

    def _fit(self, train, validation, seed):
        features, labels = self._features(train), train["label"].to_numpy()
        centroids = np.stack([features[labels == label].mean(axis=0) for label in range(self.n_classes)])
        weights = 2 * SHARPNESS * centroids.T
        self._set_weights(np.vstack([weights, -SHARPNESS * (centroids**2).sum(axis=1)]).astype(np.float32))
        return pd.DataFrame({"epoch": [1], "train_loss": [0.0]})

    def _set_weights(self, weights):
        self.weights = weights

    def _features(self, examples):
        import tensorflow as tf

        given = [tf.constant(kind_of(name).encode(examples[name]), tf.string) for name in self.inputs]
        return features_of(self.inputs, given).numpy()

    def _predict_proba(self, examples):
        scores = self._features(examples) @ self.weights[:-1] + self.weights[-1]
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def _save(self, folder):
        np.save(folder / "weights.npy", self.weights, allow_pickle=False)

    def _load(self, folder):
        self._set_weights(np.load(folder / "weights.npy", allow_pickle=False))

    def _export(self, folder):
        import tensorflow as tf

        module = tf.Module()
        module.weights = tf.Variable(self.weights)
        inputs = self.inputs

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name=name) for name in inputs])
        def serve(*given):
            scores = features_of(inputs, given) @ module.weights[:-1] + module.weights[-1]
            return self._answer_in_graph(tf.nn.softmax(scores))

        tf.saved_model.save(module, str(folder), signatures=serve)


class ColoursAlone(WordsAndColours):
    """The same model of the picture alone."""

    inputs = ("image",)


def features_of(inputs, given):
    """The features of n examples, float32 (n, d), from the encoded values of each input."""
    import tensorflow as tf

    columns = {"text": words_in, "image": mean_colours}
    return tf.concat([columns[name](values) for name, values in zip(inputs, given, strict=True)], axis=1)


def words_in(texts):
    """Whether each text holds each of the words, float32 (n, words)."""
    import tensorflow as tf

    held = [tf.strings.regex_full_match(texts, f"(?s).*{word}.*") for word in WORDS]
    return tf.cast(tf.stack(held, axis=1), tf.float32)


def mean_colours(images):
    """The mean colour of each picture between 0 and 1, float32 (n, 3)."""
    import tensorflow as tf

    def mean(content):
        decoded = tf.cast(tf.io.decode_png(content, channels=3), tf.float32)  # JPEG, too
        return tf.reduce_mean(decoded, axis=(0, 1)) / 255

    def colour(content):
        return tf.cond(tf.strings.length(content) > 0, lambda: mean(content), lambda: tf.zeros(3))

    return tf.map_fn(colour, images, fn_output_signature=tf.TensorSpec([3], tf.float32))


def write_picture_bundle(folder: Path, family: type[Classifier] = WordsAndColours) -> Classifier:
    """Fit a model, write its bundle, and return the model."""
    from textlab.export.bundle import write_bundle

    dataset, model = picture_dataset(family.inputs), family.tiny()
    model.fit(dataset.train, dataset.validation)
    write_bundle(model, dataset, folder, {"run_id": "abc", "model": "colours"})
    return model

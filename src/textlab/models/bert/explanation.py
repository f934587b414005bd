"""The contributions of words to the score of a class of a fine-tuned encoder, in the graph."""

from collections.abc import Callable
from typing import Any

from textlab.models.bert.classifier_graph import ClassifierGraph
from textlab.models.explaining.integrated_gradients import integrated_gradients
from textlab.models.explaining.signature import contrast, explanation
from textlab.models.transformer.string_graph import Reading
from textlab.models.transformer.windows import Ends
from textlab.models.transformer.windows_graph import windows_of
from textlab.text.original_words import original_words, words_of_tokens

WINDOWS_AT_ONCE = 32
NO_PIECE = -1  # the place of a token that the tokenizer puts around a text


def explaining(network: ClassifierGraph, reading: Reading) -> Callable[[Any, Any], dict[str, Any]]:
    """Return the function of the signature `explain`.

    The path begins at the same text with padding in place of every token, which the encoder reads as a word. A token in
    two windows gets the sum of both.

    An encoder with layers in int8, which have no gradient, is explained with the same weights in float32. Its scores
    differ from those that it answers by what the rounding of inputs changes.

    Args:
        network: the fine-tuned encoder.
        reading: how it reads texts.
    """
    import tensorflow as tf

    network = network.in_float32()
    marked = Ends(*((NO_PIECE,) * len(part) for part in (reading.ends.prefix, reading.ends.suffix)))

    def explain(text: Any, target: Any) -> dict[str, Any]:
        words, pieces = original_words(text), reading.pieces(text)
        of_tokens = words_of_tokens(words, pieces, reading.pieces(words.pieces))
        read = windows_of(pieces, reading.layout, reading.ends)
        count = tf.size(pieces.values)
        places = windows_of(pieces.with_values(tf.range(count)), reading.layout, marked).ids.values
        baseline = tf.where(places == NO_PIECE, read.ids.values, network.encoder.padding)
        vectors, silent = (network.word_vectors(each) for each in (read.ids.values, baseline))
        texts, weights = tf.size(target), contrast(target, network.classes, network.has_independent_labels)

        def scores(points: Any) -> Any:
            steps = tf.shape(points)[0]
            ids = tf.RaggedTensor.from_row_lengths(
                tf.tile(read.ids.values, [steps]), tf.tile(read.ids.row_lengths(), [steps]), validate=False
            )
            states = network.states_of_vectors(ids, tf.reshape(points, [-1, points.shape[-1]]))
            text_of = None
            if read.text is not None:
                shift = tf.range(tf.cast(steps, tf.int64))[:, None] * tf.cast(texts, tf.int64)
                text_of = tf.reshape(read.text[None] + shift, [-1])
            logits = tf.reshape(network.logits(states, text_of), [steps, texts, -1])
            return tf.reduce_sum(logits * weights, axis=-1)

        windows = tf.maximum(tf.cast(read.ids.nrows(), tf.int32), 1)
        at_once, rows = tf.maximum(WINDOWS_AT_ONCE // windows, 1), read.ids.value_rowids()
        text_of_tokens = rows if read.text is None else tf.gather(read.text, rows)
        contributions, base, score = integrated_gradients(scores, vectors, silent, text_of_tokens, texts, at_once)
        of_pieces = tf.math.unsorted_segment_sum(contributions, places, count)  # leaves NO_PIECE out
        return explanation(of_tokens, of_pieces, base, score)

    return explain

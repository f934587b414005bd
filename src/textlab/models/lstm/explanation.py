"""What each word of a text adds to the LSTM's score of a class, in the graph."""

from collections.abc import Callable
from typing import Any

from textlab.models.explaining.integrated_gradients import integrated_gradients
from textlab.models.explaining.signature import contrast, explanation
from textlab.models.lstm.batches import NO_TOKENS, PADDING, UNKNOWN
from textlab.models.lstm.graph import differentiable_lstm
from textlab.text.original_words import original_words, words_of_tokens

TEXTS_AT_ONCE = 64


def explaining(
    network: Any,
    normalise: Callable[[Any], Any],
    numbers_of: Callable[[Any], Any],
    maximum_length: int,
    independent: bool,
) -> Callable[[Any, Any], dict[str, Any]]:
    """Return the function of the signature `explain`.

    The path begins at a text of unknown words, which training with word dropout has seen.

    Args:
        network: what `inference_graph` returns.
        normalise: normalises texts, string (n,).
        numbers_of: returns the numbers, int32 (m,), of tokens, string (m,).
        maximum_length: the maximum number of tokens read from a text.
        independent: whether each label has a probability of its own.
    """
    import tensorflow as tf

    def function(text: Any, target: Any) -> dict[str, Any]:
        words, normalised = original_words(text), normalise(text)
        tokens = tf.strings.split(tf.where(normalised == "", NO_TOKENS, normalised))
        of_tokens = words_of_tokens(words, tokens, tf.strings.split(normalise(words.pieces)))
        read = tokens.with_values(numbers_of(tokens.values))[:, :maximum_length].to_tensor(PADDING)
        contributions, base, score = attributions(network, read, contrast(target, network.classes, independent))
        unread = tf.zeros([tokens.nrows(), tokens.bounding_shape(1)])
        of_texts = tf.RaggedTensor.from_tensor(tf.concat([contributions, unread], 1), tokens.row_lengths())
        return explanation(of_tokens, of_texts.values, base, score)

    return function


def attributions(network: Any, numbers: Any, weights: Any) -> tuple[Any, Any, Any]:
    """Return the contributions float32 (n, length), and the scores of unknown words and of the texts, float32 (n,).

    Args:
        network: what `inference_graph` returns.
        numbers: int32 (n, length), padded on the right.
        weights: float32 (n, k), the weights of the logits in the score.
    """
    import tensorflow as tf

    lengths = tf.math.count_nonzero(numbers, axis=1, dtype=tf.int32)
    texts, length = tf.shape(numbers)[0], tf.shape(numbers)[1]
    flat = tf.reshape(numbers, [-1])
    unknown = tf.where(flat == PADDING, PADDING, UNKNOWN)
    vectors, baseline = tf.gather(network.vectors, flat), tf.gather(network.vectors, unknown)

    def scores(points: Any) -> Any:
        steps = tf.shape(points)[0]
        states = tf.transpose(tf.reshape(points, [steps * texts, length, vectors.shape[-1]]), [1, 0, 2])
        logits = network.read(states, tf.tile(lengths, [steps]), differentiable_lstm)
        return tf.reduce_sum(tf.reshape(logits, [steps, texts, -1]) * weights, axis=-1)

    text_of = tf.repeat(tf.range(texts, dtype=tf.int64), length)
    at_once = tf.maximum(TEXTS_AT_ONCE // tf.maximum(texts, 1), 1)
    contributions, base, score = integrated_gradients(scores, vectors, baseline, text_of, texts, at_once)
    return tf.reshape(contributions, tf.shape(numbers)), base, score

"""The signature `explain` of an exported classifier of texts."""

from typing import Any

from textlab.text.original_words import TokenWords


def contrast(target: Any, classes: int, independent: bool) -> Any:
    """Return the weights of the logits in the score of a class, float32 (n, k).

    The score is the mean of ln(p_target / p_other) over the other classes. It is linear in the logits, so that a linear
    model's contributions are exact; for two classes it is the log-odds. Labels that are independent of each other have
    their own logit.

    Args:
        target: int32 (n,), the explained class of each text.
        classes: k.
        independent: whether each label has a probability of its own.
    """
    import tensorflow as tf

    chosen = tf.one_hot(target, classes)
    return chosen if independent else (classes * chosen - 1.0) / (classes - 1)


def explanation(words: TokenWords, contributions: Any, base: Any, score: Any) -> dict[str, Any]:
    """Return the outputs of the signature.

    Args:
        words: the words of n texts.
        contributions: float32 (m,), what each token adds to the score.
        base: float32 (n,), the score before any token has been read.
        score: float32 (n,).

    Returns:
        `starts` and `ends`, int32 (n, words), the words' places in code points, -1 for padding; `contributions`,
        float32 (n, words); `base` and `score`, float32 (n,). What belongs to no word is in `base`.
    """
    import tensorflow as tf

    count = tf.size(words.rows, tf.int64)
    sums = tf.math.unsorted_segment_sum(contributions, words.of_token, count)  # leaves -1 out
    rest = tf.where(words.of_token < 0, contributions, 0.0)

    def padded(values: Any, filler: Any) -> Any:
        return tf.RaggedTensor.from_value_rowids(values, words.rows, nrows=words.texts, validate=False).to_tensor(
            filler
        )

    return {
        "starts": padded(tf.cast(words.starts, tf.int32), -1),
        "ends": padded(tf.cast(words.ends, tf.int32), -1),
        "contributions": padded(sums, 0.0),
        "base": base + tf.math.unsorted_segment_sum(rest, words.token_rows, words.texts),
        "score": score,
    }


def explaining_function(explain: Any) -> Any:
    """Return `explain(text, target)` as a function with the inputs of the signature, `text` and `target`."""
    import tensorflow as tf

    inputs = [tf.TensorSpec([None], tf.string, name="text"), tf.TensorSpec([None], tf.int32, name="target")]
    return tf.function(explain, input_signature=inputs, autograph=False)

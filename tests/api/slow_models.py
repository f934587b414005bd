"""SavedModels whose cost and failures depend on their texts."""

from pathlib import Path


def write_slow_model(folder: Path, steps_a_character: int) -> Path:
    """A SavedModel that counts to the padded length of its texts, some steps for each character and text.

    A text with the word "hang" is never answered, one with "wrong" gets NaN, and one with "fail" raises an error.
    """
    import tensorflow as tf

    module = tf.Module()
    module.answer = tf.Variable([0.25, 0.75])

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def serve(text):
        longest = tf.reduce_max(tf.strings.length(text))
        hangs = tf.reduce_any(tf.strings.regex_full_match(text, ".*hang.*"))
        steps = tf.cond(hangs, lambda: 2**62, lambda: tf.cast(longest * tf.size(text) * steps_a_character, tf.int64))
        counted = tf.while_loop(
            lambda step: step < steps, lambda step: (step + 1,), [tf.constant(0, tf.int64)], parallel_iterations=1
        )[0]
        fails = tf.strings.regex_full_match(text, ".*fail.*")
        checked = tf.strings.unicode_transcode(tf.where(fails, b"\xff", text), "UTF-8", "UTF-8", errors="strict")
        wrong = tf.strings.regex_full_match(checked, ".*wrong.*")[:, None]
        rows = tf.zeros([tf.size(text), 1]) + module.answer
        return {"probabilities": tf.where(wrong, float("nan"), rows) + 0 * tf.cast(counted, tf.float32)}

    tf.saved_model.save(module, str(folder), signatures=serve)
    return folder


def write_hanging_start(folder: Path) -> Path:
    """A SavedModel that never answers a text."""
    import tensorflow as tf

    module = tf.Module()
    module.answer = tf.Variable([0.5, 0.5])

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def serve(text):
        steps = tf.while_loop(lambda step: step < 2**62, lambda step: (step + 1,), [tf.constant(0, tf.int64)])[0]
        return {"probabilities": tf.zeros([tf.size(text), 1]) + module.answer + 0 * tf.cast(steps, tf.float32)}

    tf.saved_model.save(module, str(folder), signatures=serve)
    return folder

"""Apply the normalisation rules in a TensorFlow graph, using core operations only."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from textlab.inputs import kind_of
from textlab.text.normalisation import MAPPED_CODE_POINTS, RULES, character_map


def encode(texts: Iterable[str]) -> list[bytes]:
    """Encode strings as UTF-8 for a string tensor. The graph replaces lone surrogates by blanks."""
    return kind_of("text").encode(texts)


def normalise(texts: Any) -> Any:
    """Normalise a tensor of texts as `textlab.text.normalisation.normalise` does.

    Args:
        texts: string tensor of shape (n,), UTF-8. Invalid UTF-8 becomes a blank.

    Returns:
        string tensor of shape (n,): tokens separated by single blanks.
    """
    import tensorflow as tf

    code_points = tf.strings.unicode_decode(texts, "UTF-8", errors="replace", replacement_char=0x20)
    table = tf.constant(np.array(character_map(), dtype=np.int32))
    values = code_points.values
    mapped = tf.gather(table, tf.minimum(values, MAPPED_CODE_POINTS - 1))
    values = tf.where(values < MAPPED_CODE_POINTS, mapped, values)
    texts = tf.strings.unicode_encode(code_points.with_values(values), "UTF-8")
    for rule in RULES:
        texts = tf.strings.regex_replace(texts, rule.pattern, rule.replacement)
    return tf.strings.strip(texts)


def held_once(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a function of a string tensor (n,) whose operations and tables a SavedModel holds once.

    Otherwise each signature would hold a copy of all tables of characters, which are megabytes.
    """
    import tensorflow as tf

    found: Callable[[Any], Any] = tf.function(
        function, input_signature=[tf.TensorSpec([None], tf.string)], autograph=False
    )
    return found

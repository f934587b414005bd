"""Look words and n-grams up in a TensorFlow graph."""

from pathlib import Path
from typing import Any


def vocabulary_table(path: Path) -> Any:
    """Return a lookup table from a line of a file to its number, counted from 0; -1 for any other string.

    The file becomes an asset of the SavedModel, so it may be removed once the model is saved.
    """
    import tensorflow as tf

    lookup = tf.lookup.TextFileInitializer(
        str(path),
        tf.string,
        tf.lookup.TextFileIndex.WHOLE_LINE,
        tf.int64,
        tf.lookup.TextFileIndex.LINE_NUMBER,
    )
    return tf.lookup.StaticHashTable(lookup, default_value=-1)

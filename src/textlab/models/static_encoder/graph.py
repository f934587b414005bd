"""Static vectors in core TensorFlow operations: tokens, a lookup, a sum, and the length one."""

from pathlib import Path
from typing import Any

import numpy as np

from textlab.paths import replacing_folder
from textlab.text.tokenisers.graph import TokeniserGraph
from textlab.text.tokenisers.reading import read_tokeniser


def export_vectors(tokenizer: Path, vectors: np.ndarray, maximum_length: int, target: Path) -> None:
    """Write a SavedModel that turns `text: string (n,)` into `embedding: float32 (n, d)`.

    Args:
        tokenizer: the file tokenizer.json.
        vectors: float32 (tokens, d).
        maximum_length: the maximum number of tokens read from a text, including the first and the last one.
        target: where the SavedModel appears when it is complete.
    """
    import tensorflow as tf

    tokeniser = TokeniserGraph(read_tokeniser(tokenizer), maximum_length)
    module = tf.Module()
    module.vectors, module.tables = tf.Variable(vectors, trainable=False), tokeniser.tables

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")], autograph=False)
    def serve(text: Any) -> dict[str, Any]:
        ids = tokeniser.token_ids(text)
        found = tf.gather(module.vectors, ids.values)
        sums = tf.math.unsorted_segment_sum(found, ids.value_rowids(), ids.nrows())  # a text may have no token
        return {"embedding": tf.math.l2_normalize(sums, axis=1, epsilon=1e-24)}

    with replacing_folder(target) as partial:
        tf.saved_model.save(module, str(partial), signatures=serve)

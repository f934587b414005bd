"""The LSTM as a SavedModel: normalisation, tokens, vocabulary and network in one graph."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from textlab.bundle_format.graph import EXPLAIN, SIGNATURE
from textlab.bundle_format.signature import TRUNCATED
from textlab.models.explaining.signature import explaining_function
from textlab.models.lstm.batches import FIRST_WORD, NO_TOKENS, PADDING
from textlab.models.lstm.explanation import explaining
from textlab.models.lstm.graph import inference_graph


def export_lstm(
    network: Any,
    vocabulary: Sequence[str],
    maximum_length: int,
    answer: Callable[[Any], dict[str, Any]],
    folder: Path,
    independent: bool = False,
) -> None:
    """Write `network` as a SavedModel that turns `text: string (n,)` into `probabilities: float32 (n, k)`.

    Its second output, `truncated: bool (n,)`, tells which texts have more than `maximum_length` tokens.
    Its second signature, `explain`, tells what each word adds to a score.

    Args:
        network: a Keras model that `build_network` made.
        vocabulary: the words, in the order of the rows of the embedding matrix after padding and unknown word.
        maximum_length: the maximum number of tokens read from a text.
        answer: turns logits, float32 (n, k), into the first output.
        folder: where the SavedModel is written.
        independent: whether each label has a probability of its own.
    """
    import tensorflow as tf

    from textlab.text.graph import held_once, normalise
    from textlab.text.vocabulary_table import vocabulary_table

    module = inference_graph(network)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "words.txt"
        path.write_text("\n".join(vocabulary) + "\n", encoding="utf-8", newline="\n")
        module.table = vocabulary_table(path)

        normalised_once = held_once(normalise)

        def numbers_of(tokens: Any) -> Any:
            return tf.cast(module.table.lookup(tokens), tf.int32) + FIRST_WORD  # -1 becomes UNKNOWN

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
        def serve(text: Any) -> dict[str, Any]:
            normalised = normalised_once(text)
            some = tf.where(normalised == "", NO_TOKENS, normalised)
            # tf.strings.split does the same with more operations and returns a ragged tensor.
            tokens = tf.raw_ops.StringSplitV2(input=some, sep="")
            numbers = tf.SparseTensor(tokens.indices, numbers_of(tokens.values), tokens.shape)
            padded = tf.sparse.to_dense(numbers, PADDING)
            return {
                **answer(module(padded[:, :maximum_length])),
                TRUNCATED: tf.reduce_any(padded[:, maximum_length:] != PADDING, axis=1),
            }

        explain = explaining(module, normalised_once, numbers_of, maximum_length, independent)
        signatures = {SIGNATURE: serve, EXPLAIN: explaining_function(explain)}
        tf.saved_model.save(module, str(folder), signatures=signatures)

"""BERT as a strings-in SavedModel: `python -m textlab.models.bert.graph FOLDER TARGET`.

The export reads a folder that transformers wrote (config.json, model.safetensors, tokenizer.json) and rebuilds it from
core TensorFlow operations: WordPiece by `textlab.text.wordpiece_graph`, then what BertForSequenceClassification does in
eval mode. It needs neither torch nor transformers, and runs in a process of its own: one framework to a process.
"""

import json
import math
import shutil
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from textlab.log import configure_logging
from textlab.text.wordpiece_graph import WordPieceGraph
from textlab.text.wordpiece_rules import WordPieceRules, read_wordpiece

ONLY = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute", "is_decoder": False}
DEFAULTS = {**ONLY, "model_type": None, "num_attention_heads": 12, "layer_norm_eps": 1e-12}  # BertConfig's own
SHORTEST = 3  # the first token, one of the text, the last
TEXTS_AT_ONCE = 64  # more would be no faster, and attention over thousands of texts takes gigabytes
EMBEDDINGS = "bert.embeddings"
WORDS, POSITIONS = f"{EMBEDDINGS}.word_embeddings.weight", f"{EMBEDDINGS}.position_embeddings.weight"
NEEDED = (WORDS, POSITIONS, "bert.pooler.dense.weight", "classifier.weight")
MASKED = -1e9  # added to the score of padding: its share of attention is exactly zero

Weights = dict[str, np.ndarray]


def export_bert(folder: Path, target: Path, maximum_length: int) -> None:
    """Write the model in `folder` as a SavedModel: `text: string[n]` to `probabilities: float32[n, k]`.

    Args:
        folder: holds config.json, model.safetensors with the state of a BertForSequenceClassification, and
            tokenizer.json.
        target: the SavedModel's place; it appears when it is complete. An earlier SavedModel there is replaced.
        maximum_length: tokens that a text may have, the first and the last one included; what is beyond is cut off.

    Raises:
        FileNotFoundError: one of the three files is missing.
        FileExistsError: `target` holds something else.
        ValueError: it is no BERT with a classifier and a WordPiece tokenizer, or the length is out of range.
    """
    config = _read_config(folder)
    weights = _read_weights(folder)
    _check_length(folder, weights, maximum_length)
    _check_target(target)
    rules = read_wordpiece(folder / "tokenizer.json")
    _check_vocabulary(folder, weights, rules)
    partial = target.with_name(f".{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    _save(_Bert(weights, config), WordPieceGraph(rules, maximum_length), partial)
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing; expected a folder that save_pretrained of transformers wrote.")
    config = DEFAULTS | json.loads(path.read_text(encoding="utf-8"))
    for name, known in ONLY.items():
        if config[name] != known:
            raise ValueError(
                f"{path} says that {name} is {config[name]!r}; only {known!r} can be exported. Choose a checkpoint of "
                "plain BERT, such as minilm or bert-base-uncased."
            )
    return config


def _read_weights(folder: Path) -> Weights:
    import ml_dtypes  # noqa: F401  NumPy learns bfloat16 by it
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    path = folder / "model.safetensors"
    if not path.exists():
        raise FileNotFoundError(
            f"{folder} holds no weights: model.safetensors is missing. Save the model there by save_pretrained."
        )
    try:
        weights = {name: weight.astype(np.float32) for name, weight in load_file(path).items()}
    except SafetensorError as error:
        raise ValueError(f"{path} cannot be read ({error}). Write it anew by save_pretrained.") from error
    missing = [name for name in NEEDED if name not in weights]
    if missing:
        raise ValueError(
            f"{path} has no {missing[0]}; expected the state of a BertForSequenceClassification. "
            "Fine-tune the checkpoint to classify texts first."
        )
    return weights


def _check_length(folder: Path, weights: Weights, maximum_length: int) -> None:
    positions = len(weights[POSITIONS])
    if not SHORTEST <= maximum_length <= positions:
        raise ValueError(
            f"The maximum length is {maximum_length}; the model in {folder} takes {SHORTEST} to {positions} tokens."
        )


def _check_vocabulary(folder: Path, weights: Weights, rules: WordPieceRules) -> None:
    words = len(weights[WORDS])
    last = max(rules.beginnings.values())
    if last >= words:
        raise ValueError(
            f"The tokenizer in {folder} gives ids up to {last}, but the model has {words} word embeddings. "
            "Save the tokenizer that belongs to the model beside it."
        )


def _check_target(target: Path) -> None:
    if target.exists() and not (target / "saved_model.pb").exists() and any(target.iterdir()):
        raise FileExistsError(f"{target} holds something that is no SavedModel. Name a folder that is empty or new.")


class _Bert:
    """BertForSequenceClassification (Devlin et al. 2019) in eval mode, on texts that are packed one behind the other.

    The dense layers see the tokens of all texts as the rows of one matrix, without padding; only attention, a small
    part of the work, sees them apart and padded to the longest. The last layer is computed for the first token of each
    text alone, as the classifier sees no other.

    Args:
        weights: the state as transformers names it.
        config: what config.json says.

    Attributes:
        variables: the weights by name, kernels transposed; the module that is saved must hold them as an attribute.
    """

    def __init__(self, weights: Weights, config: dict[str, Any]) -> None:
        import tensorflow as tf

        self.heads, self.epsilon = config["num_attention_heads"], config["layer_norm_eps"]
        self.layers = [f"bert.encoder.layer.{number}" for number in range(config["num_hidden_layers"])]
        self.classes, self.width = weights["classifier.weight"].shape
        arranged = self._arranged(weights)
        self.variables = {name: tf.Variable(weight) for name, weight in arranged.items()}

    def _arranged(self, weights: Weights) -> Weights:
        """The weights as the graph wants them."""
        dense = [name for name in weights if name.endswith(".weight") and weights[name].ndim == 2]
        arranged = weights | {name: weights[name].T for name in dense if "embeddings" not in name}
        token_types = arranged.pop(f"{EMBEDDINGS}.token_type_embeddings.weight")
        arranged[POSITIONS] = arranged[POSITIONS] + token_types[0]  # a text by itself is all of the first type
        scale = 1 / math.sqrt(self.width // self.heads)
        for layer in self.layers:
            for part in ("weight", "bias"):
                names = [f"{layer}.attention.self.{name}.{part}" for name in ("query", "key", "value")]
                query, key, value = (arranged.pop(name) for name in names)
                arranged[f"{layer}.attention.self.{part}"] = np.concatenate([scale * query, key, value], axis=-1)
        return arranged

    def probabilities(self, ids: Any) -> Any:
        """The probabilities float32 (n, k) of the token `ids`, ragged int32 (n, None), a few texts at a time."""
        import tensorflow as tf

        count = ids.nrows()
        _, probabilities = tf.while_loop(
            lambda start, done: start < count,
            lambda start, done: (
                start + TEXTS_AT_ONCE,
                tf.concat([done, self._probabilities_at_once(ids[start : start + TEXTS_AT_ONCE])], axis=0),
            ),
            (tf.constant(0, tf.int64), tf.zeros([0, self.classes])),
            shape_invariants=(tf.TensorShape([]), tf.TensorShape([None, self.classes])),
            parallel_iterations=1,
        )
        return probabilities

    def _probabilities_at_once(self, ids: Any) -> Any:
        import tensorflow as tf

        layout = _Layout(ids)
        hidden = tf.gather(self.variables[WORDS], ids.values) + tf.gather(self.variables[POSITIONS], layout.positions)
        hidden = self._normalised(hidden, f"{EMBEDDINGS}.LayerNorm")
        for layer in self.layers:
            hidden = self._layer(hidden, layer, layout, only_first=layer == self.layers[-1])
        pooled = tf.tanh(self._dense(hidden, "bert.pooler.dense"))
        return tf.nn.softmax(self._dense(pooled, "classifier"))

    def _layer(self, hidden: Any, layer: str, layout: "_Layout", only_first: bool) -> Any:
        """One layer of the encoder: of all tokens (m, width), or of the first of each text (n, width)."""
        import tensorflow as tf

        context = self._attention(hidden, layer, layout, only_first)
        if only_first:
            hidden = tf.gather(hidden, layout.first)
        attended = self._dense(context, f"{layer}.attention.output.dense") + hidden
        attended = self._normalised(attended, f"{layer}.attention.output.LayerNorm")
        inner = tf.nn.gelu(self._dense(attended, f"{layer}.intermediate.dense"), approximate=False)
        return self._normalised(self._dense(inner, f"{layer}.output.dense") + attended, f"{layer}.output.LayerNorm")

    def _attention(self, hidden: Any, layer: str, layout: "_Layout", only_first: bool) -> Any:
        """What each token, or the first of each text, gathers from its text: (m, width) or (n, width)."""
        import tensorflow as tf

        together = tf.gather(self._dense(hidden, f"{layer}.attention.self"), layout.padded)
        texts, longest = tf.shape(layout.padded)[0], tf.shape(layout.padded)[1]
        apart = tf.reshape(together, [texts, longest, 3, self.heads, self.width // self.heads])
        query, key, value = tf.unstack(tf.transpose(apart, [2, 0, 3, 1, 4]))  # each (texts, heads, longest, size)
        if only_first:
            query = query[:, :, :1]
        shares = tf.nn.softmax(tf.matmul(query, key, transpose_b=True) + layout.mask)
        context = tf.reshape(tf.transpose(tf.matmul(shares, value), [0, 2, 1, 3]), [-1, self.width])
        return context if only_first else tf.gather(context, layout.packed)

    def _dense(self, inputs: Any, name: str) -> Any:
        import tensorflow as tf

        return tf.nn.bias_add(tf.matmul(inputs, self.variables[f"{name}.weight"]), self.variables[f"{name}.bias"])

    def _normalised(self, inputs: Any, name: str) -> Any:
        import tensorflow as tf

        mean, variance = tf.nn.moments(inputs, [-1], keepdims=True)
        scale = tf.math.rsqrt(variance + self.epsilon) * self.variables[f"{name}.weight"]
        return (inputs - mean) * scale + self.variables[f"{name}.bias"]


class _Layout:
    """Where the m tokens of n packed texts stand, and where they go when each text has a row of its own.

    Attributes:
        positions: int64 (m,), the place of each token in its text.
        first: int64 (n,), the row of each text's first token.
        padded: int64 (n, longest), the row of each token; any row where there is none.
        packed: int64 (m,), where the tokens are among the n * longest.
        mask: float32 (n, 1, 1, longest), `MASKED` where there is no token.
    """

    def __init__(self, ids: Any) -> None:
        import tensorflow as tf

        lengths, self.first = ids.row_lengths(), ids.row_starts()
        places = tf.range(tf.reduce_max(lengths))[None, :]
        inside = places < lengths[:, None]
        self.positions = tf.boolean_mask(tf.zeros_like(lengths)[:, None] + places, inside)
        self.padded = tf.where(inside, self.first[:, None] + places, 0)
        self.packed = tf.where(tf.reshape(inside, [-1]))[:, 0]
        self.mask = tf.where(inside, 0.0, MASKED)[:, None, None, :]


def _save(bert: _Bert, wordpiece: WordPieceGraph, folder: Path) -> None:
    import tensorflow as tf

    module = tf.Module()
    module.weights, module.tables = bert.variables, wordpiece.tables

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")], autograph=False)
    def serve(text: Any) -> dict[str, Any]:
        return {"probabilities": bert.probabilities(wordpiece.token_ids(text))}

    tf.saved_model.save(module, str(folder), signatures=serve)


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    folder: Annotated[Path, typer.Argument(help="What save_pretrained wrote: config, weights and tokenizer.")],
    target: Annotated[Path, typer.Argument(help="The SavedModel; an earlier one there is replaced.")],
    maximum_length: Annotated[int, typer.Option(help="Tokens that a text may have; the rest is cut off.")] = 128,
    verbose: Annotated[bool, typer.Option("--verbose", help="Say more, and show tracebacks.")] = False,
) -> None:
    """Export a fine-tuned BERT as a SavedModel that takes strings and gives probabilities."""
    configure_logging(verbose)
    try:
        export_bert(folder, target, maximum_length)
    except (ValueError, OSError) as error:
        if verbose:
            raise
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    app(prog_name="python -m textlab.models.bert.graph")

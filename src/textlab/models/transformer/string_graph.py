"""The export of a transformer as a SavedModel that takes strings.

The export reads a folder that transformers wrote (config.json, model.safetensors, tokenizer.json) and rebuilds the
model from core TensorFlow operations: first WordPiece, then the network in eval mode. It needs neither torch nor
transformers, and runs in a process of its own, so that each process loads a single framework.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from textlab.models.transformer.checkpoint_files import (
    check_length,
    check_target,
    check_vocabulary,
    read_config,
    read_weights,
)
from textlab.models.transformer.encoder_graph import EncoderGraph, Weights
from textlab.paths import replacing_folder
from textlab.text.wordpiece_graph import WordPieceGraph
from textlab.text.wordpiece_rules import read_wordpiece

Folder = Annotated[Path, typer.Argument(help="Folder that save_pretrained wrote: config, weights and tokenizer.")]
Target = Annotated[Path, typer.Argument(help="Folder of the SavedModel; an earlier one there is replaced.")]
MaximumLength = Annotated[int, typer.Option(help="Tokens that are read from a text.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Log more, and show tracebacks.")]


def export_graph(
    folder: Path,
    target: Path,
    maximum_length: int,
    build: Callable[[Weights, dict[str, Any]], EncoderGraph],
    head: Sequence[str] = (),
) -> None:
    """Write the model in `folder` as a SavedModel from `text: string (n,)` to the graph's output, float32 (n, k).

    Args:
        folder: holds config.json, model.safetensors and tokenizer.json.
        target: where the SavedModel appears when it is complete; an earlier SavedModel there is replaced.
        maximum_length: the maximum number of tokens read from a text, including the first and the last one.
        build: builds the network from the weights and the content of config.json.
        head: the names of weights beyond the encoder's that must be there.

    Raises:
        FileNotFoundError: one of the three files is missing.
        FileExistsError: `target` holds something else.
        ValueError: the model is no BERT with a WordPiece tokenizer and that head, or the length is out of range.
    """
    config, weights = read_config(folder), read_weights(folder, head)
    check_length(folder, weights, maximum_length)
    check_target(target)
    rules = read_wordpiece(folder / "tokenizer.json")
    check_vocabulary(folder, weights, rules)
    with replacing_folder(target) as partial:
        _save(build(weights, config), WordPieceGraph(rules, maximum_length), partial)


def _save(encoder: EncoderGraph, wordpiece: WordPieceGraph, folder: Path) -> None:
    import tensorflow as tf

    module = tf.Module()
    module.weights, module.tables = encoder.variables, wordpiece.tables

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")], autograph=False)
    def serve(text: Any) -> dict[str, Any]:
        return {encoder.output: encoder.answers(wordpiece.token_ids(text))}

    tf.saved_model.save(module, str(folder), signatures=serve)

"""The export of a transformer as a SavedModel that takes strings.

The export reads a folder that transformers wrote (config.json, model.safetensors, tokenizer.json) and rebuilds the
model from core TensorFlow operations: first the tokenizer, then the network in eval mode. It needs neither torch nor
transformers, and runs in a process of its own, so that each process loads a single framework.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

from textlab.models.transformer.checkpoint_files import (
    check_length,
    check_target,
    check_vocabulary,
    read_encoder,
    read_weights,
)
from textlab.models.transformer.description import Encoder
from textlab.models.transformer.graph.parts import Weights
from textlab.paths import replacing_folder
from textlab.text.wordpiece_graph import WordPieceGraph
from textlab.text.wordpiece_rules import read_wordpiece

Folder = Annotated[Path, typer.Argument(help="Folder that save_pretrained wrote: config, weights and tokenizer.")]
Target = Annotated[Path, typer.Argument(help="Folder of the SavedModel; an earlier one there is replaced.")]
MaximumLength = Annotated[int, typer.Option(help="Tokens that are read from a text.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Log more, and show tracebacks.")]


class Network(Protocol):
    """A network in the graph.

    Attributes:
        output: the name of the exported model's output.
        variables: the numbers of the network by name.
    """

    output: str

    @property
    def variables(self) -> dict[str, Any]: ...

    def answers(self, ids: Any) -> Any:
        """Return the output float32 (n, k) for token `ids`, ragged int32 (n, None)."""


def export_graph(
    folder: Path,
    target: Path,
    maximum_length: int,
    build: Callable[[Weights, Encoder], Network],
    with_head: bool,
) -> None:
    """Write the model in `folder` as a SavedModel from `text: string (n,)` to the graph's output, float32 (n, k).

    Args:
        folder: holds config.json, model.safetensors (or several files and their index) and tokenizer.json.
        target: where the SavedModel appears when it is complete; an earlier SavedModel there is replaced.
        maximum_length: the maximum number of tokens read from a text, including the first and the last one.
        build: builds the network from the weights and the description of the encoder.
        with_head: whether the network needs the weights of the classification head.

    Raises:
        FileNotFoundError: one of the files is missing.
        FileExistsError: `target` holds something else.
        ValueError: the model or its tokenizer is of no supported kind, a weight is missing, or the length is out of
            range.
    """
    encoder = read_encoder(folder)
    weights = read_weights(folder, encoder, with_head)
    check_length(folder, weights, encoder, maximum_length)
    check_target(target)
    rules = read_wordpiece(folder / "tokenizer.json")
    check_vocabulary(folder, weights, encoder, max(rules.beginnings.values()) + 1)
    with replacing_folder(target) as partial:
        _save(build(weights, encoder), WordPieceGraph(rules, maximum_length), partial)


def _save(network: Network, tokeniser: WordPieceGraph, folder: Path) -> None:
    import tensorflow as tf

    module = tf.Module()
    module.weights, module.tables = network.variables, tokeniser.tables

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")], autograph=False)
    def serve(text: Any) -> dict[str, Any]:
        return {network.output: network.answers(tokeniser.token_ids(text))}

    tf.saved_model.save(module, str(folder), signatures=serve)

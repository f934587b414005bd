"""The export of a transformer as a SavedModel that takes strings.

The export reads a folder that transformers wrote (config.json, model.safetensors, tokenizer.json) and rebuilds the
model from core TensorFlow operations: first the tokenizer, then the network in eval mode. It needs neither torch nor
transformers, and runs in a process of its own, so that each process loads a single framework.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

from textlab.bundle_format.graph import EXPLAIN, SIGNATURE
from textlab.bundle_format.signature import TRUNCATED
from textlab.models.explaining.signature import explaining_function
from textlab.models.transformer.checkpoint_files import (
    check_length,
    check_target,
    check_tokens,
    read_encoder,
    read_weights,
)
from textlab.models.transformer.description import Encoder
from textlab.models.transformer.graph.parts import Weights
from textlab.models.transformer.windows import Ends, Layout
from textlab.models.transformer.windows_graph import windows_of
from textlab.paths import replacing_folder
from textlab.text.graph import held_once
from textlab.text.tokenisers.graph import TokeniserGraph
from textlab.text.tokenisers.reading import read_tokeniser

Folder = Annotated[Path, typer.Argument(help="Folder that save_pretrained wrote: config, weights and tokenizer.")]
Target = Annotated[Path, typer.Argument(help="Folder of the SavedModel; an earlier one there is replaced.")]
MaximumLength = Annotated[int, typer.Option(help="Tokens that are read from a text.")]
WindowCount = Annotated[int, typer.Option(help="Windows of that length that are read from a longer text.", min=1)]
TaskName = Annotated[str, typer.Option(help="What the model answers: classification, or multilabel.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Log more, and show tracebacks.")]


class Network(Protocol):
    """A network in the graph.

    Attributes:
        output: the name of the exported model's output.
        variables: the numbers of the network by name.
        answers: returns the output float32 (n, k) of the tokens of n texts, ragged int32 (n, None). A network that
            pools windows takes the tokens of each window, and the row of the text of each window, int64, after them.
    """

    output: str

    @property
    def variables(self) -> dict[str, Any]: ...

    @property
    def answers(self) -> Callable[..., Any]: ...


@dataclass(frozen=True, eq=False)
class Reading:
    """How texts are read.

    Attributes:
        pieces: returns the tokens of texts (n,), without those at the ends: ragged int32 (n, None).
        tables: the lookup tables that it needs.
        ends: the tokens at both ends of each window.
        layout: the size and the maximum number of windows.
    """

    pieces: Callable[[Any], Any]
    tables: list[Any]
    ends: Ends
    layout: Layout


Explain = Callable[[Any, Reading], Callable[[Any, Any], dict[str, Any]]]


def export_graph(
    folder: Path,
    target: Path,
    maximum_length: int,
    build: Callable[[Weights, Encoder], Network],
    with_head: bool,
    windows: int = 1,
    explain: Explain | None = None,
) -> None:
    """Write the model in `folder` as a SavedModel from `text: string (n,)` to the graph's output, float32 (n, k).

    A second output, `truncated: bool (n,)`, tells which texts are not read to their end.

    Args:
        folder: holds config.json, model.safetensors (or several files and their index) and tokenizer.json.
        target: where the SavedModel appears when it is complete; an earlier SavedModel there is replaced.
        maximum_length: the maximum number of tokens read from a text, including the first and the last one.
        build: builds the network from the weights and the description of the encoder.
        with_head: whether the network needs the weights of the classification head.
        windows: the maximum number of windows of a text; more than one needs a network that pools them.
        explain: returns the function of the signature `explain`; None for an export without it.

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
    rules = read_tokeniser(folder / "tokenizer.json")
    check_tokens(folder, weights, encoder, rules)
    with replacing_folder(target) as partial:
        tokeniser = TokeniserGraph(rules, maximum_length)
        ends = Ends(tuple(rules.prefix), tuple(rules.suffix))
        reading = Reading(held_once(tokeniser.pieces), tokeniser.tables, ends, ends.layout(maximum_length, windows))
        _save(build(weights, encoder), reading, explain, partial)


def _save(network: Network, reading: Reading, explain: Explain | None, folder: Path) -> None:
    import tensorflow as tf

    module = tf.Module()
    module.weights, module.tables = network.variables, reading.tables

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")], autograph=False)
    def serve(text: Any) -> dict[str, Any]:
        read = windows_of(reading.pieces(text), reading.layout, reading.ends)
        answer = network.answers(read.ids) if read.text is None else network.answers(read.ids, read.text)
        return {network.output: answer, TRUNCATED: read.truncated}

    signatures = {SIGNATURE: serve}
    if explain is not None:
        signatures[EXPLAIN] = explaining_function(explain(network, reading))
    tf.saved_model.save(module, str(folder), signatures=signatures)

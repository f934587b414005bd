"""The export of a sentence encoder as a SavedModel: `python -m textlab.models.sentence_encoder.graph FOLDER TARGET`.

The export reads a folder that transformers wrote (config.json, model.safetensors, tokenizer.json) and rebuilds the
model from core TensorFlow operations. It needs neither torch nor transformers, and runs in a process of its own, so
that each process loads a single framework.
"""

from pathlib import Path
from typing import Annotated, Any

import typer

from textlab.log import configure_logging
from textlab.models.sentence_encoder.pooling import MEAN, POOLINGS
from textlab.models.sentence_encoder.sentence_graph import SentenceGraph
from textlab.models.transformer.checkpoint_files import (
    check_length,
    check_target,
    check_vocabulary,
    read_config,
    read_weights,
)
from textlab.paths import replacing_folder
from textlab.text.wordpiece_graph import WordPieceGraph
from textlab.text.wordpiece_rules import read_wordpiece


def export_encoder(folder: Path, target: Path, maximum_length: int, pooling: str) -> None:
    """Write the model in `folder` as a SavedModel that turns `text: string (n,)` into `embedding: float32 (n, d)`.

    Args:
        folder: holds config.json, model.safetensors with the weights of a BertModel, and tokenizer.json.
        target: where the SavedModel appears when it is complete; an earlier SavedModel there is replaced.
        maximum_length: the maximum number of tokens read from a text, including the first and the last one.
        pooling: "mean" or "first".

    Raises:
        FileNotFoundError: one of the three files is missing.
        FileExistsError: `target` holds something else.
        ValueError: the model is no BERT with a WordPiece tokenizer, the length is out of range, or the pooling is
            unknown.
    """
    if pooling not in POOLINGS:
        raise ValueError(f"The pooling is '{pooling}'. It must be {' or '.join(POOLINGS)}.")
    config, weights = read_config(folder), read_weights(folder)
    check_length(folder, weights, maximum_length)
    check_target(target)
    rules = read_wordpiece(folder / "tokenizer.json")
    check_vocabulary(folder, weights, rules)
    with replacing_folder(target) as partial:
        _save(SentenceGraph(weights, config, pooling), WordPieceGraph(rules, maximum_length), partial)


def _save(encoder: SentenceGraph, wordpiece: WordPieceGraph, folder: Path) -> None:
    import tensorflow as tf

    module = tf.Module()
    module.weights, module.tables = encoder.variables, wordpiece.tables

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")], autograph=False)
    def serve(text: Any) -> dict[str, Any]:
        return {"embedding": encoder.embeddings(wordpiece.token_ids(text))}

    tf.saved_model.save(module, str(folder), signatures=serve)


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    folder: Annotated[Path, typer.Argument(help="Folder that save_pretrained wrote: config, weights and tokenizer.")],
    target: Annotated[Path, typer.Argument(help="Folder of the SavedModel; an earlier one there is replaced.")],
    maximum_length: Annotated[int, typer.Option(help="Tokens that are read from a text.")] = 256,
    pooling: Annotated[str, typer.Option(help="Vector of a text: mean of its tokens, or first.")] = MEAN,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log more, and show tracebacks.")] = False,
) -> None:
    """Export a sentence encoder as a SavedModel that turns strings into vectors of length one."""
    configure_logging(verbose)
    try:
        export_encoder(folder, target, maximum_length, pooling)
    except (ValueError, OSError) as error:
        if verbose:
            raise
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    app(prog_name="python -m textlab.models.sentence_encoder.graph")

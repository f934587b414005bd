"""Round a fine-tuned encoder to int8: `python -m textlab.models.bert.rounding FOLDER TARGET`."""

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from textlab.log import errors_on_one_line
from textlab.models.bert.classifier_graph import ClassifierGraph
from textlab.models.bert.graph import export_bert
from textlab.models.transformer.checkpoint_files import read_encoder, read_weights
from textlab.models.transformer.graph.observed import ObservedDense, write_largest
from textlab.models.transformer.precision import ANSWERS, TEXTS
from textlab.models.transformer.string_graph import Folder, MaximumLength, TaskName, Verbose, WindowCount
from textlab.text.tokenisers.graph import TokeniserGraph
from textlab.text.tokenisers.reading import read_tokeniser

BATCH = 64


def note_largest_inputs(folder: Path, texts: list[str], maximum_length: int) -> None:
    """Write the largest inputs of each layer, for the first `maximum_length` tokens of texts, into the model's folder.

    Args:
        folder: holds the model, as `export_bert` describes it.
        texts: those that are read.
        maximum_length: the tokens that are read of a text.
    """
    import tensorflow as tf

    encoder, dense = read_encoder(folder), ObservedDense()
    network = ClassifierGraph(read_weights(folder, encoder, with_head=True), encoder, dense=dense)
    tokeniser = TokeniserGraph(read_tokeniser(folder / "tokenizer.json"), maximum_length)
    token_ids = tf.function(tokeniser.token_ids, input_signature=[tf.TensorSpec([None], tf.string)], autograph=False)
    for start in range(0, len(texts), BATCH):
        network.states(token_ids(tf.constant(texts[start : start + BATCH], tf.string)))
    write_largest(folder, dense.largest)


def answers_of(saved_model: Path, texts: list[str]) -> np.ndarray:
    """Return the probabilities float32 (n, k) of a SavedModel; texts of about the same length are read together."""
    import tensorflow as tf

    loaded = tf.saved_model.load(str(saved_model))
    by_length = np.argsort([len(text) for text in texts], kind="stable")
    answers = []
    for start in range(0, len(texts), BATCH):
        part = tf.constant([texts[row] for row in by_length[start : start + BATCH]], tf.string)
        answers.append(loaded.signatures["serving_default"](text=part)["probabilities"].numpy())
    return np.concatenate(answers)[np.argsort(by_length)]


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    folder: Folder,
    target: Annotated[Path, typer.Argument(help="Folder of the SavedModel.")],
    maximum_length: MaximumLength = 128,
    windows: WindowCount = 1,
    task: TaskName = "classification",
    verbose: Verbose = False,
) -> None:
    """Note the inputs of the encoder in FOLDER, export it in int8, and answer the texts that FOLDER states."""
    with errors_on_one_line(verbose):
        texts = json.loads((folder / TEXTS).read_text(encoding="utf-8"))
        note_largest_inputs(folder, texts["seen"], maximum_length)
        export_bert(folder, target, maximum_length, windows, precision="int8", task=task)
        np.save(folder / ANSWERS, answers_of(target, texts["answered"]), allow_pickle=False)


if __name__ == "__main__":
    app(prog_name="python -m textlab.models.bert.rounding")

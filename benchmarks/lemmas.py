"""Measure the lemmas of tf-idf features: python benchmarks/lemmas.py exact | quality | speed

`exact` compares the lemma of every distinct token, as written and normalised, with spaCy's lookup lemmatiser, and every
processed text with the TensorFlow graph. `quality` fits the logistic regression with and without lemmas. `speed` times
the exports of the two in turns.
"""

import tempfile
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from tqdm.auto import tqdm

from textlab import data
from textlab.bundle_format.signature import classification
from textlab.evaluation.classification.comparison import compare_classifiers
from textlab.evaluation.classification.predictions import predict_splits
from textlab.export.measuring import single_example_latency, throughput
from textlab.models.logistic_regression import LogisticRegression
from textlab.models.saved_model import SavedModel
from textlab.models.validation import validation_score
from textlab.text.graph import encode
from textlab.text.processor import TextProcessor
from textlab.text.steps.lemmatise import Lemmatise
from textlab.text.steps.normalise import Normalise

METRICS = {
    "tweet_eval/sentiment": "macro_recall",
    "airline": "macro_f1",
    "tweet_eval/emotion": "macro_f1",
    "tweet_eval/irony": "macro_f1",
}
EXACT = (*METRICS, "tweet_eval/offensive", "sentiment140", "air_paradis")
TURNS = 5
BATCH = 1000
app = typer.Typer(add_completion=False, help=__doc__)
Names = Annotated[list[str] | None, typer.Argument(help="Datasets, or files with a text a line.")]


def texts_of(name: str) -> list[str]:
    """Return every text of a dataset, or every line of a file."""
    if Path(name).is_file():
        return Path(name).read_text(encoding="utf-8").splitlines()
    return [text for _, frame in data.load(name).splits() for text in frame["text"]]


@app.command()
def exact(names: Names = None) -> None:
    """Count the tokens whose lemma differs from spaCy's, and the texts that differ in the graph."""
    import spacy
    import tensorflow as tf
    from spacy.tokens import Doc

    pipeline = spacy.blank("en")
    pipeline.add_pipe("lemmatizer", config={"mode": "lookup"})
    pipeline.initialize()
    step, processor = Lemmatise(), TextProcessor(Normalise(), Lemmatise())
    rows, seen = {}, set()
    with tempfile.TemporaryDirectory() as folder:
        graph = tf.function(processor.in_graph(Path(folder)), input_signature=[tf.TensorSpec([None], tf.string)])
        for name in names or EXACT:
            texts = texts_of(name)
            normalised = TextProcessor(Normalise()).apply(texts)
            tokens = sorted({token for text in (*texts, *normalised) for token in text.split()})  # also as written
            lemmas = [token.lemma_ for token in pipeline(Doc(pipeline.vocab, words=tokens))]
            processed, differing = processor.apply(texts), 0
            for start in tqdm(range(0, len(texts), BATCH), desc=name, leave=False):
                answers = graph(tf.constant(encode(texts[start : start + BATCH]))).numpy()
                differing += sum(
                    text.encode() != answer
                    for text, answer in zip(processed[start : start + BATCH], answers, strict=True)
                )
            rows[name] = {
                "texts": len(texts),
                "distinct tokens": len(tokens),
                "lemmas unlike spaCy's": sum(step.apply(t) != lemma for t, lemma in zip(tokens, lemmas, strict=True)),
                "texts changed by lemmas": sum(a != b for a, b in zip(normalised, processed, strict=True)),
                "texts unlike the graph's": differing,
            }
            seen |= set(tokens)
    print(pd.DataFrame.from_dict(rows, orient="index").to_string(), f"\n{len(seen):,} distinct tokens in all")


@app.command()
def quality(names: Names = None) -> None:
    """Print the scores of the logistic regression on word forms and on lemmas; C is chosen on validation."""
    for name in names or METRICS:
        metric, dataset, rows, predictions = METRICS[name], data.load(name), {}, {}
        for features in ("word", "word_char"):
            for lemmas in (False, True):
                model = LogisticRegression(features=features, lemmas=lemmas, primary_metric=metric)
                model.fit(dataset.train, dataset.validation)
                title = f"{features}, {'lemmas' if lemmas else 'forms'}"
                predictions[title] = predict_splits(model, dataset)
                probabilities = model.predict_proba(dataset.validation)
                rows[title] = {
                    "validation": validation_score(dataset.validation, probabilities, metric),
                    "columns": sum(len(block.vocabulary) for block in model.features.blocks),
                }
        compared = compare_classifiers({title: frames["test"] for title, frames in predictions.items()}, metric)
        table = pd.DataFrame.from_dict(rows, orient="index").join(compared.intervals[[metric]])
        pairs = [compared.pair(f"{features}, forms", f"{features}, lemmas") for features in ("word", "word_char")]
        print(f"{name}, {metric} on validation and on {compared.examples:,} test texts", table.round(4), sep="\n")
        print(pd.DataFrame(pairs)[["better", "worse", "difference", "low", "high", "p"]].round(4), "\n")


@app.command()
def speed(name: Annotated[str, typer.Argument(help="The dataset.")] = "tweet_eval/sentiment") -> None:
    """Time the exports with and without lemmas in turns: one text, and batches of 64."""
    dataset, served = data.load(name), {}
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for lemmas in (False, True):
            model = LogisticRegression(lemmas=lemmas, C=1.0)
            model.fit(dataset.train, dataset.validation)
            path = Path(folder) / str(lemmas)
            model.export(path)
            served[lemmas] = SavedModel(path, classification(["text"], model.n_classes))
        for _ in tqdm(range(TURNS), desc="Turns"):
            for lemmas, saved in served.items():
                median, _ = single_example_latency(saved.answer, dataset.test[["text"]])
                rows.append(
                    {"lemmas": lemmas, "ms": median, "texts/s": throughput(saved.answer, dataset.test[["text"]])}
                )
    print(pd.DataFrame(rows).groupby("lemmas").median().round(3))


if __name__ == "__main__":
    app()

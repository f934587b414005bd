"""Encode the same texts with textlab and with sentence-transformers: python benchmarks/search_encoding.py --help

Both encode with all-MiniLM-L6-v2 as it is, in the same process, in turn and with the same number of threads.
sentence-transformers runs as its users run it: `SentenceTransformer(folder).encode(texts, batch_size=32)`. textlab runs
`encode_in_bulk`, which an index of documents is built with, and `encode`. The times include tokenising.

The quality is nDCG@10 of the test queries over all documents. textlab's documents are encoded in bulk, and its queries
exactly, as in an experiment. `--documents` and `--queries` shorten it: the documents are then those that are relevant
for the queries drawn, and others at random.
"""

import statistics
import time
from collections.abc import Callable
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from textlab import data
from textlab.data.retrieval_dataset import RetrievalDataset
from textlab.evaluation.retrieval.metrics import retrieval_metrics
from textlab.models.ranking import ranked
from textlab.models.sentence_encoder import SentenceEncoder
from textlab.models.transformer.location import MINILM, checkpoint_folder

Encode = Callable[[list[str]], np.ndarray]
WARM_UP = 64  # texts encoded before the clock starts


def chosen(dataset: RetrievalDataset, queries: int, documents: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return test queries and documents, samples of at most so many; 0 for all."""
    asked, known = dataset.test, dataset.documents
    asked = asked.sample(queries, random_state=0).sort_index() if 0 < queries < len(asked) else asked
    if not 0 < documents < len(known):
        return asked, known
    relevant = dataset.relevant("test")
    wanted = known["id"].isin({document for query in asked["id"] for document in relevant[query]})
    others = known[~wanted].sample(min(max(documents - wanted.sum(), 0), (~wanted).sum()), random_state=0)
    return asked, pd.concat([known[wanted], others]).sort_index()


def score(dataset: RetrievalDataset, asked: pd.DataFrame, known: pd.DataFrame, vectors: list[np.ndarray]) -> float:
    """Return nDCG@10, from 0 to 1, of the vectors of documents and of queries."""
    graded = dataset.relevant("test")
    frame = pd.DataFrame({"id": asked["id"].to_list()})
    frame["relevant"] = [list(graded[query]) for query in asked["id"]]
    frame["grades"] = [list(graded[query].values()) for query in asked["id"]]
    frame["found"] = known["id"].to_numpy(object)[ranked(*vectors)].tolist()
    return retrieval_metrics(frame)["ndcg_10"]


def seconds(encoders: dict[str, Encode], texts: list[str], repeats: int) -> dict[str, list[float]]:
    """Return the seconds that each encoder takes for the texts, in turn."""
    taken: dict[str, list[float]] = {name: [] for name in encoders}
    for encode in encoders.values():
        encode(texts[:WARM_UP])
    for _ in range(repeats):
        for name, encode in encoders.items():
            started = time.perf_counter()
            encode(texts)
            taken[name].append(time.perf_counter() - started)
    return taken


def speed_table(kinds: dict[str, list[str]], encoders: dict[str, Encode], repeats: int) -> Table:
    """Tabulate texts a second, the median over repeats, and the ratio to the first encoder."""
    table = Table("texts", "number", "encoder", "texts a second", "times the first", title="Speed")
    for kind, texts in kinds.items():
        taken = seconds(encoders, texts, repeats)
        first = next(iter(taken.values()))
        for name, times in taken.items():
            ratio = statistics.median(a / b for a, b in zip(first, times, strict=True))
            speed = len(texts) / statistics.median(times)
            table.add_row(kind, f"{len(texts):,}", name, f"{speed:,.1f}", f"{ratio:.2f}")
    return table


def main(
    dataset: Annotated[str, typer.Option(help="Dataset of the task retrieval.")] = "onet/search",
    queries: Annotated[int, typer.Option(help="Test queries; 0 for all.")] = 1000,
    documents: Annotated[int, typer.Option(help="Documents; 0 for all.")] = 0,
    tweets: Annotated[str, typer.Option(help="Dataset whose test texts are encoded too; empty for none.")] = "",
    timed: Annotated[int, typer.Option(help="Texts of each kind whose encoding is timed.")] = 500,
    repeats: Annotated[int, typer.Option(help="Times that each encoder encodes them; the median counts.")] = 3,
    threads: Annotated[int, typer.Option(help="Threads of torch.")] = 2,
) -> None:
    """Compare textlab's sentence encoder with sentence-transformers: speed and nDCG@10."""
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(threads)
    found = data.load(dataset, RetrievalDataset)
    asked, known = chosen(found, queries, documents)
    ours, theirs = SentenceEncoder(training="none"), SentenceTransformer(str(checkpoint_folder(MINILM)), device="cpu")
    ours.fit(found)
    encoders: dict[str, Encode] = {
        "sentence-transformers": lambda texts: theirs.encode(texts, batch_size=32, show_progress_bar=False),
        "textlab, in bulk": ours.encode_in_bulk,
        "textlab, exact": ours.encode,
    }
    kinds = {
        "documents": known["text"].sample(min(timed, len(known)), random_state=0).tolist(),
        "queries": asked["text"].sample(min(timed, len(asked)), random_state=0).tolist(),
    }
    if tweets:
        texts = data.load(tweets).test["text"]
        kinds["tweets"] = texts.sample(min(timed, len(texts)), random_state=0).tolist()
    console = Console()
    console.print(speed_table(kinds, encoders, repeats))

    documents_texts, query_texts = known["text"].tolist(), asked["text"].tolist()
    peer, bulk = encoders["sentence-transformers"], encoders["textlab, in bulk"]
    of_peer = score(found, asked, known, [peer(documents_texts), peer(query_texts)])
    of_ours = score(found, asked, known, [bulk(documents_texts), ours.encode(query_texts)])
    table = Table("encoder", "nDCG@10", title=f"{len(asked):,} test queries, {len(known):,} documents of {dataset}")
    table.add_row("sentence-transformers", f"{of_peer:.4f}")
    table.add_row("textlab", f"{of_ours:.4f}")
    table.add_row("difference", f"{of_ours - of_peer:+.4f}")
    console.print(table)


if __name__ == "__main__":
    typer.run(main)

"""Answer the same requests with textlab and its peers on one core, encoding included.

Every engine searches the same vectors of the same documents. A request is a text that no engine has seen: it is encoded
by all-MiniLM-L6-v2 and its ten nearest documents are found. textlab runs what its service runs, the exported graph in a
session and the index of a bundle. sentence-transformers runs `encode` and `util.semantic_search`. txtai, if it is
installed, runs `Embeddings.search` over its faiss index.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from tqdm.auto import tqdm

Search = Callable[[str], list[str]]
FOUND = 10
BLOCK = 20_000  # texts that are split into word pieces at once


def table_vectors(texts: list[str]) -> np.ndarray:
    """Return unit vectors of texts, float32 (n, 384): the centred mean of MiniLM's vectors of their word pieces.

    They are clustered like a sentence encoder's vectors, and 100,000 take seconds instead of half an hour.
    """
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    from textlab.models.transformer.location import MINILM, checkpoint_folder

    folder = Path(checkpoint_folder(MINILM))
    weights = load_file(folder / "model.safetensors")
    table = next(value for name, value in weights.items() if name.endswith("word_embeddings.weight"))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    vectors = np.empty((len(texts), table.shape[1]), np.float32)
    for start in range(0, len(texts), BLOCK):
        for row, each in enumerate(tokenizer.encode_batch(texts[start : start + BLOCK], add_special_tokens=False)):
            vectors[start + row] = table[each.ids or [0]].mean(axis=0)
    vectors -= vectors.mean(axis=0)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True).clip(1e-9)


def engines(texts: list[str], vectors: np.ndarray, scratch: Path) -> dict[str, Search]:
    """Return the engines by name; txtai only if it is installed."""
    found: dict[str, Search] = {"textlab": textlab_search(texts, vectors, scratch)}
    found["sentence-transformers"] = sentence_transformers_search(vectors)
    if find_spec("txtai"):
        found["txtai"] = txtai_search(vectors)
    return found


def textlab_search(texts: list[str], vectors: np.ndarray, scratch: Path) -> Search:
    """Export MiniLM, index the documents, and search as the service does."""
    import pandas as pd

    from api.model.bundle import check_bundle
    from api.model.engine import load
    from textlab.bundle_format.documents import EXTRA
    from textlab.bundle_format.manifest import write_manifest
    from textlab.bundle_format.signature import write_signature
    from textlab.data.retrieval_dataset import RetrievalDataset
    from textlab.models.sentence_encoder import SentenceEncoder
    from textlab.search import Document, Index, IndexSettings, build_index

    documents = pd.DataFrame({"id": ["a", "b"], "text": texts[:2]})
    queries = [pd.DataFrame({"id": [f"q{row}"], "text": [f"query {row}"]}) for row in range(3)]
    relevance = pd.DataFrame({"query": ["q0", "q1", "q2"], "document": "a", "grade": 1})
    model = SentenceEncoder(training="none")
    model.fit(RetrievalDataset("requests", "1", documents, *queries, relevance))
    bundle = scratch / "requests" / "1"
    model.export(bundle)
    (bundle / EXTRA).mkdir(exist_ok=True)
    write_signature(bundle, model.signature())
    folder = bundle / EXTRA / "index"
    listed = (Document(str(row), text) for row, text in enumerate(texts))
    build_index(folder, listed, IndexSettings(vectors.shape[1]), vectors)
    write_manifest(bundle)
    engine = load("session", bundle, check_bundle(bundle).signature, 1)
    index = Index(folder)

    def search(text: str) -> list[str]:
        vector = engine.predict({"text": [text.encode()]})[0]
        return [hit.id for hit in index.search(text, vector, FOUND)]

    return search


def sentence_transformers_search(vectors: np.ndarray) -> Search:
    """Search with `util.semantic_search`, as the library's documentation shows."""
    import torch
    from sentence_transformers import SentenceTransformer, util

    from textlab.models.transformer.location import MINILM, checkpoint_folder

    model = SentenceTransformer(str(checkpoint_folder(MINILM)), device="cpu")
    corpus = torch.from_numpy(vectors)

    def search(text: str) -> list[str]:
        query = model.encode(text, convert_to_tensor=True, show_progress_bar=False)
        return [str(hit["corpus_id"]) for hit in util.semantic_search(query, corpus, top_k=FOUND)[0]]

    return search


def txtai_search(vectors: np.ndarray) -> Search:
    """Search with txtai, which encodes by sentence-transformers' model and searches by faiss."""
    from sentence_transformers import SentenceTransformer
    from txtai import Embeddings

    from textlab.models.transformer.location import MINILM, checkpoint_folder

    model = SentenceTransformer(str(checkpoint_folder(MINILM)), device="cpu")

    def transform(data: list[Any]) -> np.ndarray:
        if data and isinstance(data[0], str):
            return np.asarray(model.encode(data, show_progress_bar=False))
        return np.asarray(data, np.float32)

    embeddings = Embeddings({"method": "external", "transform": transform, "backend": "faiss"})
    embeddings.index([(row, vector, None) for row, vector in enumerate(vectors)])
    return lambda text: [str(found[0]) for found in embeddings.search(text, FOUND)]


def main(
    documents: Annotated[int, typer.Option(help="Documents in the index.")] = 100_000,
    requests: Annotated[int, typer.Option(help="Requests to each engine, in turn.")] = 200,
) -> None:
    """Time single requests on one core."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ[name] = "1"
    import torch

    from textlab import data

    torch.set_num_threads(1)
    tweets, more = data.load("sentiment140"), data.load("tweet_eval/sentiment")
    texts = [*tweets.train["text"], *tweets.test["text"], *more.train["text"]][:documents]
    asked = tweets.validation["text"].tolist()[:requests]
    vectors = table_vectors(texts)
    taken: dict[str, list[float]] = {}
    processor: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        searches = engines(texts, vectors, Path(scratch))
        for search in searches.values():
            search("warming up")
        for text in tqdm(asked, desc="requests", unit="request"):
            for name, search in searches.items():
                started, spent = time.perf_counter(), time.process_time()
                search(text)
                taken.setdefault(name, []).append(1000 * (time.perf_counter() - started))
                processor.setdefault(name, []).append(1000 * (time.process_time() - spent))
    table = Table("engine", "median ms", "90 % ms", "processor ms", "ratio", title=f"{len(texts):,} documents")
    first = statistics.median(taken["textlab"])
    for name, times in taken.items():
        median, slow = statistics.median(times), float(np.quantile(times, 0.9))
        spent = statistics.median(processor[name])
        table.add_row(name, f"{median:.1f}", f"{slow:.1f}", f"{spent:.1f}", f"{median / first:.2f}")
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)

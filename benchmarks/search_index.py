"""Compare the index with faiss and NumPy: recall, milliseconds a search, seconds to build, and memory, on one core.

    TEXTLAB_MIRROR=FOLDER python benchmarks/search.py index --documents 100000
    TEXTLAB_MIRROR=FOLDER python benchmarks/search.py index --documents 1000000 --no-graph

The vectors are means of MiniLM's word-piece vectors over real texts (tweets, titles and tasks of occupations), centred
and of length one. Each document mixes three texts; each query mixes two texts that no document holds. Times are
processor times of this process, so that other programs disturb them less. Exact means NumPy's float32 product.
"""

import csv
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import psutil
import typer
from rich.console import Console
from rich.table import Table
from search_requests import table_vectors
from threadpoolctl import threadpool_limits

from textlab.search import Document, FieldKind, Filters, Index, IndexSettings, build_index, parse_filters

HELD_OUT = 2000
BLOCK = 20_000
K = 10


def main(
    documents: Annotated[int, typer.Option(help="Documents of the index.")] = 100_000,
    queries: Annotated[int, typer.Option(help="Queries.")] = 100,
    graph: Annotated[bool, typer.Option(help="Also build faiss's HNSW, which takes minutes.")] = True,
) -> None:
    """Measure the index and its peers in one process."""
    import faiss

    faiss.omp_set_num_threads(1)
    texts = text_vectors(Path(os.environ["TEXTLAB_MIRROR"]))
    wanted = mixed(texts[:HELD_OUT], queries, 2, seed=1)
    table = Table("search", "build s", "ms median", "ms p95", "recall@10", "memory MB")
    with threadpool_limits(1), tempfile.TemporaryDirectory() as scratch:
        vectors = np.lib.format.open_memmap(
            Path(scratch) / "vectors.npy", mode="w+", dtype=np.float32, shape=(documents, texts.shape[1])
        )
        for start in range(0, documents, BLOCK):
            part = vectors[start : start + BLOCK]
            part[:] = mixed(texts[HELD_OUT:], len(part), 3, seed=start + 2)
        exact = [np.argsort(-scores)[:K] for scores in similarities(wanted, vectors)]
        for vector_type in ("float16", "int8"):
            measure_ours(table, Path(scratch) / vector_type, vector_type, vectors, wanted, exact)
        measure(table, "numpy float32", partial(np.array, vectors), exact_search, wanted, exact)
        flat = partial(filled, faiss.IndexFlatIP(vectors.shape[1]), vectors)
        measure(table, "faiss Flat", flat, faiss_search, wanted, exact)
        if graph:
            hnsw = faiss.IndexHNSWFlat(vectors.shape[1], 16, faiss.METRIC_INNER_PRODUCT)
            hnsw.hnsw.efSearch = 64
            built = measure(
                table, "faiss HNSW, M 16, ef 64", partial(filled, hnsw, vectors), faiss_search, wanted, exact
            )
            built.hnsw.efSearch = 128
            add_row(table, "faiss HNSW, M 16, ef 128", 0.0, 0.0, faiss_search(built), wanted, exact)
    Console().print(table)


Search = Callable[[np.ndarray], np.ndarray]


def measure_ours(
    table: Table, folder: Path, vector_type: str, vectors: np.ndarray, queries: np.ndarray, exact: list[np.ndarray]
) -> None:
    """Measure our index, without filters and with one that a tenth and one that a hundredth of the documents pass."""
    settings = IndexSettings(vectors.shape[1], vector_type, fields={"number": FieldKind.NUMBER})

    def build() -> Index:
        documents = (Document(f"d{row}", "text", fields={"number": row % 100}) for row in range(len(vectors)))
        build_index(folder, documents, settings, blocks(vectors))
        return Index(folder)

    index = measure(table, f"textlab {vector_type}", build, index_search, queries, exact)
    for share in (10, 1):
        chosen = parse_filters({"number": {"max": share - 1}}, settings.fields)
        passing = np.flatnonzero(np.arange(len(vectors)) % 100 < share)
        expected = [passing[np.argsort(-scores[passing])[:K]] for scores in similarities(queries, vectors)]

        search = index_search(index, chosen)
        add_row(table, f"textlab {vector_type}, {share} % pass", 0.0, 0.0, search, queries, expected)


def measure(
    table: Table,
    name: str,
    build: Callable[[], object],
    search_of: Callable[[object], Search],
    queries: np.ndarray,
    exact: list[np.ndarray],
) -> object:
    """Build, search, and add a row to the table; return what was built."""
    before, started = resident(), time.process_time()
    built = build()
    seconds = time.process_time() - started
    search = search_of(built)
    search(queries[0])
    add_row(table, name, seconds, before, search, queries, exact)
    return built


def add_row(
    table: Table, name: str, seconds: float, before: float, search: Search, queries: np.ndarray, exact: list[np.ndarray]
) -> None:
    """Search with each query three times and keep its fastest; add a row to the table."""
    times, recalls = [], []
    for query, best in zip(queries, exact, strict=True):
        fastest = np.inf
        for _ in range(3):
            started = time.process_time()
            found = search(query)
            fastest = min(fastest, time.process_time() - started)
        times.append(1000 * fastest)
        recalls.append(np.isin(best, found).mean())
    memory = f"{resident() - before:,.0f}" if before else ""
    shown = (f"{np.median(times):.2f}", f"{np.percentile(times, 95):.2f}", f"{np.mean(recalls):.4f}")
    table.add_row(name, f"{seconds:.1f}" if seconds else "", *shown, memory)


def resident() -> float:
    """The memory of this process in MB, without files that are only mapped."""
    memory = psutil.Process().memory_info()
    return (memory.rss - getattr(memory, "shared", 0)) / 1e6


def index_search(index: Index, filters: Filters | None = None) -> Search:
    """Our search, with the reading of the ids."""
    return lambda query: np.array([hit.position for hit in index.search("", query, K, filters)])


def faiss_search(index) -> Search:
    """One query at a time, as a service asks."""
    return lambda query: index.search(query[None], K)[1][0]


def exact_search(vectors: np.ndarray) -> Search:
    """NumPy's product and its partial sort."""

    def search(query: np.ndarray) -> np.ndarray:
        scores = vectors @ query
        return np.argpartition(-scores, K)[:K]

    return search


def filled(index, vectors: np.ndarray):
    """A faiss index with all vectors."""
    for block in blocks(vectors):
        index.add(np.ascontiguousarray(block))
    return index


def blocks(vectors: np.ndarray) -> Iterator[np.ndarray]:
    """The vectors in blocks."""
    return (vectors[start : start + BLOCK] for start in range(0, len(vectors), BLOCK))


def similarities(queries: np.ndarray, vectors: np.ndarray) -> Iterator[np.ndarray]:
    """The cosines of each query with all documents, one query after the other."""
    for start in range(0, len(queries), 25):
        part = queries[start : start + 25]
        yield from np.concatenate([part @ block.T for block in blocks(vectors)], axis=1)


def mixed(vectors: np.ndarray, count: int, parts: int, seed: int) -> np.ndarray:
    """Unit vectors, each a weighted sum of random ones."""
    rng = np.random.default_rng(seed)
    total = sum(
        vectors[rng.integers(0, len(vectors), count)] * rng.uniform(0.3, 1, (count, 1)).astype(np.float32)
        for _ in range(parts)
    )
    return total / np.linalg.norm(total, axis=1, keepdims=True)


def text_vectors(mirror: Path) -> np.ndarray:
    """Vectors of all real texts, in random order."""
    texts = list(dict.fromkeys(real_texts(mirror)))
    np.random.default_rng(0).shuffle(texts)
    return table_vectors(texts)


def real_texts(mirror: Path) -> Iterator[str]:
    """Tweets, titles of occupations and their tasks."""
    for mood in ("negative", "positive"):
        yield from (mirror / f"sentiment140/tweets_100k_{mood}.txt").read_text(errors="replace").splitlines()
    for name, column in (("alternate_titles", "Alternate Title"), ("task_statements", "Task")):
        with (mirror / f"onet/{name}.csv").open(encoding="utf-8", newline="") as file:
            yield from (row[column] for row in csv.DictReader(file))


if __name__ == "__main__":
    typer.run(main)

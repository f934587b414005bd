"""The bundle of a retriever: its index of documents. A notebook builds the index once, and the bundle gets a copy.

index = build_model_index(model, data, folder)
predictions = search_splits(model, data, index)
log_experiment(model, data, predictions, history, seed, parts={"index": index.folder})
"""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from textlab.bundle_format.manifest import graph_digest
from textlab.bundle_format.retrieval_task import INDEX, open_index
from textlab.data.retrieval_dataset import RetrievalDataset
from textlab.data.task_dataset import TaskDataset
from textlab.evaluation.retrieval.predictions import DEPTH, search_predictions
from textlab.export.contents import BundleContents, Columns, dataset_of
from textlab.export.loading import Bundle
from textlab.export.parity import PROMOTION_TOLERANCE
from textlab.models.contract import Model
from textlab.models.retriever import Retriever
from textlab.models.saved_model import SavedModel
from textlab.search import Document, Hit, Index, build_index, parse_filters, set_encoder
from textlab.search.conditions import ConditionReader
from textlab.search.settings import IndexSettings

BLOCK = 1024  # documents encoded between two moves of the progress bar
MEASURED = 500  # queries, and as many documents, on which parity and speed are measured
CHECKED = 100  # documents, and as many test queries, that a promotion compares with the run
FOUND = 10  # documents of a ranking that a promotion compares
# An index may hold float16 or int8, of vectors that were computed in bfloat16.
SMALLEST_COSINE = 0.995
SMALLEST_OVERLAP = 0.98  # nearly equal documents may change places


def build_model_index(model: Retriever, dataset: RetrievalDataset, folder: Path) -> Index:
    """Encode the documents of a dataset, and write the index that the model searches. Encoding shows a progress bar.

    Args:
        model: a fitted retriever.
        dataset: its documents and fields are read.
        folder: the index's place; an earlier index there is replaced.
    """
    settings = replace(model.index_settings(dataset.fields), titles_in_text=dataset.titles_in_text)
    shutil.rmtree(folder, ignore_errors=True)
    vectors = _vectors(model, dataset.documents["text"].to_list()) if settings.dimension else None
    build_index(folder, _documents(dataset.documents, settings), settings, vectors)
    return Index(folder)


def search_splits(model: Retriever, dataset: RetrievalDataset, index: Index) -> dict[str, pd.DataFrame]:
    """Rank documents for the validation and the test queries. No document is encoded.

    If the documents have fields, the conditions in a request are read and kept, as the service does; the column
    `found_without_conditions` states what the same model finds without them. If the dataset has pairs of texts, the
    frame "pairs" holds them with the column `predicted`, the cosine of their vectors.

    Args:
        model: the fitted retriever that the index was built for.
        dataset: the queries and their relevance.
        index: from `build_model_index`.

    Returns:
        For "validation" and "test" a frame as `textlab.evaluation.retrieval.predictions` describes it, and "pairs".
    """
    frames, encode = {}, _encoder_of_queries(model)
    for split in ("validation", "test"):
        queries = getattr(dataset, split)
        texts = queries["text"].to_list()
        plain = index.rank(texts, encode(texts), DEPTH)
        if not index.settings.fields:
            frames[split] = search_predictions(dataset, split, plain)
            continue
        frame = search_predictions(dataset, split, read_and_search(index, texts, encode))
        frame["found_without_conditions"] = pd.Series([[hit.id for hit in hits] for hits in plain], dtype=object)
        frames[split] = frame
        if "conditions" in queries:
            frames[split]["conditions"] = queries["conditions"].to_list()
    if dataset.pairs is not None and model.dimension:
        frames["pairs"] = _similarities(model, dataset.pairs)
    return frames


def read_and_search(
    index: Index, texts: Sequence[str], encode: Callable[[list[str]], np.ndarray | None], k: int = DEPTH
) -> list[list[Hit]]:
    """Read the conditions in requests, and rank the documents that meet them.

    Args:
        index: the index.
        texts: the requests.
        encode: returns the vectors of texts; None for an index without vectors.
        k: the documents to find for each.
    """
    reader = ConditionReader(index.settings.fields, index.field_values)
    requests = [reader.read(text) for text in texts]
    rests = [request.rest for request in requests]
    filters = [parse_filters(dict(request.filters), index.settings.fields) for request in requests]
    return index.rank(rests, encode(rests), k, filters)


class RetrieverContents(BundleContents):
    """The index, which names the graph that encoded its documents."""

    def facts(self, dataset: TaskDataset) -> dict[str, Any]:
        """Return the number of documents, and the fields that a filter may name."""
        data = dataset_of(dataset, RetrievalDataset)
        return {"documents": len(data.documents), "fields": {name: str(kind) for name, kind in data.fields.items()}}

    def examples(self, model: Model, dataset: TaskDataset) -> pd.DataFrame:
        """Return validation queries and documents."""
        data = dataset_of(dataset, RetrievalDataset)
        texts = [frame["text"].head(MEASURED) for frame in (data.validation, data.documents)]
        return pd.DataFrame({"text": pd.concat(texts, ignore_index=True)})

    def write(
        self,
        folder: Path,
        model: Model,
        dataset: TaskDataset,
        validation: pd.DataFrame | None,
        parts: Mapping[str, Path],
    ) -> None:
        """Copy the index, and let it name the graph."""
        if INDEX.name not in parts:
            raise ValueError(
                f"The bundle of a retriever needs an index of documents, and parts={sorted(parts)} came. Build it with "
                "build_model_index, and pass parts={'index': index.folder}."
            )
        shutil.copytree(parts[INDEX.name], folder / INDEX)
        set_encoder(folder / INDEX, graph_digest(folder))
        _check_vectors(open_index(folder, model.signature()), model.answers, "The index")

    def request(self, folder: Path, served: SavedModel | None) -> Callable[[Columns], object]:
        """Return a function that encodes queries and searches the index."""
        index = Index(folder / INDEX)

        def search(columns: Columns) -> object:
            vectors = [None] * len(columns["text"]) if served is None else served.answer(columns)
            return [index.search(*query, FOUND) for query in zip(columns["text"], vectors, strict=True)]

        return search

    def check_answers(self, answers: np.ndarray) -> None:
        """Raise ValueError unless each row is a vector of the length one."""
        lengths = np.linalg.norm(answers, axis=1)
        if not (np.abs(lengths - 1) <= PROMOTION_TOLERANCE).all():
            raise ValueError(
                f"The model answers vectors with lengths from {lengths.min():.4f} to {lengths.max():.4f} instead of 1. "
                "Normalise the vectors in the family's export."
            )

    def check_run(self, bundle: Bundle, predictions: Mapping[str, pd.DataFrame], title: str) -> None:
        """Compare the vectors of documents, and what test queries find, with those of the run."""
        if bundle.signature.has_graph:
            _check_vectors(bundle.index, bundle.vectors, title)
        test = predictions["test"].head(CHECKED)
        found = read_and_search(bundle.index, test["text"].to_list(), bundle.vectors, FOUND)
        expected = [list(each)[: len(hits)] for each, hits in zip(test["found"], found, strict=True)]
        counts = [
            (len({hit.id for hit in hits} & set(ids)), max(len(hits), len(ids)))
            for hits, ids in zip(found, expected, strict=True)
        ]
        common, wanted = map(sum, zip(*counts, strict=True))
        if common < SMALLEST_OVERLAP * wanted:
            raise ValueError(
                f"{title} finds {common} of the {wanted} documents that the run found for its test queries. Run the "
                "notebook again."
            )


def _vectors(model: Retriever, texts: Sequence[str]) -> Iterator[np.ndarray]:
    """Yield the vectors of documents in blocks, in order, and show a progress bar."""
    from tqdm.auto import tqdm

    with tqdm(total=len(texts), desc="Encoding documents", unit="document") as bar:
        for start in range(0, len(texts), BLOCK):
            block = texts[start : start + BLOCK]
            yield model.encode_in_bulk(block)
            bar.update(len(block))


def _documents(frame: pd.DataFrame, settings: IndexSettings) -> Iterator[Document]:
    titles = frame["title"] if "title" in frame else [""] * len(frame)
    names = list(settings.fields)
    values = frame[names].itertuples(index=False, name=None)
    for id_, text, title, row in zip(frame["id"], frame["text"], titles, values, strict=True):
        yield Document(id_, text, title, dict(zip(names, row, strict=True)))


def _encoder_of_queries(model: Retriever) -> Callable[[list[str]], np.ndarray | None]:
    """Return a function that encodes each distinct text once: most requests state no condition and stay as they are."""
    known: dict[str, np.ndarray] = {}

    def encode(texts: list[str]) -> np.ndarray | None:
        if not model.dimension:
            return None
        new = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(new, model.encode(new), strict=True))
        return np.stack([known[text] for text in texts])

    return encode


def _similarities(model: Retriever, pairs: pd.DataFrame) -> pd.DataFrame:
    first, second = (model.encode(pairs[column].to_list()) for column in ("first", "second"))
    return pairs.assign(predicted=np.einsum("nd,nd->n", first, second))


def _check_vectors(index: Index, encode: Callable[[list[str]], np.ndarray | None], title: str) -> None:
    """Raise ValueError unless documents have the vectors that `encode` answers."""
    if not index.settings.dimension:
        return
    ids = list(index.ids())
    chosen = [ids[place] for place in np.linspace(0, len(ids) - 1, min(CHECKED, len(ids))).astype(int)]
    answers, kept = np.asarray(encode([index.document(id_).text for id_ in chosen])), index.vectors_of(chosen)
    cosines = np.einsum("nd,nd->n", kept, answers) / np.linalg.norm(kept, axis=1)
    if not (cosines >= SMALLEST_COSINE).all():
        raise ValueError(
            f"{title} holds vectors of documents whose cosine with the model's is down to {cosines.min():.4f}; at "
            f"least {SMALLEST_COSINE} is needed. Build the index with the model that is logged."
        )


CONTENTS = RetrieverContents()

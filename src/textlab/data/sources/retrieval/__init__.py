"""A user's own documents, queries and judgements, in the layout of BEIR: "retrieval:path/to/folder"."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from textlab.data.preparation_log import PreparationLog
from textlab.data.reading.files import checksum, locate
from textlab.data.retrieval_dataset import RetrievalDataset
from textlab.data.sources.retrieval import division, judgements, texts
from textlab.data.sources.retrieval.feedback import FeedbackFile, with_feedback
from textlab.data.sources.retrieval.folder import Folder
from textlab.data.sources.retrieval.texts import Title
from textlab.data.task_dataset import SPLITS

DESCRIPTION = "Your own documents, queries and judgements: a folder in the layout of BEIR."
ARGUMENT = "FOLDER"


def load(
    folder: str,
    *,
    title: Title = "join",
    people: bool = False,
    validation: float = 0.1,
    test: float = 0.2,
    seed: int = 13,
    feedback: str = "",
    encoding: str = "utf-8",
) -> RetrievalDataset:
    """Load a folder; empty texts, copies and judgements that name unknown ids are dropped and accounted for.

    The folder holds corpus.jsonl (a line: _id, text, and optionally title and metadata), queries.jsonl (_id, text, and
    optionally tags and conditions), and qrels/train.tsv, dev.tsv and test.tsv (query-id, corpus-id, score). A score of
    0 or less means not relevant. Optional: fields.json ({"place": "word"}; word, words or number), whose values stand
    in a document's metadata, and pairs.tsv (first, second, similarity from 0 to 1). Sealed .jsonl files are opened with
    the keys of TEXTLAB_SEAL_KEYS or TEXTLAB_SEAL_KEYS_FILE.

    Args:
        folder: the folder. A relative path is looked up in the working directory, then in the checkout.
        title: "join" puts a document's title before its text, as BEIR's evaluation does. "show" only shows it.
        people: whether the documents describe people, so that the report tests names and places in requests.
        validation, test: shares of the queries, where qrels/ lacks a split and queries are drawn for it.
        seed: seed of that draw.
        feedback: a file of search feedback, sealed or clear, whose queries are added to train.
        encoding: encoding of the files.

    Raises:
        FileNotFoundError: the folder or one of its files does not exist.
        ValueError: a line is broken, a column is missing, an id has two texts, or no judgement can be used. The message
            names the file, and the line where there is one.
        SealError: a file is sealed and was changed, or its key is missing or another one.
    """
    found = Folder.read(locate(folder), encoding)
    given = FeedbackFile.read(locate(feedback)) if feedback else None
    log = PreparationLog(f"retrieval:{folder}", found.rows + (given.rows if given else 0))
    log.concerns += found.concerns
    documents = texts.documents(found, title, log)
    queries = texts.queries(found, log)
    pairs = texts.pairs(found, log)
    judged = judgements.usable(found, queries, documents, log)
    queries, judged = judgements.distinct(queries, judged, log)
    splits = division.divided(queries, judged, (1 - validation - test, validation, test), seed, log)
    if given:
        splits, judged = with_feedback(given, splits, judged, documents, log)
    training, validating, testing = (
        splits[split].drop(columns=["label", "key"]).reset_index(drop=True) for split in SPLITS
    )
    return RetrievalDataset(
        log.name,
        _version([*found.paths, *([given.path] if given else [])]),
        documents.drop(columns="label").reset_index(drop=True),
        training,
        validating,
        testing,
        judged[["query", "document", "grade"]].reset_index(drop=True),
        fields=found.fields,
        titles_in_text=title == "join",
        people=people,
        pairs=pairs,
        preparation=log.preparation((training, validating, testing)),
    )


def fetch(folder: str) -> list[Path]:
    """Check that the folder holds what it must. There is nothing to download, so no path is returned.

    Raises:
        FileNotFoundError: the folder or one of its files does not exist.
    """
    Folder.files(locate(folder))
    return []


def _version(paths: Iterable[Path]) -> str:
    return hashlib.sha256("".join(checksum(path) for path in paths).encode()).hexdigest()[:12]

"""The judgements that can be used, and the queries that they leave."""

import pandas as pd

from textlab.concerns import Concern, ConcernKind
from textlab.data.preparation import Reason
from textlab.data.preparation_log import PreparationLog
from textlab.data.sources.retrieval.folder import QRELS, Folder
from textlab.data.split import duplicate_keys
from textlab.data.task_dataset import SPLITS
from textlab.wording import counted, shortlist

DROPPED_FOR = {"test": Reason.IN_TEST, "validation": Reason.IN_VALIDATION}


def usable(folder: Folder, queries: pd.DataFrame, documents: pd.DataFrame, log: PreparationLog) -> pd.DataFrame:
    """Return the judgements of known queries and documents: `query`, `document`, `grade` and `split`.

    Raises:
        ValueError: none can be used.
    """
    judged = folder.judgements.rename(columns={"score": "grade"})
    judged = judged.assign(text=judged["query"] + "\t" + judged["document"], label="")
    judged = log.drop(judged, judged["grade"] <= 0, Reason.NOT_RELEVANT)
    for column, known, reason in (
        ("document", documents["id"], Reason.UNKNOWN_DOCUMENT),
        ("query", queries["id"], Reason.UNKNOWN_QUERY),
    ):
        is_unknown = ~judged[column].isin(set(known))
        _note_unknown(judged.loc[is_unknown, column], column, log)
        judged = log.drop(judged, is_unknown, reason)
    if judged.empty:
        raise ValueError(
            f"{folder.path / QRELS}: none of {counted(len(folder.judgements), 'judgement')} gives a known query a "
            "known document with a score of 1 or more. Check that the ids are those of corpus.jsonl and queries.jsonl."
        )
    return judged


def _note_unknown(unknown: pd.Series, column: str, log: PreparationLog) -> None:
    if unknown.empty:
        return
    ids = list(dict.fromkeys(unknown))
    finding = (
        f"Judgements of {counted(len(ids), f'unknown {column} id')} were dropped ({len(unknown):,} in all): "
        f"{shortlist(ids)}."
    )
    log.concerns.append(Concern(ConcernKind.UNKNOWN_IDS, finding, f"Add what is missing, or correct the {column} ids."))


def distinct(queries: pd.DataFrame, judged: pd.DataFrame, log: PreparationLog) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give each query one split, and each text one query.

    A query that is judged in several splits belongs to the last of them. Of queries with one text, the last split keeps
    it; within a split, they become one query with the documents of all.

    Returns:
        The queries, with the columns `split` and `key`, and their judgements, of each pair the one with the highest
        grade.
    """
    order = judged["split"].map({split: number for number, split in enumerate(SPLITS)})
    last = order.groupby(judged["query"]).transform("max")
    judged = log.drop(judged, order < last, Reason.OTHER_SPLIT)
    queries = log.drop(queries, ~queries["id"].isin(set(judged["query"])), Reason.UNANSWERED)
    split_of = dict(zip(judged["query"], judged["split"], strict=True))
    queries = queries.assign(split=queries["id"].map(split_of), key=duplicate_keys(queries["text"]))
    for split, reason in DROPPED_FOR.items():
        keys = set(queries.loc[queries["split"] == split, "key"])
        is_earlier = queries["split"].map(SPLITS.index) < SPLITS.index(split)
        queries = log.drop(queries, is_earlier & queries["key"].isin(keys), reason)
    judged = log.drop(judged, ~judged["query"].isin(set(queries["id"])), Reason.UNKNOWN_QUERY)
    first = queries.groupby("key")["id"].transform("first")
    judged = judged.assign(query=judged["query"].map(dict(zip(queries["id"], first, strict=True))))
    queries = log.drop(queries, queries["id"] != first, Reason.MERGED)
    judged = judged.sort_values("grade", ascending=False, kind="stable")
    return queries, log.drop(judged, judged.duplicated(["query", "document"]), Reason.JUDGED_TWICE)

"""Search feedback of the service, as further training queries."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from textlab.data.preparation import Reason
from textlab.data.preparation_log import PreparationLog
from textlab.data.split import duplicate_keys
from textlab.sealing import Keys, read_lines
from textlab.sealing.purposes import FEEDBACK

TASK = "retrieval"


@dataclass(frozen=True, eq=False)  # frames have no truth value
class FeedbackFile:
    """The lines of a file of feedback.

    Attributes:
        path: the file.
        frame: a row per line, indexed by file and line: `text` (the query), `document`, `fits` (bool), `reason` (why
            the line cannot be used; "" if it can) and `label` for the log.
    """

    path: Path
    frame: pd.DataFrame

    @property
    def rows(self) -> int:
        """The number of lines that are not empty."""
        return len(self.frame)

    @classmethod
    def read(cls, path: Path) -> "FeedbackFile":
        """Read a file, sealed or in the clear.

        Raises:
            FileNotFoundError: the file does not exist.
            SealError: a sealed record was changed or moved, or its key is missing.
        """
        if not path.is_file():
            raise FileNotFoundError(f"There is no file {path}. Name the service's feedback.jsonl (option feedback=).")
        rows, lines = [], []
        for number, line in enumerate(read_lines(path, FEEDBACK, Keys.from_environment()), start=1):
            if line.strip():
                rows.append(_row(line))
                lines.append(f"{path.name}:{number}")
        return cls(path, pd.DataFrame(rows, lines, columns=["text", "document", "fits", "reason", "label"]))


def _row(line: bytes) -> dict[str, Any]:
    row = {"text": "", "document": "", "fits": False, "reason": str(Reason.UNREADABLE), "label": ""}
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return row
    if not isinstance(found, Mapping):
        return row
    if found.get("task") != TASK:
        return row | {"reason": str(Reason.OTHER_TASK)}
    query, document, fits = found.get("query"), found.get("document"), found.get("fits")
    if not isinstance(query, str) or not isinstance(document, str) or not isinstance(fits, bool):
        return row
    # JSON may hold half a surrogate pair, which no encoding can write.
    text = query.encode("utf-8", "replace").decode()
    return row | {"text": text, "document": document, "fits": fits, "reason": "" if text.strip() else "empty text"}


def with_feedback(
    given: FeedbackFile,
    splits: Mapping[str, pd.DataFrame],
    judged: pd.DataFrame,
    documents: pd.DataFrame,
    log: PreparationLog,
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Add to train what people said fits; what does not fit is never relevant, and no judgement is taken away.

    A document fits a query if more people said so than denied it. It gets the highest grade of all judgements. A query
    of validation or test is never learnt from.

    Returns:
        The queries of each split, and the judgements.
    """
    frame = given.frame
    for reason in (Reason.UNREADABLE, Reason.OTHER_TASK, Reason.EMPTY_TEXT):
        frame = log.drop(frame, frame["reason"] == str(reason), reason)
    frame = frame.assign(key=duplicate_keys(frame["text"]))
    frame = log.drop(frame, ~frame["document"].isin(set(documents["id"])), Reason.UNKNOWN_DOCUMENT)
    for split, reason in (("test", Reason.IN_TEST), ("validation", Reason.IN_VALIDATION)):
        frame = log.drop(frame, frame["key"].isin(set(splits[split]["key"])), reason)
    votes = frame["fits"].map({True: 1, False: -1}).astype(int)
    is_fitting = votes.groupby([frame["key"], frame["document"]]).transform("sum") > 0
    frame = log.drop(frame, ~is_fitting | (votes < 0), Reason.NOT_RELEVANT)
    frame = log.drop(frame, frame.duplicated(["key", "document"]), Reason.COPY)
    train = splits["train"]
    known = dict(zip(train["key"], train["id"], strict=True))
    new = frame[~frame["key"].isin(set(known))].drop_duplicates("key")
    added = pd.DataFrame(
        {"id": [_identifier(key) for key in new["key"]], "text": new["text"], "label": "", "key": new["key"]}
    )
    for name, value in (("tags", FEEDBACK), ("conditions", "{}")):
        if name in train:
            added[name] = value
    query_of = known | dict(zip(added["key"], added["id"], strict=True))
    fitting = pd.DataFrame({"query": frame["key"].map(query_of), "document": frame["document"]})
    fitting["grade"] = int(judged["grade"].max())
    merged = pd.concat([fitting, judged[["query", "document", "grade"]]]).drop_duplicates(["query", "document"])
    return {**splits, "train": pd.concat([train, added])}, merged


def _identifier(key: str) -> str:
    return f"{FEEDBACK}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"

"""Examine new rows: which may join the training data, which are dropped, and which a person should look at."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from textlab.data.dataset import Dataset
from textlab.data.examples import Examples
from textlab.data.preparation import Reason
from textlab.retraining.rows.callers import check_callers
from textlab.retraining.rows.copies import check_copies
from textlab.retraining.rows.reading import NewRows
from textlab.retraining.rows.rules import Rules
from textlab.retraining.rows.verdicts import Verdicts
from textlab.wording import shortlist


class Champion(Protocol):
    """What the checks need of the champion; `textlab.export.bundle.Bundle` has it."""

    label_names: list[str]

    def predict_proba(self, examples: Examples) -> np.ndarray: ...


def examine(
    base: Dataset,
    new: Sequence[NewRows],
    champion: Champion,
    rules: Rules,
    decisions: Mapping[str, str] | None = None,
) -> Verdicts:
    """Apply all checks to new rows.

    Args:
        base: the dataset that the rows are to extend.
        new: the rows of each file.
        champion: the promoted model.
        rules: the limits.
        decisions: "release" or "reject" for the ids of rows that a person has decided about.

    Raises:
        ValueError: champion and dataset have different classes, or none of a file's labels is one of them.
    """
    if list(champion.label_names) != list(base.label_names):
        raise ValueError(
            f"The champion predicts {shortlist(champion.label_names)}, but {base.name} has the classes "
            f"{shortlist(base.label_names)}. Name the dataset that the champion was trained on."
        )
    verdicts = Verdicts(new, decisions or {})
    _check_schema(verdicts, base, rules)
    _check_labels_of_files(verdicts, base)
    check_copies(verdicts, base, rules.similarity)
    check_callers(verdicts, rules)
    return verdicts


def _check_schema(verdicts: Verdicts, base: Dataset, rules: Rules) -> None:
    frame, inputs = verdicts.frame, list(base.inputs)
    if missing := [column for column in inputs if column not in frame]:
        raise ValueError(f"The new rows have no {', '.join(missing)}, which {base.name} has. Name files with it.")
    cells = frame[inputs].fillna("")
    verdicts.drop(cells.apply(lambda column: column.str.strip() == "").any(axis=1).to_numpy(), Reason.EMPTY_TEXT)
    verdicts.drop((frame["label"] == "").to_numpy(), Reason.EMPTY_LABEL)
    verdicts.drop(~frame["label"].isin(base.label_names).to_numpy(), Reason.UNKNOWN_LABEL)
    verdicts.drop(cells.apply(lambda column: column.str.len() > rules.longest).any(axis=1).to_numpy(), Reason.TOO_LONG)


def _check_labels_of_files(verdicts: Verdicts, base: Dataset) -> None:
    for origin, rows in verdicts.frame.groupby("origin"):
        unknown = rows["reason"] == str(Reason.UNKNOWN_LABEL)
        if unknown.any() and not rows["label"].isin(base.label_names).any():
            found = shortlist(sorted(set(rows.loc[unknown, "label"])))
            raise ValueError(
                f"{origin}: no label is one of {shortlist(base.label_names)}; it has {found}. Correct the labels, or "
                "name another model."
            )

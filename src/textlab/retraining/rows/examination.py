"""Examine new rows: which may join the training data, which are dropped, and which a person should look at."""

from collections.abc import Mapping, Sequence

import numpy as np

from textlab.data.dataset import Dataset
from textlab.data.preparation import Reason
from textlab.inputs import kind_of, worded
from textlab.retraining.rows.callers import check_callers
from textlab.retraining.rows.champion import Champion
from textlab.retraining.rows.copies import check_copies
from textlab.retraining.rows.poisoning import check_poisoning
from textlab.retraining.rows.reading import NewRows
from textlab.retraining.rows.rules import Rules
from textlab.retraining.rows.verdicts import Verdicts
from textlab.wording import shortlist


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
    verdicts = Verdicts(new, decisions or {}, base.inputs)
    _check_schema(verdicts, base, rules)
    _check_labels_of_files(verdicts, base)
    check_copies(verdicts, base, rules.similarity)
    check_callers(verdicts, rules)
    check_poisoning(verdicts, base, champion)
    return verdicts


def _check_schema(verdicts: Verdicts, base: Dataset, rules: Rules) -> None:
    frame = verdicts.frame
    blank = [frame[name].map(kind_of(name).is_blank).to_numpy(dtype=bool) for name in base.inputs]
    verdicts.drop(np.all(blank, axis=0), Reason.EMPTY_TEXT)
    verdicts.drop((frame["label"] == "").to_numpy(), Reason.EMPTY_LABEL)
    verdicts.drop(~frame["label"].isin(base.label_names).to_numpy(), Reason.UNKNOWN_LABEL)
    for name in worded(base.inputs):
        verdicts.drop((frame[name].str.len() > rules.longest).to_numpy(), Reason.TOO_LONG)
    verdicts.drop(frame["id"].duplicated().to_numpy(), Reason.SAME_ID)


def _check_labels_of_files(verdicts: Verdicts, base: Dataset) -> None:
    for origin, rows in verdicts.frame.groupby("origin"):
        unknown = rows["reason"] == str(Reason.UNKNOWN_LABEL)
        if unknown.any() and not rows["label"].isin(base.label_names).any():
            found = shortlist(sorted(set(rows.loc[unknown, "label"])))
            raise ValueError(
                f"{origin}: no label is one of {shortlist(base.label_names)}; it has {found}. Correct the labels, or "
                "name another model."
            )

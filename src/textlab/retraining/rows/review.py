"""The rows that a person reviews, and what the person has decided about them.

held.jsonl has a line per held row, with the reason, the champion's probabilities and the inputs. A person writes
"release" or "reject" as its "decision". decisions.json keeps the decisions by the ids of the rows, without any input.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from textlab.data.reading import tables
from textlab.paths import REPORTS, replacing
from textlab.retraining.rows.verdicts import REJECT, RELEASE, Verdicts
from textlab.sealing import Keys, is_sealed, read_lines

DECISIONS = "decisions.json"


def decisions_file(name: str) -> Path:
    """Return the file of the decisions about rows for the model `name`."""
    return REPORTS / "feedback" / name / DECISIONS


def held_lines(verdicts: Verdicts) -> list[bytes]:
    """Return the lines of held.jsonl, those with the same reason together."""
    held = verdicts.frame[verdicts.frame["is_held"]].sort_values(["reason", "why"], kind="stable")
    return [json.dumps(_held_row(row, verdicts.inputs), ensure_ascii=False).encode() for row in held.to_dict("records")]


def _held_row(row: Mapping[Any, Any], inputs: Sequence[str]) -> dict[str, Any]:
    probabilities = {
        str(key).removeprefix("p_"): round(float(value), 4)
        for key, value in row.items()
        if str(key).startswith("p_") and pd.notna(value)
    }
    texts = ("id", "reason", "why", "label", "predicted")
    return {
        "decision": "",
        **{key: row[key] for key in texts},
        "probabilities": probabilities,
        "caller": row["caller"],
        "time": "" if pd.isna(row["time"]) else row["time"].isoformat(),
        "line": row["line"],
        **{name: row[name] for name in inputs},
    }


def read_decisions(path: Path) -> dict[str, str]:
    """Return "release" or "reject" for the ids of the rows that a person has decided about; {} without a file.

    Raises:
        ValueError: the file is damaged.
    """
    if not path.exists():
        return {}
    try:
        decisions = dict(json.loads(path.read_text(encoding="utf-8")))
        if not set(decisions.values()) <= {RELEASE, REJECT}:
            raise ValueError
    except (ValueError, TypeError) as error:
        raise ValueError(
            f'{path} is damaged; expected content such as {{"feedback-12": "release"}}. Correct it, or remove it and '
            "review the rows again."
        ) from error
    return decisions


def take_decisions(reviewed: Path, decisions: Path, keys: Keys | None) -> Counter[str]:
    """Add the decisions in a reviewed file to those in `decisions`, and count them.

    Args:
        reviewed: a copy of held.jsonl, clear or sealed, or the same as .csv, with the columns `id` and `decision`.
        decisions: the file decisions.json.
        keys: the keys of a sealed file.

    Raises:
        FileNotFoundError: the reviewed file does not exist.
        ValueError: it cannot be read, or a decision is neither empty, "release" nor "reject". Nothing has changed.
    """
    table = _read_reviewed(reviewed, keys)
    if missing := [column for column in ("id", "decision") if column not in table]:
        raise ValueError(f"{reviewed} has no column {' and no column '.join(missing)}. Take a copy of held.jsonl.")
    given = table["decision"].fillna("").astype(str).str.strip().str.lower()
    if not given.isin(["", RELEASE, REJECT]).all():
        line = given.index[~given.isin(["", RELEASE, REJECT])][0]
        raise ValueError(
            f"{reviewed}, line {line}: the decision is '{given[line]}'. Write release, reject, or nothing."
        )
    if not (given != "").any():
        raise ValueError(f"{reviewed} holds no decision. Write release or reject as the decision of a row.")
    new = dict(zip(table.loc[given != "", "id"].astype(str), given[given != ""], strict=True))
    known = read_decisions(decisions) | new
    decisions.parent.mkdir(parents=True, exist_ok=True)
    with replacing(decisions) as partial:
        partial.touch(mode=0o600)
        partial.write_text(json.dumps(dict(sorted(known.items())), indent=1), encoding="utf-8")
    return Counter(new.values())


def _read_reviewed(path: Path, keys: Keys | None) -> pd.DataFrame:
    if path.is_file() and is_sealed(path):
        rows = [json.loads(line) for line in read_lines(path, None, keys)]
        return pd.DataFrame(rows, index=range(1, len(rows) + 1))
    return tables.read(path)

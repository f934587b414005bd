"""Judges looks with Evidently; runs in its own environment. One look a line from stdin, one answer a line to stdout."""

import json
import sys
import warnings

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset

warnings.simplefilter("ignore")
DEFINITION = DataDefinition(text_columns=["text"], categorical_columns=["prediction"])
COLUMNS = ("text", "prediction")


def moved(look: dict[str, dict[str, list[str]]]) -> dict[str, bool]:
    """Return for each column whether Evidently's default test finds that it has moved."""
    current, reference = (
        Dataset.from_pandas(pd.DataFrame(look[part]), data_definition=DEFINITION) for part in ("current", "reference")
    )
    tests = Report([DataDriftPreset()], include_tests=True).run(current, reference).dict()["tests"]
    status = {test["name"]: str(test["status"]) for test in tests}
    return {column: status[f"Value Drift for column {column}"].endswith("FAIL") for column in COLUMNS}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(moved(json.loads(line))), flush=True)

"""The part of a finished run that another tracker receives: no texts, no folders, and nothing about the machine."""

import ast
import contextlib
import json
import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from textlab.bundle_format.documents import EXTRA
from textlab.bundle_format.manifest import write_manifest
from textlab.record.artifacts import artifact
from textlab.record.reading import get_run, grid_of
from textlab.record.run import Run
from textlab.record.store import client

if TYPE_CHECKING:
    import pandas as pd

# Columns of strings that hold ids and class names. Any other column of strings may hold texts.
NAMES = ("id", "label", "labels", "predicted", "missed", "class", "kind", "relevant", "found")
CARD = EXTRA / "card.json"
SEARCH = "retrieval"  # the task whose bundles hold documents
MOST_ROWS = 100_000  # a longer table is cut
# Addresses such as https://example.org/a stay. file:///home/ada/t.csv is no address, but a folder and a file.
ADDRESS = r"(?P<address>(?<!\w)(?!file:)[A-Za-z][\w+.-]+://\S*)"
FOLDERS = re.compile(rf"{ADDRESS}|(?<![/\\\w.])(?:~[\w.-]*|[A-Za-z]:)?[/\\]+(?:[^/\\\n?]+[/\\]+)*")


@dataclass(frozen=True)
class RunCopy:
    """A finished run as another tracker receives it. The files exist as long as the context of `run_copy`.

    Attributes:
        id: the content key, so that the same run has the same id again; the run's id if it has no key.
        name: the run's name.
        group: the name of the grid.
        config: the model, the data, the seed and the parameters.
        summary: the last value of each metric; seconds, and memory in bytes.
        curves: for each kind, such as "history", a table with one row per step, which is the index.
        figures: PNG files by name.
        tables: tables by name.
        bundle: the folder of the exported model; None if it is not shared.
    """

    id: str
    name: str
    group: str
    config: Mapping[str, Any]
    summary: Mapping[str, float]
    curves: "Mapping[str, pd.DataFrame]"
    figures: Mapping[str, Path]
    tables: "Mapping[str, pd.DataFrame]"
    bundle: Path | None


@contextmanager
def run_copy(run_id: str, *, with_texts: bool = False) -> Iterator[RunCopy]:
    """Read a finished run from the record.

    Args:
        run_id: the MLflow run's id.
        with_texts: whether tables keep their texts, and a search model its documents.

    Raises:
        FileNotFoundError: a file of the run is missing.
    """
    with TemporaryDirectory() as scratch:
        downloads = Path(scratch) / "files"
        downloads.mkdir()
        run, files = get_run(run_id), artifact(run_id, "", downloads)
        is_shared = with_texts or run.task != SEARCH
        yield RunCopy(
            id=run.key or run.id,
            name=without_folders(run.name),
            group=without_folders(grid_of(run)),
            config=_config(run),
            summary=_summary(run),
            curves=_curves(run),
            figures={path.stem: path for path in sorted(files.glob("figures/*.png"))},
            tables=_tables(files, run.inputs, with_texts=with_texts),
            bundle=_bundle(files / "bundle", Path(scratch) / "bundle") if is_shared else None,
        )


def without_folders(value: Any) -> Any:
    """Return a value in which every absolute path is only a file name; dicts and lists are searched too."""
    if isinstance(value, str):
        return FOLDERS.sub(lambda found: found["address"] or "", value)
    if isinstance(value, Mapping):
        return {key: without_folders(each) for key, each in value.items()}
    return [without_folders(each) for each in value] if isinstance(value, list | tuple) else value


def _config(run: Run) -> dict[str, Any]:
    """Return what decided the numbers, typed: MLflow keeps parameters as strings."""
    logged = client().get_run(run.id).data.params
    described = {
        "notebook": run.notebook,
        "model": run.model,
        "task": run.task,
        "inputs": list(run.inputs),
        "dataset": run.dataset,
        "dataset_version": run.dataset_version,
        "dataset_digest": run.dataset_digest,
        "training_share": run.training_share,
        "seed": run.seed,
        "threads": run.threads,
        "study": run.study,
        "mlflow_run": run.id,
        "started": run.started.isoformat() if run.started else None,
    }
    parameters = {name: _typed(value) for name, value in logged.items()} | dict(run.parameters)
    known = {name: value for name, value in described.items() if value is not None}
    return dict(without_folders(parameters | known))


def _typed(value: str) -> Any:
    try:
        return ast.literal_eval(value)
    except (ValueError, SyntaxError, RecursionError):
        return value


def _summary(run: Run) -> dict[str, float]:
    measured = {"seconds": run.seconds, "memory_bytes": run.memory}
    scores = {name: value for name, value in run.metrics.items() if "/" not in name}
    return scores | {name: float(value) for name, value in measured.items() if value is not None}


def _curves(run: Run) -> "dict[str, pd.DataFrame]":
    import pandas as pd

    columns: dict[str, dict[str, dict[int, float]]] = {}
    for name in sorted(run.metrics):
        kind, _, column = name.partition("/")
        if column:
            points = client().get_metric_history(run.id, name)
            columns.setdefault(kind, {})[column] = {point.step: point.value for point in points}
    return {kind: pd.DataFrame(values).sort_index() for kind, values in columns.items()}


def _tables(files: Path, inputs: Collection[str], *, with_texts: bool) -> "dict[str, pd.DataFrame]":
    """Read the tables of scores and predictions. Those about the data lie in data/, and stay with the record."""
    import pandas as pd

    tables = {}
    for path in sorted(path for pattern in ("*.csv", "predictions_*.parquet") for path in files.glob(pattern)):
        with contextlib.suppress(pd.errors.EmptyDataError):  # the history of a training without steps
            tables[path.stem] = _table(path, inputs, with_texts=with_texts)
    return tables


def _table(path: Path, inputs: Collection[str], *, with_texts: bool) -> "pd.DataFrame":
    """Read a table. Unless texts may leave, the model's inputs and other columns that may hold texts are dropped."""
    import pandas as pd

    table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    kept = [name for name in table.columns if with_texts or (name not in inputs and _is_harmless(table[name]))]
    shown = table[kept].head(MOST_ROWS).copy()
    for name in shown.select_dtypes(exclude=["number", "bool"]):
        shown[name] = shown[name].map(_shown)
    return shown


def _is_harmless(column: "pd.Series") -> bool:
    """Return whether a column holds ids, class names, numbers, or arrays of numbers such as scores of documents."""
    import pandas as pd

    return (
        column.name in NAMES
        or pd.api.types.is_numeric_dtype(column)
        or (
            bool(len(column))
            and all(getattr(getattr(each, "dtype", None), "kind", None) in ("f", "i", "u") for each in column)
        )
    )


def _shown(value: Any) -> str:
    """Return a cell of a table as one string; lists are joined, and pictures are left out."""
    if isinstance(value, bytes):
        return ""
    return " ".join(map(str, value)) if hasattr(value, "__len__") and not isinstance(value, str) else str(value)


def _bundle(source: Path, copy: Path) -> Path | None:
    """Copy a bundle, so that its card names the data without its folder; None if the run has no bundle."""
    if not source.is_dir():
        return None
    shutil.copytree(source, copy)
    card = json.loads((copy / CARD).read_text(encoding="utf-8"))
    (copy / CARD).write_text(json.dumps(without_folders(card), indent=2), encoding="utf-8")
    write_manifest(copy)
    return copy

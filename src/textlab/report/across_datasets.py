"""The scores of models on several datasets in one table, beside those of published models."""

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from textlab.data.benchmark import Benchmark
from textlab.record import Run, Status
from textlab.report.document import write_document_page
from textlab.report.html import Field, Fragment, number, points, sentences, stacked, table
from textlab.report.leaderboard import model_names

MODEL, PUBLISHED = "model", "published"


def scores_across_datasets(
    runs: Mapping[str, Sequence[Run]], primary: Mapping[str, str], benchmark: Benchmark | None
) -> pd.DataFrame:
    """Return the test score of each model on each dataset.

    Args:
        runs: the runs on each dataset.
        primary: the primary metric of each dataset, which is the score if there is no benchmark.
        benchmark: the benchmark to which the datasets belong.

    Returns:
        One row for each model and dataset, the best first: model, dataset, measure (its metrics on test, joined by +),
        score (mean over seeds), deviation (standard deviation over seeds, NaN for a single one), seeds and published
        (whether the score is a published one). Published models come last.
    """
    names = model_names([run for of_dataset in runs.values() for run in of_dataset])
    rows = []
    for dataset, of_dataset in runs.items():
        measures = benchmark.measures[dataset] if benchmark else (primary[dataset],)
        for run in of_dataset:
            is_of_dataset = run.parameters.get("dataset", dataset) == dataset  # an entry may state its own
            if run.status is Status.DONE and run.model is not None and is_of_dataset:
                values = [run.metrics.get(f"test_{measure}", float("nan")) for measure in measures]
                score = sum(values) / len(values)
                rows.append({MODEL: names[run.id], "dataset": dataset, "measure": "+".join(measures), "score": score})
    columns = [MODEL, "dataset", "measure"]
    grouped = pd.DataFrame(rows, columns=[*columns, "score"]).groupby(columns, sort=False)["score"]
    scores = grouped.agg(score="mean", deviation="std", seeds="count").reset_index()
    order = scores.groupby(MODEL)["score"].mean().sort_values(ascending=False, kind="stable").index
    scores = scores.set_index(MODEL).loc[list(order)].reset_index().assign(**{PUBLISHED: False})
    return pd.concat([scores, *_published(list(runs), benchmark)], ignore_index=True)


def _published(datasets: Sequence[str], benchmark: Benchmark | None) -> list[pd.DataFrame]:
    """Return the rows of published models, if there are any."""
    if benchmark is None:
        return []
    rows = [
        {
            MODEL: model,
            "dataset": dataset,
            "measure": "+".join(benchmark.measures[dataset]),
            "score": of_model[dataset] / 100,
            "deviation": float("nan"),
            "seeds": 0,
            PUBLISHED: True,
        }
        for model, of_model in benchmark.published.items()
        for dataset in datasets
    ]
    return [pd.DataFrame(rows)]


def write_across_datasets(
    path: Path, name: str, scores: pd.DataFrame, answers: Mapping[str, tuple[str, str]], benchmark: Benchmark | None
) -> None:
    """Write the page with the table of `scores_across_datasets`.

    Args:
        path: the page.
        name: the name in the grid file.
        scores: the table.
        answers: for each dataset the answer of its report and the address of that report, or "" if there is none.
        benchmark: the benchmark to which the datasets belong.
    """
    sections = {"Scores on test": stacked(_shown(scores, list(answers), benchmark), _explained(scores, benchmark))}
    sections["Answers"] = table(
        ["Dataset", Field("Answer", is_number=False)],
        [[Field(dataset, link=page), Field(answer, is_number=False)] for dataset, (answer, page) in answers.items()],
    )
    own = scores[~scores[PUBLISHED]]
    models = own[MODEL].nunique()
    counts = f"{models} {'model' if models == 1 else 'models'} on {len(answers)} datasets."
    decided = "Each dataset has a report of its own, which says which model to trust there."
    write_document_page(path, "Several datasets", name, [counts, decided], sections, is_warning=False)


def _shown(scores: pd.DataFrame, datasets: Sequence[str], benchmark: Benchmark | None) -> Fragment:
    measures = scores.drop_duplicates("dataset").set_index("dataset")["measure"]
    headings = [Field(dataset, note=measures.get(dataset, "").replace("_", " ")) for dataset in datasets]
    mean = Field(benchmark.overall if benchmark else "mean")
    # Neither a part of a benchmark nor different measures have a mean that says anything.
    is_whole = set(datasets) == set(benchmark.measures) if benchmark else scores["measure"].nunique() == 1
    rows = []
    for (_, model), of_model in scores.groupby([PUBLISHED, MODEL], sort=False):
        found = {row["dataset"]: _field(row) for row in of_model.to_dict("records")}
        overall = of_model["score"].mean() if of_model["score"].notna().sum() == len(datasets) else None
        note = "published" if of_model[PUBLISHED].all() else ""
        fields = [found.get(dataset, Field("–")) for dataset in datasets]
        rows.append([Field(str(model), note=note), *fields, *([Field(points(overall))] if is_whole else [])])
    return table(["Model", *headings, *([mean] if is_whole else [])], rows)


def _field(row: Mapping[Hashable, Any]) -> Field:
    note = f"± {points(row['deviation'])}, {row['seeds']:.0f} seeds" if row["seeds"] > 1 else ""
    return Field(points(row["score"]), note=note)


def _explained(scores: pd.DataFrame, benchmark: Benchmark | None) -> Fragment:
    texts = [
        "Scores are in points; each is the mean over the seeds, with their standard deviation.",
        "Test scores describe the models and chose none of them. The reports of the datasets choose on validation.",
    ]
    if benchmark is not None:
        texts.append(
            f"The measures are those of {benchmark.name}. Published scores come from {benchmark.source}; they were "
            "reached on the same test rows."
        )
    missing = int(scores["score"].isna().sum())
    if missing:
        counted = "1 score is" if missing == 1 else f"{number(missing, 0)} scores are"
        texts.append(f"{counted} missing, because the runs did not log the measure.")
    return sentences(*texts)

"""Names that MLflow would refuse are shortened, and stay apart."""

import mlflow
import pandas as pd

from textlab import record
from textlab.record.limits import DATASET_NAME, METRIC_NAME, shortened
from textlab.record.notebook_run import log_training_data


def test_short_name_stays() -> None:
    assert shortened("x" * METRIC_NAME, METRIC_NAME) == "x" * METRIC_NAME


def test_long_names_are_shortened_and_stay_apart() -> None:
    names = ["x" * 300 + end for end in ("a", "b", "\ud800")]
    short = [shortened(name, METRIC_NAME) for name in names]
    assert {len(name) for name in short} == {METRIC_NAME}
    assert len(set(short)) == 3
    assert short == [shortened(name, METRIC_NAME) for name in names]


def test_metrics_of_a_class_with_a_long_name_are_logged(store) -> None:
    run_id = record.open_run(record.prepare_store("by-hand"), "a", "10_x", "cell-a", {"seed": 0})
    metrics = {f"test_f1_{'x' * 260}{end}": value for end, value in (("a", 0.25), ("b", 0.5))}
    record.log_metrics(run_id, metrics | {"test_f1_c": 0.75})
    run = record.get_run(run_id)
    assert sorted(run.metrics.values()) == [0.25, 0.5, 0.75]
    assert run.metrics["test_f1_c"] == 0.75
    record.annotate(run, metrics=metrics)
    assert record.get_run(run_id).metrics == run.metrics


def test_dataset_with_a_long_name_is_logged(store) -> None:
    record.prepare_store("by-hand")
    mlflow.set_tracking_uri(record.tracking_uri())
    names = [f"file:{'folder/' * 100}{end}.csv" for end in ("a", "b")]
    with mlflow.start_run() as run:
        for name in names:
            log_training_data(pd.DataFrame({"label": [0, 1]}), name, "0123")
    logged = [each.dataset.name for each in mlflow.get_run(run.info.run_id).inputs.dataset_inputs]
    assert sorted(logged) == sorted(shortened(name, DATASET_NAME) for name in names)

"""Tasks are found by listing, and keep the promises that the mechanisms rely on."""

import ast
import re

import numpy as np
import pytest
from tiny_data import tiny_dataset, tiny_retrieval_dataset

from textlab.evaluation.classification.predictions import predictions_frame
from textlab.evaluation.retrieval.predictions import search_predictions
from textlab.evaluation.tasks import task, tasks
from textlab.paths import NOTEBOOKS
from textlab.reach.sources import PACKAGE, imported_names, source_file
from textlab.search import Hit

# A new task adds files, and edits none of these.
MECHANISMS = (
    *("experiment.py", "export/bundle.py", "promotion/candidate.py", "promotion/champion.py"),
    *("record/*.py", "runner/**/*.py"),
)


@pytest.mark.parametrize("name", tasks())
def test_every_task_keeps_its_promises(name):
    found = task(name)
    assert found.name == name
    assert found.primary_metric in found.metrics
    assert set(found.secondary_metrics) <= set(found.metrics)
    assert source_file(found.bundle_module) is not None
    assert (NOTEBOOKS / f"{found.comparison_notebook}.ipynb").is_file()


def test_unknown_task_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"Unknown task 'clasification'. Did you mean 'classification'\? Available: "):
        task("clasification")


def test_test_sets_differ_if_a_text_a_label_or_a_class_differs():
    dataset = tiny_dataset(2)
    test, even = dataset.test, np.full((len(dataset.test), 2), 0.5)
    frame = predictions_frame(test, even, dataset.label_names)
    key = task("classification").test_set
    assert key(frame) == key(predictions_frame(test, even[:, ::-1], dataset.label_names))
    assert key(frame) != key(predictions_frame(test.iloc[1:], even[1:], dataset.label_names))
    assert key(frame) != key(predictions_frame(test.assign(label=0), even, dataset.label_names))
    assert key(frame) != key(predictions_frame(test, even, ["bad", "good"]))


def test_mechanisms_import_the_modules_of_no_task():
    paths = [path for pattern in MECHANISMS for path in PACKAGE.glob(pattern)]
    assert len(paths) > len(MECHANISMS)
    found = {
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in paths
        for name in imported_names(ast.parse(path.read_text(encoding="utf-8")))
        if re.search(
            r"evaluation\.(classification|multilabel|retrieval)|(classification|multilabel|retrieval)_(bundle|task)",
            name,
        )
    }
    assert found == set()


def test_probability_that_differs_in_its_last_digit_is_reported():
    examples = tiny_dataset(2).test.head(3)
    old = np.array([[0.5, 0.5], [0.2, 0.8], [0.9, 0.1]], np.float32)
    new = old.copy()
    new[0, 1] = np.nextafter(new[0, 1], np.float32(1))
    frame = predictions_frame(examples, old, ["bad", "good"])
    difference = task("classification").difference
    assert difference(frame, frame.copy()) == ""
    assert difference(frame, predictions_frame(examples, new, ["bad", "good"])) == (
        "the probabilities of 1 of 3 texts differ, by at most 6e-08; 1 texts change their label"
    )
    assert difference(frame, frame.head(2)) == "3 texts of 2 classes -> 2 texts of 2"


def test_documents_that_are_found_in_another_order_are_reported():
    dataset, difference = tiny_retrieval_dataset(), task("retrieval").difference
    queries = len(dataset.test)
    frame = search_predictions(dataset, "test", [[Hit("d1", 0.5, 1), Hit("d2", 0.5, 2)]] * queries)
    turned = search_predictions(dataset, "test", [[Hit("d2", 0.5, 2), Hit("d1", 0.5, 1)], *[[]] * (queries - 1)])
    assert difference(frame, frame.copy()) == ""
    assert (
        difference(frame, turned) == f"{queries} of {queries} queries find other documents, and the scores of 7 differ"
    )
    assert difference(frame, frame.head(2)) == f"{queries} queries -> 2"

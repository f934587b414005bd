"""Tasks are found by listing, and keep the promises that the mechanisms rely on."""

import numpy as np
import pytest
from tiny_data import tiny_dataset

from textlab.evaluation.classification.predictions import predictions_frame
from textlab.evaluation.tasks import task, tasks


@pytest.mark.parametrize("name", tasks())
def test_every_task_keeps_its_promises(name):
    found = task(name)
    assert found.name == name
    assert found.primary_metric in found.metrics


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

"""A bundle that several files of tests answer with."""

import pytest
from tiny_data import tiny_dataset


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """A tiny logistic regression and its bundle."""
    from textlab.export.bundle import write_bundle
    from textlab.models.logistic_regression import LogisticRegression

    dataset = tiny_dataset()
    model = LogisticRegression.tiny()
    model.fit(dataset.train, dataset.validation)
    folder = tmp_path_factory.mktemp("exported") / "bundle"
    write_bundle(model, dataset, folder, {"run_id": "abc"})
    return model, folder

import numpy as np
import pytest
from tiny_data import tiny_dataset

from textlab.export import trial
from textlab.export.bundle import write_bundle
from textlab.export.trial import try_bundle
from textlab.models.logistic_regression import LogisticRegression

LABELS = ["negative", "positive"]


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    dataset = tiny_dataset()
    model = LogisticRegression.tiny()
    model.fit(dataset.train, dataset.validation)
    folder = tmp_path_factory.mktemp("exported") / "bundle"
    write_bundle(model, dataset, folder, {"run_id": "abc"})
    return model, folder


def test_trial_returns_the_models_answers_and_memory_and_is_cached(exported, tmp_path, monkeypatch):
    model, bundle = exported
    texts = ["kind and fast", "", "\ud800 rude", "late " * 50]
    first = try_bundle(bundle, texts, LABELS, tmp_path)
    np.testing.assert_allclose(first.answers, model.predict_proba(texts), atol=1e-5)
    assert 100 < first.memory_mb < 4000
    monkeypatch.setattr(trial, "_run", lambda *_: pytest.fail("asked the model again"))
    again = try_bundle(bundle, texts, LABELS, tmp_path)
    assert (again.answers == first.answers).all()
    assert again.memory_mb == first.memory_mb


def test_other_classes_are_named_and_nothing_is_cached(exported, tmp_path):
    with pytest.raises(ValueError, match="predicts the classes negative, positive; expected good, bad"):
        try_bundle(exported[1], ["kind"], ["good", "bad"], tmp_path)
    assert not list(tmp_path.iterdir())


def test_folder_without_a_bundle_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="is not a finished bundle"):
        try_bundle(tmp_path, ["kind"], LABELS, tmp_path)

import numpy as np
import pytest

from textlab.export import measured_answers
from textlab.export.measured_answers import measure_answers

LABELS = ["negative", "positive"]


def test_answers_and_memory_are_measured_once_and_then_cached(exported, tmp_path, monkeypatch):
    model, bundle = exported
    texts = ["kind and fast", "", "\ud800 rude", "late " * 50]
    first = measure_answers(bundle, texts, LABELS, tmp_path)
    np.testing.assert_allclose(first.probabilities, model.predict_proba(texts), atol=1e-5)
    assert 100 < first.memory_mb < 4000
    monkeypatch.setattr(measured_answers, "_answer_in_process", lambda *_: pytest.fail("The model ran again."))
    again = measure_answers(bundle, texts, LABELS, tmp_path)
    assert (again.probabilities == first.probabilities).all()
    assert again.memory_mb == first.memory_mb


@pytest.mark.slow
def test_model_with_other_classes_is_refused_and_nothing_is_cached(exported, tmp_path):
    with pytest.raises(ValueError, match="predicts the classes negative and positive; expected good and bad"):
        measure_answers(exported[1], ["kind"], ["good", "bad"], tmp_path)
    assert not list(tmp_path.iterdir())


def test_folder_without_a_bundle_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="is not a finished bundle"):
        measure_answers(tmp_path, ["kind"], LABELS, tmp_path)

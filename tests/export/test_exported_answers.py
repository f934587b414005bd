import numpy as np
import pytest

from textlab.export import answers
from textlab.export.answers import cached_answers

LABELS = ["negative", "positive"]


def test_answers_equal_the_models_and_keep_the_order_of_the_texts(exported, tmp_path):
    model, bundle = exported
    texts = ["kind and fast", "", "rude " * 40, *(f"lovely {number}" for number in range(100))]
    probabilities = cached_answers(bundle, texts, LABELS, tmp_path)
    np.testing.assert_allclose(probabilities, model.predict_proba(texts), atol=1e-5)


def test_answers_to_the_same_texts_come_from_the_cache(exported, tmp_path, monkeypatch):
    _, bundle = exported
    first = cached_answers(bundle, ["kind", "rude"], LABELS, tmp_path)
    monkeypatch.setattr(answers, "answers_in_batches", lambda *_: pytest.fail("The model ran again."))
    np.testing.assert_array_equal(cached_answers(bundle, ["kind", "rude"], LABELS, tmp_path), first)


def test_other_texts_have_other_answers(exported, tmp_path):
    _, bundle = exported
    kind, rude = (cached_answers(bundle, [text], LABELS, tmp_path) for text in ("kind", "rude"))
    assert kind[0, 1] > rude[0, 1]


def test_partly_written_answers_are_never_used(exported, tmp_path, monkeypatch):
    _, bundle = exported

    def full_disk(*_):
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(answers.Path, "replace", full_disk)
        with pytest.raises(OSError, match="disk full"):
            cached_answers(bundle, ["kind"], LABELS, tmp_path)
    assert cached_answers(bundle, ["kind"], LABELS, tmp_path).shape == (1, 2)


def test_model_with_other_classes_is_refused(exported, tmp_path):
    _, bundle = exported
    with pytest.raises(ValueError, match="predicts the classes negative and positive; expected sad and glad"):
        cached_answers(bundle, ["kind"], ["sad", "glad"], tmp_path)
    with pytest.raises(FileNotFoundError, match="is not a finished bundle"):
        cached_answers(tmp_path, ["kind"], LABELS, tmp_path)

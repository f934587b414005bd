import json

import numpy as np
import pandas as pd
import pytest

from textlab.export.parity import PROMOTION_TOLERANCE, promotion_tolerance
from textlab.models.bert import BERT, fine_tuning
from textlab.models.transformer import precision, resume
from textlab.models.transformer.graph.observed import write_largest
from textlab.models.transformer.precision import LARGEST_LOSS, LEAST_TOLERANCE, Loss, Rounding


def test_a_loss_above_the_bound_is_refused_with_its_size():
    loss = Loss("macro_recall", 0.0041, 0.3)
    assert loss.is_too_large
    assert "0.41 points of macro_recall" in loss.refusal()
    assert "stays in float32" in loss.refusal()


def test_a_loss_at_the_bound_or_a_gain_is_accepted():
    assert not Loss("macro_recall", LARGEST_LOSS, 0.1).is_too_large
    assert not Loss("macro_recall", -0.01, 0.1).is_too_large


def test_the_card_states_precision_loss_and_tolerance():
    card = Loss("macro_recall", 0.001, 0.02).card()
    assert card == {
        "weights": "int8",
        "metric": "macro_recall",
        "loss": 0.001,
        "largest_difference": 0.02,
        "tolerance": pytest.approx(0.06),
    }
    assert promotion_tolerance({"precision": card}) == pytest.approx(0.06)
    assert promotion_tolerance({}) == PROMOTION_TOLERANCE


def test_the_tolerance_is_not_zero_where_rounding_changed_no_validation_answer():
    assert Loss("macro_recall", 0.0, 0.0).tolerance == LEAST_TOLERANCE


def test_scales_come_from_the_whole_training_split_as_a_graph_decodes_it(monkeypatch, tmp_path):
    read = {}

    def answered(module, folder, target, *options):
        read.update(json.loads((folder / precision.TEXTS).read_text(encoding="utf-8")))
        write_largest(folder, {})
        np.save(folder / precision.ANSWERS, np.zeros((1, 2), np.float32), allow_pickle=False)

    monkeypatch.setattr(precision, "run_in_a_process", answered)
    count = 2 * precision.TEXTS_SEEN - 1  # sorted by class
    precision.rounded(lambda folder: None, [str(number) for number in range(count)], ["half \ud83d"], [])
    assert (read["seen"][0], read["seen"][-1], len(read["seen"])) == ("0", str(count - 1), precision.TEXTS_SEEN)
    assert read["answered"] == ["half \ufffd\ufffd\ufffd"]


def test_a_second_fit_forgets_the_rounding_of_the_first(labelled, tmp_path, monkeypatch):
    monkeypatch.setattr(resume, "FOLDER", tmp_path)
    worst = np.repeat([[0.0, 1.0]], len(labelled), axis=0).astype(np.float32)
    answers = [None, worst]
    monkeypatch.setattr(fine_tuning, "rounded", lambda *_: Rounding({}, answers.pop(0)))
    monkeypatch.setattr(
        fine_tuning, "loss_of", lambda rounding, exact, *_: Loss("accuracy", 0.5 * (rounding.answers is worst), 0.1)
    )
    model = BERT(**{**BERT.tiny().parameters, "precision": "int8", "primary_metric": "accuracy", "epochs": 1})
    model.fit(labelled, labelled, seed=0)
    assert model.card_facts()["precision"] == model.rounding
    assert model.parity_tolerance == pytest.approx(0.3)
    model.fit(labelled, labelled, seed=0)
    assert (model.rounding, model.parity_tolerance) == (None, BERT.parity_tolerance)
    assert "precision" not in model.card_facts()
    assert model.resolved["precision"] == "float32"


@pytest.mark.slow  # two processes with TensorFlow
@pytest.mark.timeout(600)
def test_bert_in_int8_is_exported_saved_and_loaded(labelled, tmp_path):
    from textlab.export.parity import measure_parity
    from textlab.models.saved_model import SavedModel

    model = BERT(**{**BERT.tiny().parameters, "precision": "int8", "primary_metric": "accuracy"})
    model.fit(labelled, labelled, seed=0)
    assert model.rounding is not None
    assert model.rounding["loss"] <= LARGEST_LOSS
    model.save(tmp_path / "saved")
    loaded = BERT.load(tmp_path / "saved")
    assert loaded.card_facts() == model.card_facts() == {**model.card_facts(), "precision": model.rounding}
    loaded.export(tmp_path / "exported")
    difference = measure_parity(loaded, SavedModel(tmp_path / "exported", loaded.signature()), labelled[["text"]])
    assert 1e-6 < difference <= loaded.parity_tolerance


@pytest.fixture
def labelled():
    words = [("lovely great sunny", 1), ("awful bad rainy", 0)]
    texts = [(f"{text} day {number}", label) for number in range(12) for text, label in words]
    return pd.DataFrame(texts, columns=["text", "label"]).astype({"label": np.int64})

import numpy as np
import pytest

from textlab.evaluation.multilabel.label_decisions import label_decisions_of
from textlab.evaluation.multilabel.metrics import DECISIVE_METRICS, multilabel_metrics
from textlab.evaluation.statistics.bootstrap import bootstrap
from textlab.evaluation.tasks import task


def test_scores_from_sums_equal_scores_from_the_frames(noisy_predictions):
    frames = {"good": noisy_predictions(0.5), "bad": noisy_predictions(3.0, seed=1)}
    sample, named = label_decisions_of(frames), [*DECISIVE_METRICS, "f1_neutral", "recall_negative"]
    parts = sample.contributions()
    found = sample.scores(parts.sizes[None] @ parts.patterns, named)
    for place, frame in enumerate(frames.values()):
        expected = multilabel_metrics(frame)
        for metric in named:
            assert found[metric][0, place] == pytest.approx(expected[metric], abs=1e-9), metric


def test_bootstrap_of_a_few_texts_resamples_whole_texts(noisy_predictions):
    frame = noisy_predictions(2.0)
    sample = label_decisions_of({"a": frame})
    drawn = np.random.default_rng(3).integers(0, 40, 40)
    parts = sample.contributions()
    weights = np.bincount(parts.pattern_of_example[drawn], minlength=len(parts.sizes))
    scores = sample.scores((weights @ parts.patterns)[None], ["macro_f1", "subset_accuracy"])
    expected = multilabel_metrics(frame.iloc[drawn].reset_index(drop=True))
    assert scores["macro_f1"][0, 0] == pytest.approx(expected["macro_f1"])
    assert scores["subset_accuracy"][0, 0] == pytest.approx(expected["subset_accuracy"])
    assert np.isfinite(bootstrap(sample, ["micro_f1"], 50, 0)["micro_f1"].interval(0, 0.95)).all()


def test_better_model_is_told_apart_and_equal_answers_tie(noisy_predictions):
    frames = {"good": noisy_predictions(0.5), "bad": noisy_predictions(4.0), "same": noisy_predictions(0.5)}
    comparison = task("multilabel").compare(frames, "macro_f1", resamples=500)
    assert comparison.pair("good", "bad")["p"] < 0.05
    assert comparison.pair("good", "same")["p"] == 1
    assert comparison.intervals.loc["good", "subset_accuracy_low"] < comparison.intervals.loc["good", "subset_accuracy"]
    assert comparison.noun == "texts"


def test_models_of_other_labels_or_other_texts_are_not_compared(noisy_predictions):
    frame = noisy_predictions(1.0)
    other = frame.rename(columns=lambda name: name.replace("neutral", "plain"))
    with pytest.raises(
        ValueError, match=r"'a' has the labels .*neutral, and 'b' has .*plain\. Compare models of the same"
    ):
        label_decisions_of({"a": frame, "b": other})
    with pytest.raises(ValueError, match=r"the texts of 'a' and 'b' differ in true_neutral\. Compare runs on one"):
        label_decisions_of({"a": frame, "b": frame.assign(true_neutral=True)})
    with pytest.raises(ValueError, match=r"'a' was tested on 40 texts and 'b' on 39"):
        label_decisions_of({"a": frame, "b": frame.iloc[1:]})
    with pytest.raises(ValueError, match=r"'a': 40 of 40 rows hold a probability that is NaN"):
        label_decisions_of({"a": frame.assign(p_neutral=np.nan)})
    with pytest.raises(ValueError, match=r"'f1_plain' cannot be computed from predicted labels"):
        task("multilabel").compare({"a": frame}, "f1_plain", resamples=50)


def test_repeated_run_is_described_and_test_sets_have_keys(noisy_predictions):
    of_task, frame = task("multilabel"), noisy_predictions(1.0)
    assert of_task.difference(frame, frame.copy()) == ""
    assert of_task.difference(frame, noisy_predictions(1.0, seed=5)).startswith("the probabilities of 40 of 40 texts")
    assert of_task.test_set(frame) == of_task.test_set(noisy_predictions(2.0))
    assert of_task.test_set(frame) != of_task.test_set(frame.assign(true_neutral=True))
    metrics = of_task.measure({"validation": frame, "test": frame})
    assert metrics["test_macro_f1"] == metrics["validation_macro_f1"]
    assert set(of_task.tables({"test": frame})) == {"label_scores_test", "confused_labels_test", "mistakes_test"}

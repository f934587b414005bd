"""Predictions published by the authors of TweetEval have the scores that they published.

https://github.com/cardiffnlp/tweeteval: RoBERTa-base, retrained on tweets.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from textlab.evaluation.choice.champion import choose_champion
from textlab.evaluation.choice.conclusion import conclusion
from textlab.evaluation.classification.comparison import compare_classifiers
from textlab.evaluation.classification.metrics import classification_metrics
from textlab.evaluation.classification.predictions import predictions_frame


@pytest.fixture
def tweet_eval(real_data: Path) -> Path:
    folder = real_data / "tweet_eval"
    if not (folder / "published_predictions").is_dir():
        pytest.skip(f"needs the published predictions of TweetEval; {folder} does not have them")
    return folder


def published(folder: Path, task: str) -> pd.DataFrame:
    names = [line.split("\t")[1] for line in (folder / task / "mapping.txt").read_text("utf-8").splitlines() if line]
    labels = np.loadtxt(folder / task / "test_labels.txt", dtype=int)
    predicted = np.loadtxt(folder / "published_predictions" / f"{task}.txt", dtype=int)
    examples = pd.DataFrame({"id": range(len(labels)), "text": "", "label": labels})
    return predictions_frame(examples, np.eye(len(names))[predicted], names)


def test_published_sentiment_predictions_have_the_published_macro_recall(tweet_eval):
    assert classification_metrics(published(tweet_eval, "sentiment"))["macro_recall"] == pytest.approx(0.7286, abs=5e-5)


def test_interval_of_published_sentiment_predictions_is_72_0_to_73_7(tweet_eval):
    comparison = compare_classifiers({"roberta": published(tweet_eval, "sentiment")}, "macro_recall")
    score, low, high = comparison.intervals.loc["roberta", ["macro_recall", "macro_recall_low", "macro_recall_high"]]
    assert (100 * score, 100 * low, 100 * high) == pytest.approx((72.86, 72.0, 73.7), abs=0.06)
    recommendation = conclusion(comparison, choose_champion(comparison))[0]
    assert recommendation.startswith("We recommend roberta: macro recall 72.9 (72.0 to 73.7) on 12,284 test texts. ")


@pytest.mark.parametrize(
    ("task", "metric", "score"),
    [("emotion", "macro_f1", 0.785), ("irony", "f1_irony", 0.617), ("offensive", "macro_f1", 0.805)],
)
def test_published_predictions_score_within_two_points_of_the_published_mean(tweet_eval, task, metric, score):
    # The paper's table has means of several runs; the predictions come from a single run.
    assert classification_metrics(published(tweet_eval, task))[metric] == pytest.approx(score, abs=0.02)

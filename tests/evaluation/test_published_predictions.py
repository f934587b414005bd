"""The decisions that TweetEval's authors published get the scores that they published.

https://github.com/cardiffnlp/tweeteval: RoBERTa-base, retrained on tweets.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from textlab.evaluation.metrics import classification_metrics
from textlab.evaluation.predictions import predictions_frame


@pytest.fixture
def tweet_eval(real_data: Path) -> Path:
    folder = real_data / "tweet_eval"
    if not (folder / "published_predictions").is_dir():
        pytest.skip(f"needs TweetEval's published predictions; {folder} does not hold them")
    return folder


def published_scores(folder: Path, task: str) -> dict[str, float]:
    names = [line.split("\t")[1] for line in (folder / task / "mapping.txt").read_text("utf-8").splitlines() if line]
    labels = np.loadtxt(folder / task / "test_labels.txt", dtype=int)
    decisions = np.loadtxt(folder / "published_predictions" / f"{task}.txt", dtype=int)
    examples = pd.DataFrame({"id": range(len(labels)), "text": "", "label": labels})
    return classification_metrics(predictions_frame(examples, np.eye(len(names))[decisions], names))


def test_published_sentiment_decisions_have_the_published_macro_recall(tweet_eval):
    assert published_scores(tweet_eval, "sentiment")["macro_recall"] == pytest.approx(0.7286, abs=5e-5)


@pytest.mark.parametrize(
    ("task", "metric", "published"),
    [("emotion", "macro_f1", 0.785), ("irony", "f1_irony", 0.617), ("offensive", "macro_f1", 0.805)],
)
def test_published_decisions_score_within_two_points_of_the_published_mean(tweet_eval, task, metric, published):
    # The paper's table gives means of several runs; the decisions are those of a single one.
    assert published_scores(tweet_eval, task)[metric] == pytest.approx(published, abs=0.02)

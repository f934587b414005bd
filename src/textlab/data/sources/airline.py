"""Twitter US Airline Sentiment (CrowdFlower 2015): tweets to six airlines, which have no official split."""

from pathlib import Path

import pandas as pd

from textlab.data import split
from textlab.data.dataset import Dataset
from textlab.data.reading import escapes, files

DESCRIPTION = "Twitter US Airline Sentiment: 14,640 tweets to six airlines, split 70/10/20 with a seed."
LABEL_NAMES = ("negative", "neutral", "positive")
FRACTIONS = (0.7, 0.1, 0.2)

TWEETS = files.RemoteFile(
    path="airline/Tweets.csv",
    url="https://www.kaggle.com/api/v1/datasets/download/crowdflower/twitter-airline-sentiment",
    checksums=(
        "ea94b23f41892b290dec3330bb8cf9cb6b8bc669eaae5f3a84c40f7b0de8f15e",  # upstream's 15 columns
        "e98520fcada59a3beb13c4d8975c5e8a9459283cb2d91714a516dd8437fd7789",  # without user names and places
    ),
    member="Tweets.csv",
    by_hand="By hand: download Tweets.csv from "
    "https://www.kaggle.com/datasets/crowdflower/twitter-airline-sentiment "
    "and put it at data/raw/airline/Tweets.csv; its sha256 must be "
    "ea94b23f41892b290dec3330bb8cf9cb6b8bc669eaae5f3a84c40f7b0de8f15e.",
)


def load(*, seed: int = 13) -> Dataset:
    """Load the tweets without duplicate ids and texts, split 70/10/20 with the same class proportions in each part.

    Args:
        seed: seed of the split.
    """
    (path,) = fetch()
    table = pd.read_csv(path, usecols=["tweet_id", "airline_sentiment", "text"], dtype=str, keep_default_na=False)
    frame = pd.DataFrame(
        {
            "id": table["tweet_id"],
            "text": [escapes.decode(text) for text in table["text"]],
            "label": [LABEL_NAMES.index(name) for name in table["airline_sentiment"]],
        }
    )
    frame = split.in_hash_order(split.drop_empty(frame, "airline"))
    # Each of the 155 ids that occur twice has one text, so removing duplicate texts removes these rows too.
    frame = split.drop_duplicates(frame, "airline")
    train, validation, test = split.stratified_split(frame, FRACTIONS, seed, LABEL_NAMES)
    return Dataset("airline", files.checksum(path)[:12], LABEL_NAMES, train, validation, test)


def fetch() -> list[Path]:
    """Return the verified file; download it from Kaggle if it is missing."""
    return [files.obtain(TWEETS)]

"""Twitter US Airline Sentiment (CrowdFlower 2015): tweets to six airlines, which have no official split."""

from pathlib import Path

import pandas as pd

from textlab.data import roles, split
from textlab.data.dataset import Dataset
from textlab.data.preparation_log import PreparationLog
from textlab.data.reading import escapes, files, tables

DESCRIPTION = "Twitter US Airline Sentiment: 14,640 tweets to six airlines, split 70/10/20 with a seed."
LABEL_NAMES = ("negative", "neutral", "positive")
FRACTIONS = (0.7, 0.1, 0.2)
AUTHOR, TIME = "name", "tweet_created"  # the edition without user names has no author

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
    table = pd.read_csv(path, usecols=_is_read, dtype=str, keep_default_na=False)
    table.index = pd.Index([line for line, _ in tables.rows(path)][1:])  # cells span lines, which pandas does not count
    frame = pd.DataFrame(
        {
            "id": table["tweet_id"],
            "text": [escapes.decode(text) for text in table["text"]],
            "label": [LABEL_NAMES.index(name) for name in table["airline_sentiment"]],
        }
    )
    found = roles.Roles(*(column if column in table else "" for column in (AUTHOR, TIME)))
    frame = roles.with_roles(frame, table, found)
    log = PreparationLog("airline", len(frame), LABEL_NAMES)
    frame = split.in_hash_order(split.drop_empty(frame, log))
    # Each of the 155 ids that occur twice has one text, so removing duplicate texts removes these rows too.
    frame = split.drop_duplicates(frame, log)
    parts = split.stratified_split(frame, FRACTIONS, seed, LABEL_NAMES)
    preparation = log.preparation(parts, found.group, found.time)
    return Dataset("airline", files.checksum(path)[:12], LABEL_NAMES, *parts, preparation=preparation)


def _is_read(column: str) -> bool:
    return column in ("tweet_id", "airline_sentiment", "text", TIME, AUTHOR)


def fetch() -> list[Path]:
    """Return the verified file; download it from Kaggle if it is missing."""
    return [files.obtain(TWEETS)]

"""The generated messages: phrases alone decide which of the topics each one has."""

import pandas as pd
import pytest

from textlab.data.multilabel_dataset import MultilabelDataset
from textlab.data.sources import passenger_topics
from textlab.data.sources.passenger_topics.phrases import RULES

DIGEST = "9e2168805f3f8bb1ff6471dbd2776522e7f91fe88e45dc152f353b25eadcd6af"


@pytest.fixture(scope="module")
def dataset() -> MultilabelDataset:
    return passenger_topics.load()


def test_digest_is_pinned(dataset: MultilabelDataset) -> None:
    assert dataset.digest == DIGEST


def test_phrases_decide_every_label_of_every_message(dataset: MultilabelDataset) -> None:
    everything = pd.concat([frame for _, frame in dataset.splits()])
    decided = [
        tuple(label for label, phrases in enumerate(RULES.values()) if any(phrase in text for phrase in phrases))
        for text in everything["text"]
    ]
    assert decided == everything["labels"].to_list()


def test_messages_have_no_empty_slot_and_none_to_seven_topics(dataset: MultilabelDataset) -> None:
    assert not dataset.train["text"].str.contains(r"[{}]").any()
    assert set(dataset.train["labels"].map(len)) == set(range(8))


def test_cancelled_flights_bring_claims_for_refunds(dataset: MultilabelDataset) -> None:
    counts = dataset.co_occurrence()
    assert counts.loc["cancellation", "refund"] > 0.5 * counts.loc["cancellation", "cancellation"]
    assert counts.loc["website", "refund"] < 0.4 * counts.loc["website", "website"]

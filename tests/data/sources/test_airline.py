"""The airline tweets lose their duplicates and are split by seed."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

import textlab.data
from textlab.data.sources import airline
from textlab.data.split import duplicate_keys

HEADER = "tweet_id,airline_sentiment,airline,text\n"


def fill(mirror: Path, rows: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    content = (HEADER + "".join(f"{row}\n" for row in rows)).encode()
    (mirror / "airline").mkdir()
    (mirror / "airline" / "Tweets.csv").write_bytes(content)
    known = replace(airline.TWEETS, checksums=(hashlib.sha256(content).hexdigest(),))
    monkeypatch.setattr(airline, "TWEETS", known)


def rows(count: int) -> list[str]:
    return [f"57030613367776{n:04d},{airline.LABEL_NAMES[n % 3]},Delta,flight {n} &amp; back" for n in range(count)]


def test_tweets_are_split_70_10_20_with_whole_ids_and_decoded_texts(
    mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(mirror, rows(300), monkeypatch)
    dataset = airline.load()
    assert [len(frame) for _, frame in dataset.splits()] == [210, 30, 60]
    assert dataset.label_names == ("negative", "neutral", "positive")
    first = dataset.train.iloc[0]
    number = int(first["id"].removeprefix("57030613367776"))
    assert first["text"] == f"flight {number} & back"
    assert first["label"] == number % 3


def test_duplicate_ids_and_contradictory_texts_are_dropped(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    doubtful = ["1,negative,Delta,thanks a lot", "2,positive,Delta,Thanks a lot"]
    fill(mirror, [*rows(60), *rows(5), *doubtful, '3,neutral,Delta,"two\nlines"'], monkeypatch)
    dataset = airline.load()
    texts = [text for _, frame in dataset.splits() for text in frame["text"]]
    assert len(texts) == 61
    assert "two\nlines" in texts
    assert not [text for text in texts if "thanks" in text.lower()]


def test_split_depends_on_the_seed_but_not_on_the_order_of_the_file(
    mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(mirror, rows(60), monkeypatch)
    digests = [textlab.data.load("airline").digest, textlab.data.load("airline?seed=14").digest]
    (mirror / "airline" / "Tweets.csv").unlink()
    (mirror / "airline").rmdir()
    fill(mirror, rows(60)[::-1], monkeypatch)
    digests.append(textlab.data.load("airline").digest)
    assert digests[0] == digests[2] != digests[1]


def test_failed_download_explains_what_to_do_by_hand(raw_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = replace(airline.TWEETS, url="http://127.0.0.1:9/Tweets.zip")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(airline, "TWEETS", nowhere)
    with pytest.raises(ConnectionError) as error:
        textlab.data.fetch("airline")
    message = str(error.value)
    assert "https://www.kaggle.com/datasets/crowdflower/twitter-airline-sentiment" in message
    assert "data/raw/airline/Tweets.csv" in message
    assert "ea94b23f41892b290dec3330bb8cf9cb6b8bc669eaae5f3a84c40f7b0de8f15e" in message


def test_real_tweets_share_no_text_between_splits(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTLAB_MIRROR", str(real_data))
    dataset = textlab.data.load("airline")
    assert [len(frame) for _, frame in dataset.splits()] == [10_065, 1_438, 2_876]
    keys = [key for _, frame in dataset.splits() for key in duplicate_keys(frame["text"])]
    assert len(set(keys)) == len(keys)
    for _, frame in dataset.splits():
        assert (frame["label"] == 0).mean() == pytest.approx(0.631, abs=0.002)

"""The generated letters: one sentence anywhere in a long text decides the class."""

import re

import pandas as pd
import pytest

from textlab.data import Dataset
from textlab.data.sources import letters
from textlab.data.sources.letters.phrases import DECISIVE, DECOYS, REQUESTS

DIGEST = "2801fa457fd39ded6400ceb2635301075a16cdf22accaed1bd68091d8054785e"
CLASS_OF = {request: label for label, requests in enumerate(REQUESTS.values()) for request in requests}
FRAME = "|".join(re.escape(frame).replace(r"\{request\}", f"(?:{'|'.join(CLASS_OF)})") for frame in DECISIVE)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return letters.load()


@pytest.fixture(scope="module")
def everything(dataset: Dataset) -> pd.DataFrame:
    return pd.concat([frame for _, frame in dataset.splits()], ignore_index=True)


def decisive(text: str) -> re.Match[str]:
    (found,) = re.finditer(rf"(?:{FRAME})\.", text)
    return found


def test_digest_is_pinned(dataset: Dataset) -> None:
    assert dataset.digest == DIGEST


def test_every_split_has_the_same_classes_twenty_to_one(dataset: Dataset) -> None:
    counts = dataset.class_counts()
    assert counts.loc["train"].to_list() == [1200, 840, 600, 300, 60]
    assert counts.loc["validation"].to_list() == [200, 140, 100, 50, 10]
    assert counts.loc["test"].to_list() == [600, 420, 300, 150, 30]


def test_letters_have_about_three_hundred_words_no_empty_slot_and_no_copy(everything: pd.DataFrame) -> None:
    assert everything["text"].str.split().str.len().between(240, 390).all()
    assert not everything["text"].str.contains(r"[{}]").any()
    assert everything["text"].is_unique


def test_one_sentence_decides_every_label_but_the_swapped_ones(dataset: Dataset, everything: pd.DataFrame) -> None:
    requests = [next(request for request in CLASS_OF if request in decisive(text)[0]) for text in everything["text"]]
    agrees = everything["label"] == [CLASS_OF[request] for request in requests]
    noisy = everything["tags"].str.contains("noise")
    assert noisy.sum() == 0.03 * len(everything)
    assert agrees[~noisy].all()
    test = agrees.iloc[-len(dataset.test) :]
    assert round(test.mean(), 4) == 0.9773  # the best possible accuracy in data/README.md


def test_other_sentences_use_the_same_requests_in_most_letters(everything: pd.DataFrame) -> None:
    others = everything["text"].map(lambda text: text.replace(decisive(text)[0], ""))
    assert others.str.contains("|".join(CLASS_OF)).all()
    assert not {frame for frame in DECOYS if frame in DECISIVE}


def test_tags_say_how_far_a_model_has_to_read(everything: pd.DataFrame) -> None:
    words = everything["text"].map(lambda text: len(text[: decisive(text).end()].split()))
    for tag, within in {"early": (1, 64), "middle": (65, 128), "late": (129, 400)}.items():
        tagged = everything["tags"].str.split().str[0] == tag
        assert words[tagged].between(*within).all()
        assert tagged.mean() > 0.15


def test_another_seed_gives_other_letters(dataset: Dataset) -> None:
    assert not set(letters.load(seed=14).test["text"]) & set(dataset.test["text"])

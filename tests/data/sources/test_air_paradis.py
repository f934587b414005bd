"""The synthetic tweets are balanced, distinct and reproducible, and word order decides many of their labels."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from random import Random

import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import textlab.data
from textlab.data.dataset import Dataset
from textlab.data.sources import air_paradis
from textlab.data.sources.air_paradis.grammar import events, lexicon, phrases, sentences
from textlab.data.sources.air_paradis.grammar.clauses import about
from textlab.data.sources.air_paradis.grammar.composition import Composition, compose
from textlab.data.sources.air_paradis.grammar.draft import NEGATIVE, POSITIVE, Draft, Pool, cue

DIGEST = "8400398bf6227fc994954051ce647f6a9c9886339bbfc8da3051fe6e7d270fb9"
PHENOMENA = {
    *("comparison", "contrast", "elongation", "emoji", "hashtag", "intensifier", "link", "mention", "negation"),
    *("question", "sarcasm", "typo"),
}
NEGATOR = re.compile(r"\b(not|no|never|nobody|nothing|cannot|anything but|by no means)\b|n't\b")
CONTRAST = re.compile(
    r"(?<!anything )\bbut\b|\b(although|even though|yet|however|despite|nevertheless)\b", re.IGNORECASE
)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return air_paradis.load()


@pytest.fixture(scope="module")
def everything(dataset: Dataset) -> pd.DataFrame:
    return pd.concat([frame.assign(split=split) for split, frame in dataset.splits()], ignore_index=True)


@pytest.fixture(scope="module")
def compositions() -> list[Composition]:
    random = Random(5)
    return [compose(random, place % 2) for place in range(4000)]


def tagged(frame: pd.DataFrame, *names: str) -> pd.Series:
    return frame["tags"].str.split().map(lambda tags: bool(set(tags) & set(names)))


def pools(value: object) -> Iterator[Pool]:
    """Yield every pool in a value, its dictionaries, tuples and aspects."""
    if isinstance(value, Pool):
        yield value
    elif isinstance(value, lexicon.Aspect):
        yield from pools((value.subjects, value.opinions))
    elif isinstance(value, dict | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from pools(item)


def held_out_cues() -> re.Pattern[str]:
    found = [pool for module in (events, lexicon, phrases, sentences) for pool in pools(tuple(vars(module).values()))]
    cues = sorted({cue(choice).casefold() for pool in found for choice in pool.held_out})
    assert len(cues) > 100
    return re.compile(r"\b(?:" + "|".join(map(re.escape, cues)) + r")\b")


def test_splits_have_the_promised_sizes_and_columns(dataset: Dataset) -> None:
    assert [len(frame) for _, frame in dataset.splits()] == [8000, 2000, 2000]
    assert all(list(frame.columns) == ["id", "text", "label", "tags"] for _, frame in dataset.splits())
    assert (dataset.version, dataset.label_names) == ("1", ("negative", "positive"))
    assert (dataset.train["id"].iloc[0], dataset.test["id"].iloc[-1]) == ("air_paradis-00001", "air_paradis-12000")


def test_classes_are_balanced_in_every_split(dataset: Dataset) -> None:
    for split, frame in dataset.splits():
        assert 0.45 < frame["label"].mean() < 0.55, split


def test_no_text_occurs_twice_in_all_splits(everything: pd.DataFrame) -> None:
    texts = [" ".join(text.casefold().split()) for text in everything["text"]]
    assert len(set(texts)) == 12000


def test_digest_is_pinned(dataset: Dataset) -> None:
    assert dataset.digest == DIGEST


def test_digest_is_the_same_in_a_fresh_process_with_another_hash_seed() -> None:
    program = "from textlab.data.sources import air_paradis; print(air_paradis.load().digest)"
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    answer = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == DIGEST


def test_another_seed_gives_other_tweets(dataset: Dataset) -> None:
    other = air_paradis.load(seed=14)
    assert len(set(other.test["text"]) & set(dataset.test["text"])) < 20


def test_unknown_variant_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"Dataset 'air_paradis' has no variant 'small'\. Load it as 'air_paradis'\."):
        textlab.data.load("air_paradis/small")


def test_three_per_cent_of_each_split_is_label_noise(dataset: Dataset) -> None:
    assert [int(tagged(frame, "noise").sum()) for _, frame in dataset.splits()] == [240, 60, 60]


def test_a_third_of_the_test_split_alone_is_unseen(dataset: Dataset) -> None:
    assert [int(tagged(frame, "unseen").sum()) for _, frame in dataset.splits()] == [0, 0, 667]


def test_held_out_words_and_templates_occur_only_in_unseen_rows(everything: pd.DataFrame) -> None:
    holds_one = everything["text"].str.casefold().str.contains(held_out_cues())
    assert (holds_one == tagged(everything, "unseen")).all()


def test_tags_are_known_sorted_and_never_missing(everything: pd.DataFrame) -> None:
    tags = everything["tags"].str.split()
    assert set().union(*tags) == PHENOMENA | {"noise", "plain", "unseen"}
    assert (tags.map(sorted).str.join(" ") == everything["tags"]).all()
    assert tagged(everything, "plain").eq(~tagged(everything, *PHENOMENA)).all()


def test_negation_tag_marks_exactly_the_texts_with_a_negator(compositions: list[Composition]) -> None:
    for composition in compositions:
        negated = bool(NEGATOR.search(" ".join(composition.sentences)))
        assert negated == ("negation" in composition.tags), composition


def test_contrast_tag_marks_exactly_the_texts_with_a_contrast_word(compositions: list[Composition]) -> None:
    for composition in compositions:
        contrasting = bool(CONTRAST.search(" ".join(composition.sentences)))
        assert contrasting == ("contrast" in composition.tags), composition


def test_surface_tags_agree_with_the_text(everything: pd.DataFrame) -> None:
    for tag, mark in {"mention": "@", "hashtag": "#", "link": "https://", "question": "?"}.items():
        assert (everything["text"].str.contains(mark, regex=False) == tagged(everything, tag)).all(), tag


def test_skeletons_rarely_repeat(compositions: list[Composition]) -> None:
    assert len({composition.skeleton for composition in compositions}) > 3000


def test_tweets_have_five_to_forty_words_and_no_empty_slot(everything: pd.DataFrame) -> None:
    assert everything["text"].str.split().map(len).between(5, 40).all()
    assert not everything["text"].str.contains(r"[{}]").any()


def test_same_words_in_another_order_have_the_other_label() -> None:
    template = "{subject} {was} {opposite} at first but {opinion} in the end"
    assert template in sentences.TURNS.seen
    tweets = [about(Draft(Random(seed), label), template, label) for seed in range(300) for label in (0, 1)]
    sides = [re.sub(r"^.* (\S+) at first but (.+) in the end$", r"\1|\2", tweet).split("|") for tweet in tweets]
    pairs = {label: {tuple(side) for side in sides[label::2]} for label in (NEGATIVE, POSITIVE)}
    turned_round = {(late, early) for early, late in pairs[NEGATIVE]} & pairs[POSITIVE]
    assert len(turned_round) > 20
    assert not pairs[NEGATIVE] & pairs[POSITIVE]


def test_logistic_regression_on_word_pairs_fails_where_order_matters(dataset: Dataset) -> None:
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True), LogisticRegression(max_iter=1000)
    )
    model.fit(dataset.train["text"], dataset.train["label"])
    right = pd.Series(model.predict(dataset.test["text"]) == dataset.test["label"])
    plain = right[tagged(dataset.test, "plain")].mean()
    order = right[tagged(dataset.test, "negation", "contrast")].mean()
    assert 0.84 < right.mean() < 0.91
    assert order < 0.7 < 0.9 < plain

"""The section that says whether the splits come from the same source."""

import numpy as np

from textlab.evaluation.shift import Sample, compare_samples
from textlab.report.classification.sections.shift import compared

WORDS = ["gate", "crew", "seat", "late", "kind", "flight", "hour", "bag"]


def sample(name, seed, words=(), style=str):
    random = np.random.default_rng(seed)
    texts = [style(" ".join(random.choice([*WORDS, *words], 6))) for _ in range(120)]
    return Sample(name, texts, labels=np.arange(120) % 2, label_names=("bad", "good"))


def test_random_parts_of_one_source_are_said_to_look_like_that():
    html = compared([compare_samples(sample("train", 1), sample("test", 2))]).html
    assert "The splits look like random parts of one source" in html
    assert "No word and no feature" in html
    assert "another source" not in html


def test_another_source_is_said_first_with_the_words_and_features_that_moved():
    shift = compare_samples(sample("train", 1), sample("test", 2, ["<b>", "visa"], str.upper))
    html = compared([shift]).html
    assert html.index("The test texts come from another source") < html.index("<table")
    assert "a word in upper case" in html
    assert "&#34;visa&#34;" in html
    assert "<b>" not in html


def test_splits_that_are_too_small_to_compare_get_no_verdict():
    shift = compare_samples(Sample("train", ["a gate", "a crew"]), Sample("test", ["a seat"]))
    assert "The splits have too few texts to say" in compared([shift]).html


def test_language_of_titles_is_unclear_if_few_are_recognised():
    german, english = "das ist nicht der Bus und die Frau", "this is not the bus and the woman of the house"
    samples = [
        Sample(name, [*sample(name, seed).texts, text])
        for name, seed, text in (("train", 1, german), ("test", 2, english))
    ]
    html = compared([compare_samples(*samples)]).html
    assert "unclear" in html
    assert "German" not in html

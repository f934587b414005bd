"""Shifts between splits: each one is named, and random parts of one source are not called different."""

import numpy as np
import pandas as pd
import pytest

from textlab.concerns import ConcernKind
from textlab.data.dataset import Dataset
from textlab.evaluation.shift import Sample, compare_samples, compare_splits

TOPICS = {
    "travel": ["flight", "crew", "gate", "luggage", "seat", "pilot", "airport", "ticket", "delay", "plane", "runway"],
    "food": ["soup", "bread", "cheese", "waiter", "menu", "pizza", "dessert", "kitchen", "oven", "recipe", "pepper"],
}
FEELINGS = (["awful", "rude", "broken", "late"], ["lovely", "kind", "great", "fast"])
FRENCH = ["le", "la", "et", "nous", "avons", "dans", "pour", "avec", "une", "très", "mais", "vous"]


def texts_of(labels, topic="travel", seed=0, words=12, style=str):
    random = np.random.default_rng(seed)
    chosen = [random.choice(TOPICS.get(topic, FRENCH), words - 1).tolist() for _ in labels]
    feelings = [str(random.choice(FEELINGS[label])) for label in labels]
    return [style(" ".join(["the", *some, feeling])) for some, feeling in zip(chosen, feelings, strict=True)]


def dataset_of(test, validation=None, counts=(600, 200, 200), share=0.5):
    """A dataset of travel texts; `test` and `validation` change how their texts are written."""
    frames = {}
    for seed, (split, count, changed) in enumerate(
        zip(("train", "validation", "test"), counts, ({}, validation or {}, test), strict=True)
    ):
        positive = changed.get("share", share)
        labels = (np.arange(count) < positive * count).astype(int)
        changes = {name: value for name, value in changed.items() if name != "share"}
        texts = [f"{text} {split}{number}" for number, text in enumerate(texts_of(labels, seed=seed, **changes))]
        ids = [f"{split}-{number}" for number in range(count)]
        frames[split] = pd.DataFrame({"id": ids, "text": texts, "label": labels})
    return Dataset("made", "1", ("bad", "good"), **frames)


def kinds(dataset):
    return {concern.kind for concern in compare_splits(dataset).concerns if concern.is_serious}


def finding(dataset, kind):
    return next(concern.finding for concern in compare_splits(dataset).concerns if concern.kind == kind)


def test_random_parts_of_one_source_raise_no_concern():
    assert compare_splits(dataset_of({})).concerns == ()


def test_test_texts_on_another_topic_are_named_with_their_words():
    text = finding(dataset_of({"topic": "food"}), ConcernKind.SPLIT_SHIFT)
    assert text.startswith("The test texts come from another source, topic or time than the training and validation")
    assert any(f'"{word}" 0% and' in text for word in TOPICS["food"])


def test_a_small_test_split_on_another_topic_is_found():
    assert ConcernKind.SPLIT_SHIFT in kinds(dataset_of({"topic": "food"}, counts=(300, 60, 30)))


def test_validation_texts_from_another_source_are_named():
    text = finding(dataset_of({}, validation={"topic": "food"}), ConcernKind.SPLIT_SHIFT)
    assert text.startswith("The validation texts come from another source, topic or time than the training and test")


@pytest.mark.parametrize("counts", [(600, 200, 200), (300, 60, 60)])
def test_a_class_that_is_more_frequent_is_a_class_shift_and_not_another_source(counts):
    dataset = dataset_of({"share": 0.9}, counts=counts)
    assert kinds(dataset) == {ConcernKind.CLASS_SHIFT}
    assert '"good" 50% and 90%' in finding(dataset, ConcernKind.CLASS_SHIFT)


def test_texts_in_another_language_are_named():
    text = finding(dataset_of({"topic": "French"}), ConcernKind.LANGUAGE_SHIFT)
    assert "French" in text


@pytest.mark.parametrize(
    ("changed", "named"),
    [({"style": str.upper}, "a word in upper case"), ({"style": lambda text: text + " http://t.co/x"}, "a link")],
)
def test_a_shift_of_style_names_the_feature(changed, named):
    assert named in finding(dataset_of(changed), ConcernKind.SPLIT_SHIFT)


def test_a_shift_of_length_names_the_medians():
    text = finding(dataset_of({"words": 30}), ConcernKind.SPLIT_SHIFT)
    assert "The median length is 14 words in train and 32 in test." in text


def test_splits_of_a_few_texts_raise_no_concern():
    shifts = compare_splits(dataset_of({}, counts=(8, 2, 2)))
    assert shifts.concerns == ()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("texts", [("!", "."), ("gate", "crew"), ("\ud800 x\x00", "😀")])
def test_samples_of_one_text_are_compared_without_a_warning(texts):
    first, second = (Sample(name, [text]) for name, text in zip("ab", texts, strict=True))
    shift = compare_samples(first, second)
    assert np.isnan(shift.auc)
    assert shift.p == 1


def test_a_series_of_copies_in_one_sample_is_one_observation():
    """Copies in several folds would be recognised by their words, whatever the other texts are."""
    labels = np.zeros(300, dtype=int)
    copies = [f"win a new phone today at number {number}" for number in range(60)]
    shift = compare_samples(
        Sample("before", texts_of(labels, seed=1)), Sample("after", [*texts_of(labels, seed=2)[:240], *copies])
    )
    assert shift.auc < 0.6
    assert shift.p > 1e-4


def test_authors_of_a_split_by_author_are_not_mistaken_for_sources():
    """Each author has a pet word. New authors have new ones, which no author seen before could have shown."""
    authors = np.repeat(np.arange(60), 10)
    texts = [f"{text} pet{author}" for text, author in zip(texts_of(authors % 2), authors, strict=True)]
    before, after = authors < 40, authors >= 40

    def sample(name, rows, groups):
        return Sample(name, list(np.array(texts)[rows]), groups=list(authors[rows]) if groups else None)

    assert compare_samples(sample("a", before, False), sample("b", after, False)).p < 1e-4
    assert compare_samples(sample("a", before, True), sample("b", after, True)).p > 1e-4

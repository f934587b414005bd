"""A share of the training examples: each class keeps its proportion, and shares of one seed are nested."""

import itertools

import pandas as pd
import pytest
from tiny_data import tiny_dataset, tiny_multilabel_dataset, tiny_retrieval_dataset, write_tweets

import textlab.data
from textlab.data.training_share import training_share


def rows(counts, **columns):
    labels = [label for label, count in enumerate(counts) for _ in range(count)]
    return pd.DataFrame({"id": [str(number) for number in range(len(labels))], "label": labels, **columns})


def test_each_class_keeps_its_proportion_and_at_least_one_row():
    counts = training_share(rows([100, 40, 3]), 0.1, seed=0)["label"].value_counts()
    assert counts.to_dict() == {0: 10, 1: 4, 2: 1}


@pytest.mark.parametrize("groups", [False, True])
def test_smaller_share_is_part_of_a_larger_one(groups):
    frame = rows([60, 40, 2], **({"group": [f"author {number % 17}" for number in range(102)]} if groups else {}))
    drawn = [set(training_share(frame, share, seed=3)["id"]) for share in (0.02, 0.1, 0.3, 0.5, 1.0)]
    assert all(smaller <= larger for smaller, larger in itertools.pairwise(drawn))
    assert len(drawn[-1]) == 102


def test_seed_decides_which_rows_are_drawn_and_their_order_stays():
    frame = rows([60, 40])
    first, again, other = (training_share(frame, 0.2, seed)["id"].tolist() for seed in (0, 0, 1))
    assert first == again == sorted(first, key=int)
    assert first != other


def test_rows_of_an_author_are_drawn_together_and_no_class_is_lost():
    frame = rows([95, 5], group=[f"author {number % 20}" if number % 10 else None for number in range(100)])
    for seed in range(10):
        kept = training_share(frame, 0.25, seed)
        assert set(kept["label"]) == {0, 1}
        for author, of_author in kept.dropna(subset="group").groupby("group"):
            assert len(of_author) == (frame["group"] == author).sum()
        assert 20 <= len(kept) <= 35


@pytest.mark.parametrize("share", [0, -0.5, 1.5, float("nan")])
def test_share_that_is_none_is_refused(share):
    with pytest.raises(ValueError, match=r"The share of the training split is .*\. Choose one above 0 and at most 1"):
        training_share(rows([4, 4]), share, seed=0)


def test_name_of_a_dataset_states_its_share_and_only_training_is_reduced(tmp_path):
    name = write_tweets(tiny_dataset(), tmp_path)
    whole, part = textlab.data.load(name), textlab.data.load(f"{name}?training_share=0.25", share_seed=1)
    assert part.name == f"{whole.name}?share_seed=1&training_share=0.25"
    assert (len(part.train), part.training_share, whole.training_share) == (10, 0.25, 1.0)
    assert part.test.equals(whole.test)
    assert part.validation.equals(whole.validation)
    assert textlab.data.load(part.name).digest == part.digest != whole.digest


def test_dataset_whose_digest_is_known_gets_another_with_its_share():
    whole = tiny_dataset()
    assert whole.digest != whole.with_training_share(0.5, 0).digest


def test_several_labels_keep_their_proportions_by_the_rarest_of_a_row():
    whole = tiny_multilabel_dataset()
    part = whole.with_training_share(0.5, seed=0)
    assert len(part.train) == pytest.approx(len(whole.train) / 2, abs=3)
    assert {label for labels in part.train["labels"] for label in labels} == set(range(len(whole.label_names)))
    assert part.digest != whole.digest


def test_task_without_learning_curve_refuses_a_share():
    with pytest.raises(ValueError, match=r"Datasets for retrieval cannot be reduced to a share\. Leave out training"):
        tiny_retrieval_dataset().with_training_share(0.5, 0)

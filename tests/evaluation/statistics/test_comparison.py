import pytest

from textlab.evaluation.classification.comparison import compare_classifiers


@pytest.fixture
def three(random_predictions):
    """Predictions of a good model, an equally good one, and a poor one."""
    return {
        "bert": random_predictions(3, 3, seed=1),
        "roberta": random_predictions(3, 3, seed=2),
        "words": random_predictions(3, 0.8, seed=3),
    }


def test_intervals_contain_their_scores_and_are_sorted(three):
    comparison = compare_classifiers(three, "macro_recall", resamples=500)
    table = comparison.intervals
    assert table["macro_recall"].is_monotonic_decreasing
    for metric in ("macro_recall", "accuracy", "macro_f1"):
        assert table[metric].between(table[f"{metric}_low"], table[f"{metric}_high"]).all()
    assert comparison.examples == 400
    assert comparison.best == table.index[0]


def test_tied_model_is_in_the_group_of_the_best(three):
    assert compare_classifiers(three, "macro_recall", resamples=500).intervals["group"].to_dict() == {
        "bert": 1,
        "roberta": 1,
        "words": 2,
    }


def test_no_metric_has_its_columns_twice(three):
    table = compare_classifiers(three, "accuracy", resamples=100).intervals
    assert list(table.columns) == [
        "group",
        *("accuracy", "accuracy_low", "accuracy_high"),
        *("macro_f1", "macro_f1_low", "macro_f1_high"),
    ]


def test_same_seed_gives_the_same_comparison(three):
    one, again = (compare_classifiers(three, "macro_f1", resamples=100) for _ in range(2))
    assert one.intervals.equals(again.intervals)
    assert one.pairs.equals(again.pairs)


def test_unknown_best_model_raises(three):
    with pytest.raises(ValueError, match=r"'gpt', is not among those compared\. Choose from bert, roberta, words\."):
        compare_classifiers(three, "accuracy", "gpt")


def test_metric_of_a_class_without_texts_raises(three):
    frames = {name: frame[frame["label"] != "joy"] for name, frame in three.items()}
    with pytest.raises(ValueError, match="'f1_joy' is undefined here: no example has the class"):
        compare_classifiers(frames, "f1_joy", resamples=50)


def test_pair_is_found_in_either_order(three):
    comparison = compare_classifiers(three, "accuracy", resamples=50)
    assert comparison.pair("words", "bert") == comparison.pair("bert", "words")
    assert (comparison.pair("words", "bert")["better"], comparison.pair("words", "bert")["worse"]) == ("bert", "words")

import pytest

from textlab.evaluation.choice.conclusion import conclusion, p_text
from textlab.evaluation.statistics.comparison import compare


@pytest.fixture
def three(random_predictions):
    """A strong model, one just as strong, and a weak one."""
    return {
        "bert": random_predictions(3, 3, seed=1),
        "roberta": random_predictions(3, 3, seed=2),
        "words": random_predictions(3, 0.8, seed=3),
    }


def test_intervals_hold_their_scores_highest_first(three):
    comparison = compare(three, "macro_recall", resamples=500)
    table = comparison.intervals
    assert table["macro_recall"].is_monotonic_decreasing
    for metric in ("macro_recall", "accuracy", "macro_f1"):
        assert table[metric].between(table[f"{metric}_low"], table[f"{metric}_high"]).all()
    assert comparison.texts == 400
    assert comparison.best == table.index[0]


def test_model_that_cannot_be_told_apart_is_in_the_group_of_the_best(three):
    assert compare(three, "macro_recall", resamples=500).intervals["group"].to_dict() == {
        "bert": 1,
        "roberta": 1,
        "words": 2,
    }


def test_metric_that_is_always_there_has_its_columns_once(three):
    table = compare(three, "accuracy", resamples=100).intervals
    assert list(table.columns) == [
        "group",
        *("accuracy", "accuracy_low", "accuracy_high"),
        *("macro_f1", "macro_f1_low", "macro_f1_high"),
    ]


def test_same_seed_gives_the_same_comparison(three):
    one, again = (compare(three, "macro_f1", resamples=100) for _ in range(2))
    assert one.intervals.equals(again.intervals)
    assert one.pairs.equals(again.pairs)


def test_best_that_was_not_compared_is_refused(three):
    with pytest.raises(ValueError, match="'gpt', is none of those compared: bert, roberta, words"):
        compare(three, "accuracy", "gpt")


def test_metric_of_a_class_without_texts_is_refused(three):
    frames = {name: frame[frame["label"] != "joy"] for name, frame in three.items()}
    with pytest.raises(ValueError, match="'f1_joy' has no value on these texts"):
        compare(frames, "f1_joy", resamples=50)


def test_answer_says_who_is_best_by_how_much_and_what_is_faster(three):
    comparison = compare(three, "macro_recall", resamples=2000)
    best = comparison.best
    other = {"bert": "roberta", "roberta": "bert"}[best]
    answer, noise, limit = conclusion(comparison, {best: 9.0, other: 1.0, "words": 0.3})
    score, low = (100 * comparison.intervals.loc[model, "macro_recall"] for model in (best, "words"))
    assert answer.startswith(f"{best} is best, with a macro recall of {score:.1f} (")
    assert f"the difference to words is {score - low:.1f} points (" in answer
    assert answer.endswith(", p < 0.001).")
    assert noise.startswith(f"{other} is within noise (")
    assert noise.endswith(") and 9 times faster.")
    assert limit.startswith("400 test texts show a true difference to it of ")


def test_choice_below_one_within_noise_of_it_is_not_called_best(three):
    second = compare(three, "macro_recall", resamples=50).intervals.index[1]
    answer, noise, _ = conclusion(compare(three, "macro_recall", second, resamples=500))
    assert answer.startswith(f"None is shown to be better than {second}, which has a macro recall of ")
    assert noise.endswith(" above).")


@pytest.mark.parametrize(
    ("latency", "words"),
    [(9.0, "about as fast"), (10.5, "about as fast"), (5.0, "1.8 times faster"), (36.0, "4 times slower")],
)
def test_speed_is_told_beside_the_best(three, latency, words):
    noise = conclusion(compare(three, "macro_recall", "bert", resamples=200), {"bert": 9.0, "roberta": latency})[1]
    assert noise.endswith(f") and {words}.")


@pytest.mark.parametrize("latency", [None, {}, {"bert": 9.0}, {"bert": 9.0, "roberta": float("nan")}])
def test_unknown_latency_is_not_spoken_of(three, latency):
    noise = conclusion(compare(three, "macro_recall", "bert", resamples=200), latency)[1]
    assert noise.endswith(("below).", "above)."))


def test_nobody_is_called_best_where_none_can_be_told_apart(three):
    comparison = compare({name: three[name] for name in ("bert", "roberta")}, "macro_recall", resamples=500)
    assert conclusion(comparison)[0].startswith(
        f"No model is shown to be best: {comparison.best} has a macro recall of "
    )


def test_test_that_contradicts_validation_is_said(three):
    answer = conclusion(compare(three, "accuracy", "words", resamples=500))[0]
    assert answer.startswith("words was chosen, with an accuracy of ")
    assert "is better on test by" in answer
    assert answer.endswith("p < 0.001): validation and test disagree.")


def test_best_that_stands_alone_has_nothing_within_noise(three):
    two = {name: three[name] for name in ("bert", "words")}
    assert conclusion(compare(two, "accuracy", resamples=500))[1] == "The other model is not within noise of it."
    four = two | {"weak": three["words"], "again": three["words"]}
    noise = conclusion(compare(four, "accuracy", resamples=500))[1]
    assert noise == "None of the 3 others is within noise of it."


def test_many_models_within_noise_are_counted(three):
    same = {f"m{place}": three["bert"] for place in range(6)}
    noise = conclusion(compare(same, "accuracy", resamples=100))[1]
    assert noise.count("is within noise (0.0 points") == 3
    assert noise.endswith("; so are 2 more.")


def test_single_run_has_its_score_and_nothing_to_compare(three):
    comparison = compare({"bert": three["bert"]}, "macro_recall", resamples=500)
    assert comparison.intervals["group"].tolist() == [1]
    score, nothing = conclusion(comparison)
    assert score.startswith("bert has a macro recall of ")
    assert score.endswith(" on 400 test texts.")
    assert nothing == "It is the only model, so there is nothing to compare it with."


def test_flawless_model_is_told_without_an_interval(predict):
    frame = predict([0, 1] * 5, [[0.9, 0.1], [0.2, 0.8]] * 5)
    assert (
        conclusion(compare({"bert": frame}, "accuracy", resamples=50))[0]
        == "bert has an accuracy of 100.0 on 10 test texts."
    )


@pytest.mark.parametrize(
    ("p", "text"), [(0.0004, "p < 0.001"), (0.0031, "p = 0.003"), (0.0496, "p = 0.050"), (0.4, "p = 0.40")]
)
def test_p_values_read_as_in_papers(p, text):
    assert p_text(p) == text

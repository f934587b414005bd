import numpy as np
import pytest

from textlab.evaluation.statistics.seeds import fewest_seeds, seed_pairs, seed_sentences, seed_table, sign_flip_p


def scores(seeds: int, gap: float = 0.02) -> dict[str, dict[int, float]]:
    noise = np.random.default_rng(0).normal(0, 0.002, (2, seeds))
    return {
        "lstm": {seed: 0.6 + noise[0, seed] for seed in range(seeds)},
        "bert": {seed: 0.6 + gap + noise[1, seed] for seed in range(seeds)},
    }


def test_sign_flip_p_by_hand():
    # Of the eight ways to sign 1, 2 and 4, only two reach a sum of 7 or -7.
    assert sign_flip_p([1, 2, 4]) == pytest.approx(2 / 8)
    # The sums of at least 5 in absolute value are 7, 5, -5 and -7.
    assert sign_flip_p([-1, 2, 4]) == pytest.approx(4 / 8)


def test_one_seed_or_no_difference_gives_a_p_of_one():
    assert sign_flip_p([0.3]) == 1
    assert sign_flip_p([0.0, 0.0, 0.0]) == 1
    with pytest.raises(ValueError, match="There are no differences"):
        sign_flip_p([])


@pytest.mark.parametrize(("significance", "seeds"), [(0.05, 6), (0.01, 8), (0.5, 3)])
def test_fewest_seeds_are_the_first_that_reach_significance(significance, seeds):
    assert fewest_seeds(significance) == seeds
    assert sign_flip_p([1.0] * seeds) < significance
    assert sign_flip_p([1.0] * (seeds - 1)) >= significance


def test_table_has_mean_and_spread_sorted_by_mean():
    table = seed_table({"a": {0: 0.5, 1: 0.7}, "b": {0: 0.9}})
    assert table.index.tolist() == ["b", "a"]
    assert table.loc["a"].tolist() == pytest.approx([2, 0.6, np.sqrt(0.02), 0.5, 0.7])
    assert np.isnan(table.loc["b", "spread"])


def test_pairs_are_compared_on_shared_seeds():
    pairs = seed_pairs({"a": {0: 0.5, 1: 0.6, 2: 0.1}, "b": {1: 0.7, 0: 0.6}, "c": {9: 0.9}})
    (row,) = pairs.to_dict("records")
    assert (row["better"], row["worse"], row["seeds"]) == ("b", "a", 2)
    assert row["difference"] == pytest.approx(0.1)
    assert row["p"] == row["p_holm"] == pytest.approx(0.5)


def test_three_seeds_are_reported_as_too_few():
    sentence = seed_sentences(scores(3))
    assert sentence.startswith("Over 3 seeds, the score of bert has a standard deviation of 0.")
    assert sentence.endswith(" A sign-flip test on 3 seeds cannot give p < 0.25. For p < 0.05, run at least 6 seeds.")


def test_six_seeds_can_show_a_significant_difference():
    assert seed_sentences(scores(6)).endswith(
        "points above lstm over 6 seeds, which is significant (sign-flip test, p = 0.031)."
    )


def test_small_gap_is_not_significant():
    assert "which is not significant" in seed_sentences(scores(6, gap=0.0001))


def test_one_seed_per_model_leaves_the_variation_unknown():
    expected = "Each model has one seed, so the variation between seeds is unknown."
    assert seed_sentences(scores(1)) == expected


def test_model_without_a_rival_has_its_standard_deviation_only():
    assert seed_sentences({"bert": {0: 0.5, 1: 0.7}}).endswith("of 14.1 points. No other model has the same seeds.")


def test_models_with_one_seed_are_ignored_if_others_have_several():
    sentence = seed_sentences({"bert": {0: 0.9}, "lstm": {0: 0.5, 1: 0.7}, "words": {0: 0.4}})
    assert sentence == (
        "Over 2 seeds, the score of lstm has a standard deviation of 14.1 points. No other model has the same seeds."
    )

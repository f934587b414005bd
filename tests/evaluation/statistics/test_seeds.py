import numpy as np
import pytest

from textlab.evaluation.statistics.seeds import fewest_seeds, seed_pairs, seed_sentence, seed_table, sign_flip_p


def scores(seeds: int, gap: float = 0.02) -> dict[str, dict[int, float]]:
    noise = np.random.default_rng(0).normal(0, 0.002, (2, seeds))
    return {
        "lstm": {seed: 0.6 + noise[0, seed] for seed in range(seeds)},
        "bert": {seed: 0.6 + gap + noise[1, seed] for seed in range(seeds)},
    }


def test_sign_flip_p_by_hand():
    # Of the eight ways to sign 1, 2 and 4, only all plus and all minus are as far from 0 as 7.
    assert sign_flip_p([1, 2, 4]) == pytest.approx(2 / 8)
    # 5 of 7: sums of at least 5 are 7 and 5, on either side.
    assert sign_flip_p([-1, 2, 4]) == pytest.approx(4 / 8)


def test_one_seed_or_none_of_a_difference_tells_nothing():
    assert sign_flip_p([0.3]) == 1
    assert sign_flip_p([0.0, 0.0, 0.0]) == 1
    with pytest.raises(ValueError, match="There are no differences"):
        sign_flip_p([])


@pytest.mark.parametrize(("significance", "seeds"), [(0.05, 6), (0.01, 8), (0.5, 3)])
def test_fewest_seeds_are_the_first_that_can_tell(significance, seeds):
    assert fewest_seeds(significance) == seeds
    assert sign_flip_p([1.0] * seeds) < significance
    assert sign_flip_p([1.0] * (seeds - 1)) >= significance


def test_table_has_mean_and_spread_highest_mean_first():
    table = seed_table({"a": {0: 0.5, 1: 0.7}, "b": {0: 0.9}})
    assert table.index.tolist() == ["b", "a"]
    assert table.loc["a"].tolist() == pytest.approx([2, 0.6, np.sqrt(0.02), 0.5, 0.7])
    assert np.isnan(table.loc["b", "spread"])


def test_pairs_are_compared_on_the_seeds_they_share():
    pairs = seed_pairs({"a": {0: 0.5, 1: 0.6, 2: 0.1}, "b": {1: 0.7, 0: 0.6}, "c": {9: 0.9}})
    (row,) = pairs.to_dict("records")
    assert (row["better"], row["worse"], row["seeds"]) == ("b", "a", 2)
    assert row["difference"] == pytest.approx(0.1)
    assert row["p"] == row["p_holm"] == pytest.approx(0.5)


def test_three_seeds_are_said_to_be_too_few():
    sentence = seed_sentence(scores(3))
    assert sentence.startswith("Over its 3 seeds the score of bert has a standard deviation of 0.")
    assert sentence.endswith(
        "3 seeds are too few to tell models apart: a sign-flip test of 3 cannot give a p below 0.25, "
        "and 6 are needed for p < 0.05."
    )


def test_six_seeds_can_tell():
    assert seed_sentence(scores(6)).endswith(
        "points above that of lstm over 6 seeds, which is more than chance (sign-flip test, p = 0.031)."
    )


def test_gap_that_may_be_chance_is_not_called_more():
    assert "which is not shown to be more than chance" in seed_sentence(scores(6, gap=0.0001))


def test_one_seed_each_tells_nothing_about_seeds():
    expected = "Each model has one seed, so how much of a difference is the seed's cannot be told."
    assert seed_sentence(scores(1)) == expected


def test_model_without_a_rival_is_told_with_its_spread():
    assert seed_sentence({"bert": {0: 0.5, 1: 0.7}}).endswith("of 14.1 points; no other model has the same seeds.")


def test_model_with_one_seed_is_passed_over_for_those_with_several():
    sentence = seed_sentence({"bert": {0: 0.9}, "lstm": {0: 0.5, 1: 0.7}, "words": {0: 0.4}})
    assert sentence == (
        "Over its 2 seeds the score of lstm has a standard deviation of 14.1 points; no other model has the same seeds."
    )

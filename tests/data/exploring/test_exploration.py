"""Balance, lengths, duplicates, typical words and leakage, on frames small enough to count by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from tiny_data import tiny_dataset, tiny_multilabel_dataset

from textlab.data.dataset import Dataset
from textlab.data.exploring import duplicates, exploration, vocabulary

Rows = list[tuple[str, int]]


def frame(split: str, rows: Rows, tags: list[str] | None = None) -> pd.DataFrame:
    ids = [f"{split}-{number}" for number in range(len(rows))]
    texts, labels = [row[0] for row in rows], [row[1] for row in rows]
    columns = {"id": ids, "text": texts, "label": labels} | ({"tags": tags} if tags else {})
    return pd.DataFrame(columns)


def corpus(train: Rows, validation: Rows, test: Rows, names: tuple[str, ...] = ("bad", "good")) -> pd.DataFrame:
    dataset = Dataset("tiny", "1", names, frame("train", train), frame("validation", validation), frame("test", test))
    return exploration.corpus(dataset)


@pytest.fixture
def texts() -> pd.DataFrame:
    return corpus(
        train=[("Late again @Air", 0), ("late bag", 0), ("nice crew", 1), ("NICE trip, nice crew!", 1)],
        validation=[("nice bag", 1), ("late", 0)],
        test=[("rude crew", 0), ("so late", 0), ("lovely trip", 1), ("rude and late", 0)],
    )


def test_corpus_has_a_row_per_text_with_names_lengths_and_normalised_text(texts):
    assert list(texts) == ["split", "id", "text", "label", "normalised", "words", "characters"]
    assert texts["split"].to_list() == ["train"] * 4 + ["validation"] * 2 + ["test"] * 4
    first = texts.iloc[0]
    assert first["label"] == "bad"
    assert first["normalised"] == "late again <user>"
    assert (first["words"], first["characters"]) == (3, 15)


def test_examples_come_from_training_with_the_classes_in_turn(texts):
    drawn = exploration.examples(texts, 3, seed=1)
    assert drawn["label"].to_list() == ["bad", "good", "bad"]
    assert set(drawn["text"]) <= set(texts["text"][:4])


def test_another_seed_draws_other_examples():
    texts = corpus([(f"text {row}", row % 2) for row in range(100)], [("a", 0)], [("b", 1)])
    drawn = [set(exploration.examples(texts, 6, seed)["text"]) for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_text_that_most_rules_change_comes_first():
    texts = corpus(
        [("calm", 0), ("@Air sooooo late!!! #fail http://t.co/x", 1), ("late!!!", 0)], [("a", 0)], [("b", 1)]
    )
    shown = exploration.before_and_after(texts, count=2)
    assert shown["normalised"].to_list() == ["<user> soo late !! <hashtag> fail <url>", "late !!"]


def test_readable_table_shows_full_escaped_texts():
    html = exploration.readable(pd.DataFrame({"<text>": ["<b>$5</b> " + "long " * 50]})).to_html()
    assert "&lt;b&gt;$5&lt;/b&gt; " + "long " * 50 in html
    assert "&lt;text&gt;" in html
    assert "mathjax_ignore" in html
    assert "<b>" not in html


def test_empty_table_says_that_there_is_nothing_to_show():
    assert "Nothing to show." in exploration.readable(pd.DataFrame()).to_html()
    assert "Nothing to show." in exploration.readable(pd.DataFrame({"word": []})).to_html()


def test_balance_is_the_share_of_each_class_in_a_split(texts):
    assert exploration.balance(texts).to_dict("index") == {
        "train": {"bad": 0.5, "good": 0.5},
        "validation": {"bad": 0.5, "good": 0.5},
        "test": {"bad": 0.75, "good": 0.25},
    }


def test_class_missing_in_a_split_has_a_share_of_zero():
    texts = corpus([("a", 0), ("b", 1), ("c", 2)], [("d", 0)], [("e", 1)], ("x", "y", "z"))
    assert exploration.balance(texts).loc["test"].to_list() == [0, 1, 0]
    assert exploration.balance_shift(texts).loc["test", "class"] == "y"


def test_balance_shift_is_pearsons_chi_square():
    # Training 10 and 10, test 30 and 10: expected 13.33 and 6.67, 26.67 and 13.33, all 3.33 away.
    rows = [(f"text {row}", int(row >= 10)) for row in range(20)]
    test = [(f"other {row}", int(row >= 30)) for row in range(40)]
    shift = exploration.balance_shift(corpus(rows, [("a", 0), ("b", 1)], test)).loc["test"]
    chi_square = (10 / 3) ** 2 * (3 / 40 + 3 / 20 + 3 / 80 + 3 / 40)
    assert shift["chi_square"] == pytest.approx(chi_square)
    assert shift["cramers_v"] == pytest.approx(math.sqrt(chi_square / 60))
    assert shift["p_value"] == pytest.approx(math.erfc(math.sqrt(chi_square / 2)))
    assert (shift["class"], shift["difference"]) == ("bad", 0.25)


def test_length_quantiles_are_computed_per_class_on_training_texts():
    texts = corpus([("a", 0), ("b c d", 0), ("e f", 1)], [("g " * 99, 0)], [("h", 1)])
    table = exploration.length_quantiles(texts, (0.5, 1.0))
    assert table.loc[("words", "bad")].to_dict() == {"median": 2, "longest": 3}
    assert table.loc[("characters", "good")].to_dict() == {"median": 3, "longest": 3}


def test_length_separation_is_the_share_of_pairs_and_ties_count_half():
    # bad: 1 and 3 words, good: 3 and 4. Of four pairs good is longer in three and one is a tie.
    texts = corpus([("a", 0), ("b c d", 0), ("e f g", 1), ("h i j k", 1)], [("l", 0)], [("m", 1)])
    assert exploration.length_separation(texts) == ("good", "bad", 3.5 / 4)


def test_tags_are_counted_by_class_and_by_split():
    dataset = Dataset(
        "tagged",
        "1",
        ("bad", "good"),
        frame("train", [("a", 0), ("b", 0), ("c", 1)], ["emoji", "emoji link", ""]),
        frame("validation", [("d", 0)], ["link"]),
        frame("test", [("e", 1)], ["plain"]),
    )
    table = exploration.tag_balance(exploration.corpus(dataset))
    assert table.index.to_list() == ["emoji", "link", "plain"]
    assert table.loc["emoji"].round(3).to_list() == [1.0, 0.0, 0.667, 0.0, 0.0]
    assert table[("class", "bad")].to_list() == [1.0, 0.5, 0.0]
    assert table[("split", "test")].to_list() == [0.0, 0.0, 1.0]


def test_dataset_without_tags_has_an_empty_tag_table(texts):
    assert exploration.tag_balance(texts).empty


def test_skeleton_keeps_only_words_and_emoji():
    assert (
        duplicates.skeleton("<user> flight 212b , don't !! <hashtag> fail 😡 http 7 <url>") == "flight b don't fail 😡"
    )


def test_duplicates_are_counted_by_broader_and_broader_definitions():
    texts = corpus(
        train=[("late", 0), ("LATE ", 0), ("so good!!!", 1), ("so good!!", 1), ("flight 12", 0), ("flight 13!", 1)],
        validation=[("Late @Air", 1), ("fine", 1), ("@Air", 0)],
        test=[("so good!!!!", 1), ("SO late", 0), ("@Other", 0)],
    )
    table = duplicates.duplicates(texts)
    columns = ["texts", "same text", "normalised", "same words", "contradictory"]
    assert table.loc["train", columns].to_list() == [6, 1, 2, 3, 2]
    assert table.loc["validation", columns].to_list() == [3, 0, 0, 0, 0]
    assert table.loc["validation in train", columns].to_list() == [3, 0, 0, 1, 1]
    assert table.loc["test in train", columns].to_list() == [3, 0, 1, 1, 0]


def test_text_without_words_has_no_duplicates():
    texts = corpus([("@Air !", 0), ("fine", 1)], [("@Other ?", 0)], [("@Third 5", 1)])
    assert duplicates.duplicates(texts)["same words"].sum() == 0
    assert duplicates.near_duplicates(texts).empty


def test_near_duplicate_shares_enough_of_its_words():
    texts = corpus(
        train=[("the crew lost my blue bag", 0), ("a lovely flight", 1), ("the crew found my blue bag today", 1)],
        validation=[("nothing alike here", 0)],
        test=[("My blue bag: the crew lost it! @Air", 0), ("a lovely trip", 1)],
    )
    found = duplicates.near_duplicates(texts, similarity=0.8)
    assert found.to_dict("records") == [
        {
            "split": "test",
            "text": "My blue bag: the crew lost it! @Air",
            "label": "bad",
            "train_text": "the crew lost my blue bag",
            "train_label": "bad",
            "similarity": pytest.approx(6 / 7),
            "words": 7,
            "id": "test-0",
            "train_id": "train-0",
        }
    ]
    assert len(duplicates.near_duplicates(texts, similarity=0.5)) == 2
    assert duplicates.near_duplicates(texts, similarity=0.87).empty


def test_many_equal_texts_are_compared_once():
    sets = duplicates.word_sets(pd.Series(["late flight"] * 20_000))
    rows, nearest, scores = duplicates.nearest_sets(sets[10_000:], sets[:10_000], 0.8)
    assert len(rows) == 10_000
    assert set(nearest) == {0}
    assert set(scores) == {1.0}


@pytest.mark.parametrize("similarity", [0.3, 0.5, 2 / 3, 0.8, 1.0])
def test_comparing_rare_words_first_misses_no_pair(similarity):
    chance = np.random.default_rng(0)
    rows = [(" ".join(chance.choice(list("abcdefghij"), size=chance.integers(1, 7))), 0) for _ in range(120)]
    parts = [list(dict.fromkeys(rows[start : start + 40])) for start in (0, 40, 80)]
    parts[1] = [row for row in parts[1] if row not in parts[0]]
    parts[2] = [row for row in parts[2] if row not in parts[0] + parts[1]]
    texts = corpus([*parts[0], ("good", 1)], parts[1], parts[2])
    train = [set(text.split()) for text, _ in parts[0]]
    expected = {}
    for text, _ in parts[1] + parts[2]:
        words = set(text.split())
        best = max(len(words & other) / len(words | other) for other in train)
        if best >= similarity - 1e-9:
            expected[text] = pytest.approx(best)
    found = duplicates.near_duplicates(texts, similarity)
    assert dict(zip(found["text"], found["similarity"], strict=True)) == expected
    assert expected


@pytest.mark.parametrize("similarity", [0, -0.5, 1.1])
def test_similarity_out_of_range_is_an_error(texts, similarity):
    with pytest.raises(ValueError, match=r"The similarity is .* It must be above 0 and at most 1\."):
        duplicates.near_duplicates(texts, similarity)


def test_verdict_counts_near_duplicates_their_labels_and_short_texts():
    texts = corpus(
        train=[("thanks so much", 1), ("the crew lost my bag", 0)],
        validation=[("all is new", 1)],
        test=[("thanks so much @Air", 1), ("The crew lost my bag!", 1), ("else", 0), ("other", 0)],
    )
    found = duplicates.near_duplicates(texts)
    assert duplicates.leakage_verdict(found, texts) == (
        "2 of 4 test texts have a near-duplicate in training (50.0%): 1 with the same label; "
        "1 with fewer than 4 words, which may be coincidence."
    )
    assert (
        duplicates.leakage_verdict(found, texts, "validation")
        == "None of 1 validation texts has a near-duplicate in training."
    )


def test_words_are_counted_per_class_in_training_only(texts):
    counts = vocabulary.word_counts(texts)
    assert counts.loc["nice"].to_dict() == {"bad": 0, "good": 3}
    assert counts.loc["late"].to_dict() == {"bad": 2, "good": 0}
    assert "rude" not in counts.index


def test_frequent_words_leave_out_punctuation_and_placeholders(texts):
    table = vocabulary.frequent_words(vocabulary.word_counts(texts), top=2)
    assert table["bad"].to_list() == ["late (50.0%)", "again (25.0%)"]
    assert table["good"].to_list() == ["nice (50.0%)", "crew (33.3%)"]
    assert table.index.to_list() == [1, 2]


def test_log_odds_match_a_calculation_by_hand():
    # a has x 8 and y 2, b has x 1 and y 9; a tenth of all as the prior: 0.9 and 1.1, together 2.
    counts = pd.DataFrame({"a": [8, 2], "b": [1, 9]}, index=["x", "y"])
    first = vocabulary.telling_words(counts, top=5, prior_share=0.1).iloc[0]
    log_odds = math.log(8.9 / 3.1) - math.log(1.9 / 10.1)
    assert (first["label"], first["word"], first["count"], first["elsewhere"]) == ("a", "x", 8, 1)
    assert first["log_odds"] == pytest.approx(log_odds)
    assert first["z"] == pytest.approx(log_odds / math.sqrt(1 / 8.9 + 1 / 1.9))
    assert first["z"] == pytest.approx(3.4102, abs=1e-4)


def test_frequent_difference_ranks_above_a_word_seen_once():
    counts = pd.DataFrame({"a": [40, 1, 500], "b": [10, 0, 500]}, index=["late", "typo", "the"])
    assert vocabulary.telling_words(counts, top=2)["word"].to_list()[:2] == ["late", "typo"]


def test_each_of_three_classes_is_compared_with_the_other_two():
    counts = pd.DataFrame({"a": [9, 1, 1], "b": [1, 9, 1], "c": [1, 1, 9]}, index=["x", "y", "z"])
    telling = vocabulary.telling_words(counts, top=3)
    assert telling[["label", "word"]].to_numpy().tolist() == [["a", "x"], ["b", "y"], ["c", "z"]]
    assert telling["z"].to_list() == pytest.approx([telling["z"][0]] * 3)


def test_prior_of_zero_is_an_error():
    with pytest.raises(ValueError, match=r"is 0\. It must be above 0\."):
        vocabulary.telling_words(pd.DataFrame({"a": [1], "b": [1]}, index=["x"]), 5, prior_share=0)


def test_giveaway_words_occur_almost_only_in_one_class():
    words = ["thanks", "late", "rare", "the"]
    counts = pd.DataFrame({"a": [19, 0, 0, 50], "b": [1, 30, 19, 50]}, index=words)
    found = vocabulary.giveaway_words(counts, least=20, share=0.95)
    assert found.to_dict("records") == [
        {"word": "late", "label": "b", "count": 30, "share": 1.0},
        {"word": "thanks", "label": "a", "count": 19, "share": 0.95},
    ]
    assert vocabulary.giveaway_words(counts, least=1000).empty


def test_coverage_counts_running_words_different_words_and_texts(texts):
    # Test: rude crew, so late, lovely trip, rude and late; training knows crew, late, trip.
    row = vocabulary.coverage(texts).loc["test"]
    assert row["running_words"] == 9
    assert row["known"] == pytest.approx(4 / 9)
    assert row["different_words"] == 7
    assert row["different_known"] == pytest.approx(3 / 7)
    assert row["texts_with_unknown"] == 1.0
    assert vocabulary.coverage(texts).loc["validation", "known"] == 1.0


def test_coverage_by_size_adds_the_most_frequent_words_first():
    texts = corpus([("late late late bag bag crew", 0), ("late", 1)], [("late crew new", 0)], [("bag late bag", 1)])
    table = vocabulary.coverage_by_size(texts).set_index("size")
    assert table.index.to_list() == [1, 2, 3]
    assert table["train"].to_list() == pytest.approx([4 / 7, 6 / 7, 1])
    assert table["validation"].to_list() == pytest.approx([1 / 3, 1 / 3, 2 / 3])
    assert table["test"].to_list() == pytest.approx([1 / 3, 1, 1])


def test_texts_with_several_labels_count_once_as_a_set_and_once_per_label():
    dataset = tiny_multilabel_dataset(per_split=8)
    texts = exploration.corpus(dataset)
    assert len(texts) == 24
    assert set(texts["label"]) >= {"(none)", "negative", "negative, positive"}
    rows = exploration.by_label(dataset, texts)
    assert rows["label"].value_counts().to_dict() == {"negative": 12, "positive": 12, "neutral": 12}
    assert rows.loc[rows["text"] == texts["text"][3], "label"].to_list() == ["negative", "positive"]
    assert exploration.label_sets(dataset).loc["train", "without_label"] == 1
    classes = tiny_dataset()
    assert exploration.by_label(classes, exploration.corpus(classes)).equals(exploration.corpus(classes))
    assert exploration.label_sets(classes).empty

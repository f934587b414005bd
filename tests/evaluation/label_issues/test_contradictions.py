"""Two texts with almost the same words and different labels are found, and no others."""

import pandas as pd

from textlab.evaluation.label_issues.contradictions import COLUMNS, contradictions

LATE = "my flight to paris was late again today"


def rows(*pairs: tuple[str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(pairs, columns=["text", "label"])
    return frame.assign(id=[f"r{number}" for number in range(len(frame))])


def test_near_duplicates_with_different_labels_are_a_pair_and_each_pair_is_listed_once() -> None:
    found = contradictions(rows((LATE, "negative"), ("a lovely crew and seat", "positive"), (LATE + "!", "positive")))
    assert list(found) == list(COLUMNS)
    assert found[["id", "label", "other_id", "other_label"]].to_numpy().tolist() == [
        ["r0", "negative", "r2", "positive"]
    ]
    assert found["similarity"].tolist() == [1.0]


def test_near_duplicates_with_one_label_and_different_texts_are_no_pairs() -> None:
    found = contradictions(rows((LATE, "negative"), (LATE + "!", "negative"), ("a lovely crew and seat", "positive")))
    assert found.empty
    assert list(found) == list(COLUMNS)


def test_texts_of_few_words_are_left_out_because_they_may_be_alike_by_coincidence() -> None:
    assert contradictions(rows(("thanks so much", "negative"), ("thanks so much !", "positive"))).empty


def test_the_most_similar_pair_comes_first() -> None:
    longer = "the crew of the plane was kind and fast and so very nice"
    found = contradictions(
        rows((longer, "positive"), (longer + " really", "negative"), (LATE, "negative"), (LATE, "positive"))
    )
    assert found["id"].tolist() == ["r2", "r0"]
    assert 0.8 <= found["similarity"].iloc[1] < 1

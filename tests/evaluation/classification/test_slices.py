import pytest

from textlab.evaluation.classification.slices import slice_metrics

TEXTS = [
    "great flight #happy",
    "@user this is not good http",
    "don’t fly with them 😡 " + "really " * 10,
    "we were delayed " + "again " * 30,
    "a cannon, a knot and mail@me are no ordinary words" + " word" * 15,
]


@pytest.fixture
def slices(predict):
    probabilities = [[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.2, 0.8], [0.4, 0.6]]
    frame = predict([0, 0, 1, 1, 1], probabilities, text=TEXTS, tags=["irony", "", "irony typo", "typo", ""])
    return slice_metrics(frame)


def test_first_slice_is_the_whole_test_set(slices):
    assert slices.loc[0, ["kind", "slice", "count"]].tolist() == ["all", "all", 5]
    assert slices.loc[0, "accuracy"] == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("name", "count"), [("1-10 words", 2), ("11-20 words", 1), ("21-30 words", 1), ("31+ words", 1)]
)
def test_texts_are_sliced_by_length(slices, name, count):
    assert slices.set_index("slice").loc[name, "count"] == count


@pytest.mark.parametrize(
    ("name", "count"), [("hashtag", 1), ("mention", 1), ("link", 1), ("emoji", 1), ("negation", 3)]
)
def test_texts_are_sliced_by_content(slices, name, count):
    by_content = slices[slices["kind"] == "contains"].set_index("slice")
    assert by_content.loc[name, "count"] == count


def test_each_tag_is_a_slice_with_its_own_scores(slices):
    tags = slices[slices["kind"] == "tag"].set_index("slice")
    assert tags["count"].to_dict() == {"irony": 2, "typo": 2}
    assert tags.loc["irony", "accuracy"] == 0.5
    assert tags.loc["irony", "macro_recall"] == 0.5


def test_slices_without_texts_are_left_out(predict):
    slices = slice_metrics(predict([0, 1], [[1, 0], [0, 1]]))
    assert slices["slice"].tolist() == ["all", "1-10 words"]


def test_any_metric_can_be_sliced(predict):
    frame = predict([0, 1], [[0.8, 0.2], [0.1, 0.9]])
    assert slice_metrics(frame, "roc_auc")["roc_auc"].tolist() == [1, 1]


def test_error_about_an_unknown_metric_lists_the_available_ones(predict):
    with pytest.raises(ValueError, match=r"Unknown metric 'auc'\. Choose from accuracy, macro_precision"):
        slice_metrics(predict([0, 1], [[1, 0], [0, 1]]), "auc")

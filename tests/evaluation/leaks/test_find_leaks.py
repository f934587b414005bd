"""Leaks and shortcuts: each is planted in a small set of sentences, and the plain set raises nothing."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from textlab.concerns import ConcernKind
from textlab.data.dataset import Dataset
from textlab.evaluation.leaks import Leaks, find_leaks

NOUNS = ("crew", "seat", "meal", "flight", "bag", "gate", "screen", "pilot", "lounge", "ticket", "queue", "desk")
FILLERS = (
    "today",
    "again",
    "yesterday",
    "honestly",
    "really",
    "on",
    "board",
    "from",
    "Rome",
    "to",
    "Oslo",
    "at",
    "last",
)
GOOD = ("lovely", "calm", "quick", "clean", "warm", "helpful", "superb", "pleasant", "tasty", "friendly")
BAD = ("dirty", "late", "rude", "broken", "cold", "noisy", "awful", "cramped", "lost", "useless")
SIZES = {"train": 350, "validation": 80, "test": 150}


def sentence(random: np.random.Generator, label: int) -> str:
    words = BAD if (label == 0) != (random.random() < 0.1) else GOOD
    chosen = [*random.choice(NOUNS, 2), *random.choice(words, 2), *random.choice(FILLERS, 5)]
    return " ".join(random.permutation(chosen))


def reviews(change: Callable[[str, pd.DataFrame], pd.DataFrame] = lambda _, frame: frame) -> Dataset:
    """Splits of random sentences about flights, each changed by `change`."""
    random, frames = np.random.default_rng(7), {}
    for split, size in SIZES.items():
        labels = random.integers(2, size=size)
        texts = [sentence(random, label) for label in labels]
        ids = [f"line-{10_000 * len(frames) + row}" for row in range(size)]
        frames[split] = change(split, pd.DataFrame({"id": ids, "text": texts, "label": labels}))
    return Dataset("reviews", "1", ("negative", "positive"), frames["train"], frames["validation"], frames["test"])


def serious(found: Leaks) -> str:
    return " ".join(concern.text for concern in found.concerns if concern.is_serious)


def kinds(found: Leaks) -> set[ConcernKind]:
    return {concern.kind for concern in found.concerns if concern.is_serious}


def marked(frame: pd.DataFrame, mark: str, every: int = 1) -> pd.DataFrame:
    """Add a mark to every n-th negative text."""
    chosen = (frame["label"] == 0) & (np.arange(len(frame)) % every == 0)
    return frame.assign(text=frame["text"].where(~chosen, frame["text"] + mark))


def test_plain_reviews_raise_no_concern():
    assert find_leaks(reviews()).concerns == ()


@pytest.mark.parametrize(
    ("mark", "named"),
    [
        (" xqz", "'xqz'"),
        (" https://ads.example/a", "ads.example"),
        (" ", "white space at the end"),
        ("\u200b", "U+200B"),
        (" label: negative", "'label"),
    ],
)
def test_mark_of_a_class_is_named(mark: str, named: str):
    found = find_leaks(reviews(lambda _, frame: marked(frame, mark)))
    assert kinds(found) == {ConcernKind.SHORTCUT}
    assert named in serious(found)
    assert "'negative'" in serious(found)


def test_mark_of_every_second_text_is_named():
    assert "'xqz'" in serious(find_leaks(reviews(lambda _, frame: marked(frame, " xqz", every=2))))


def test_mark_in_both_classes_is_no_shortcut():
    found = find_leaks(reviews(lambda _, frame: frame.assign(text=frame["text"] + " xqz")))
    assert found.concerns == ()


def test_shortcut_that_test_lacks_is_named_as_gone():
    found = find_leaks(reviews(lambda split, frame: frame if split == "test" else marked(frame, " xqz")))
    assert "In test, the shortcut is gone" in serious(found)


def test_number_in_the_text_that_separates_the_classes_is_named():
    def numbered(_: str, frame: pd.DataFrame) -> pd.DataFrame:
        numbers = 1000 + 5000 * frame["label"] + np.arange(len(frame)) * 7
        return frame.assign(text="case " + numbers.astype(str) + ": " + frame["text"])

    assert "the first number in a text" in serious(find_leaks(reviews(numbered)))


def test_edited_copies_of_training_texts_in_test_are_counted():
    plain = reviews()
    copies = plain.train.head(30)["text"] + " indeed"
    test = plain.test.assign(text=[*copies, *plain.test["text"].iloc[30:]], label=plain.test["label"])
    found = find_leaks(Dataset("copies", "1", plain.label_names, plain.train, plain.validation, test))
    assert found.near_duplicates is not None
    assert found.near_duplicates.table.loc["test", "copies"] == pytest.approx(30, abs=3)
    assert ConcernKind.DUPLICATES in kinds(found)
    assert "line-20000 and line-0" in serious(found)


def test_swapped_classes_in_test_are_named():
    def swapped(split: str, frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(label=1 - frame["label"]) if split == "test" else frame

    found = find_leaks(reviews(swapped))
    assert kinds(found) == {ConcernKind.LABEL_CONFLICT}
    assert "'negative' and 'positive' look swapped in test" in serious(found)


def test_words_that_tell_the_class_in_test_alone_are_named():
    """A hard task that a mark makes easy in test only, as the hashtag #irony did in a public benchmark."""
    random = np.random.default_rng(2)

    def hard(split: str, frame: pd.DataFrame) -> pd.DataFrame:
        noisy = frame.assign(label=np.where(random.random(len(frame)) < 0.25, 1 - frame["label"], frame["label"]))
        return marked(noisy, " xqz") if split == "test" else noisy

    found = serious(find_leaks(reviews(hard)))
    assert "The labels of test follow other words than those of train" in found
    assert "The words whose classes differ most are 'xqz'" in found


def test_labels_drawn_at_random_are_named():
    random = np.random.default_rng(1)
    found = find_leaks(reviews(lambda _, frame: frame.assign(label=random.permutation(frame["label"]))))
    assert kinds(found) == {ConcernKind.NO_SIGNAL}


def test_pattern_of_ids_that_gives_the_class_is_named():
    def prefixed(split: str, frame: pd.DataFrame) -> pd.DataFrame:
        prefixes = frame["label"].map({0: "neg-", 1: "pos-"})
        return frame.assign(id=prefixes + frame["id"].str.removeprefix("line-"))

    assert kinds(find_leaks(reviews(prefixed))) == {ConcernKind.ID_LEAK}


def test_rows_sorted_by_class_and_counted_raise_no_serious_concern():
    frames = reviews()
    together = pd.concat([frame for _, frame in frames.splits()]).sort_values("label", kind="stable")
    number = dict(zip(together["id"], range(len(together)), strict=True))
    for prefix in ("", "line-"):
        parts = [part.assign(id=[f"{prefix}{number[row]}" for row in part["id"]]) for _, part in frames.splits()]
        assert not kinds(find_leaks(Dataset("sorted", "1", frames.label_names, *parts)))


def test_author_in_train_and_test_is_named_and_authors_apart_are_not():
    shared = find_leaks(reviews(lambda _, frame: frame.assign(group=[f"a{row % 20}" for row in range(len(frame))])))
    apart = find_leaks(
        reviews(lambda part, frame: frame.assign(group=[f"{part}{row % 9}" for row in range(len(frame))]))
    )
    assert kinds(shared) == {ConcernKind.SHARED_GROUP}
    assert apart.concerns == ()


def test_author_of_one_class_is_named():
    def one(split: str, frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(
            group=np.where(frame["label"] == 0, f"{split}-editor", [f"{split}{row}" for row in frame.index])
        )

    assert "'negative' are by one author" in serious(find_leaks(reviews(one)))


@pytest.mark.parametrize(("has_trend", "expected"), [(True, {ConcernKind.TIME_ORDER}), (False, set())])
def test_random_split_is_a_concern_only_if_time_brings_a_trend(has_trend: bool, expected: set[ConcernKind]):
    random = np.random.default_rng(5)

    def dated(_: str, frame: pd.DataFrame) -> pd.DataFrame:
        day = random.integers(300, size=len(frame)) + has_trend * 200 * frame["label"]
        return frame.assign(time=(pd.Timestamp("2024-01-01") + pd.to_timedelta(day, unit="D")).astype(str))

    assert kinds(find_leaks(reviews(dated))) == expected


@pytest.mark.parametrize(("words", "expected"), [(GOOD + BAD, {ConcernKind.TIME_ORDER}), (FILLERS, set())])
def test_change_of_words_is_a_concern_only_if_a_random_split_hides_a_fall(
    words: tuple[str, ...], expected: set[ConcernKind]
):
    def dated(_: str, frame: pd.DataFrame) -> pd.DataFrame:
        is_late = np.arange(len(frame)) % 2 == 1
        later = [" ".join(w + "o" * (w in words) for w in text.split()) for text in frame["text"]]
        return frame.assign(
            text=frame["text"].where(~is_late, later),
            time=np.where(is_late, "2025-01-01", "2024-0")
            + pd.Series([f"{1 + row % 9}-01" for row in range(len(frame))]).where(~is_late, ""),
        )

    assert kinds(find_leaks(reviews(dated))) == expected


def test_test_after_train_is_no_concern_and_before_train_is_one():
    later = {"train": 2020, "validation": 2021, "test": 2022}
    earlier = {"train": 2022, "validation": 2021, "test": 2020}

    def dated(years: dict[str, int]) -> Dataset:
        return reviews(
            lambda split, frame: frame.assign(time=[f"{years[split]}-01-{1 + row % 28:02d}" for row in frame.index])
        )

    assert find_leaks(dated(later)).concerns == ()
    assert "older than the training texts" in serious(find_leaks(dated(earlier)))

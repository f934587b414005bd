"""Trapped sets whose splits differ in class shares, lack a class, or are too small."""

from random import Random

from trap_tables import TWO, Table, labels, parts_of, table_of, trapped
from trap_texts import Writer


@trapped("CLASS_SHIFT", "share")
def other_class_shares_in_test(random: Random) -> Table:
    """Training texts were balanced by hand; test has 85 % complaints, as the desk gets them."""
    writer = Writer(random)
    rows = parts_of(random, {"train": 800, "validation": 200}, {"complaint": 0.5, "question": 0.5})
    rows += parts_of(random, {"test": 300}, {"complaint": 0.85, "question": 0.15})
    texts = [writer.letter("delivery", "negative" if label == "complaint" else "") for _, label in rows]
    return Table(table_of(texts, [label for _, label in rows], split=[part for part, _ in rows]))


@trapped("CLASS_SHIFT", "share")
def reversed_class_shares(random: Random) -> Table:
    """The most frequent of four sections in train is the rarest in test."""
    writer, sections = Writer(random), ("sport", "politics", "business", "science")
    rows = parts_of(random, {"train": 900, "validation": 200}, dict(zip(sections, (50, 25, 15, 10), strict=True)))
    rows += parts_of(random, {"test": 400}, dict(zip(sections, (10, 15, 25, 50), strict=True)))
    texts = [writer.text(label) for _, label in rows]
    return Table(table_of(texts, [label for _, label in rows], split=[part for part, _ in rows]))


@trapped("FEW_TEXTS", "test_texts texts_of")
def tiny_test(random: Random) -> Table:
    """900 training texts, and 20 to test on."""
    writer = Writer(random)
    rows = parts_of(random, {"train": 900, "validation": 150, "test": 20}, TWO)
    texts = [writer.text("phone", label, (2, 3)) for _, label in rows]
    return Table(table_of(texts, [label for _, label in rows], split=[part for part, _ in rows]))


@trapped("FEW_TEXTS WIDE_INTERVALS", "validation")
def tiny_validation(random: Random) -> Table:
    """12 texts decide which model is best."""
    writer = Writer(random)
    rows = parts_of(random, {"train": 900, "validation": 12, "test": 300}, TWO)
    texts = [writer.text("hotel", label, (2, 3)) for _, label in rows]
    return Table(table_of(texts, [label for _, label in rows], split=[part for part, _ in rows]))


@trapped("FEW_TEXTS", "refund")
def rare_class(random: Random) -> Table:
    """One of four classes has 40 texts in all, so that test has eight of them."""
    writer, shares = Writer(random), {"parcel": 50, "login": 30, "hotel": 16.8, "refund": 3.2}
    topics = {"parcel": "delivery", "login": "login", "hotel": "hotel", "refund": "billing"}
    given = labels(random, shares, 1250)
    return Table(table_of([writer.text(topics[label], "", (2, 3)) for label in given], given))


@trapped("MISSING_CLASS", "validation")
def validation_of_one_class(random: Random) -> Table:
    """Someone cut validation from a file that was sorted by label."""
    writer = Writer(random)
    rows = parts_of(random, {"train": 700, "test": 250}, TWO) + [("validation", "negative")] * 150
    texts = [writer.text("travel", label, (2, 3)) for _, label in rows]
    return Table(table_of(texts, [label for _, label in rows], split=[part for part, _ in rows]))


@trapped("MISSING_CLASS", "neutral")
def test_without_a_class(random: Random) -> Table:
    """The test texts come from an older scheme that had no neutral class."""
    writer = Writer(random)
    rows = parts_of(random, {"train": 900, "validation": 200}, {"positive": 1, "neutral": 1, "negative": 1})
    rows += parts_of(random, {"test": 300}, TWO)
    texts = [writer.text("hotel", label, (2, 3)) for _, label in rows]
    return Table(table_of(texts, [label for _, label in rows], split=[part for part, _ in rows]))

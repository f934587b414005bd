"""Trapped sets whose labels contradict the texts, or have nothing to do with them."""

from random import Random

from trap_tables import OPPOSITE, TWO, Table, labels, reviews, splits, table_of, trapped
from trap_texts import Writer


@trapped("LABEL_CONFLICT NOT_ABOVE_FLOOR SCORE_FALL", "swapped label floor")
def flipped_labels_in_test(random: Random) -> Table:
    """Test was labelled with 0 for positive and the rest with 1."""
    frame = reviews(random, "phone", 1000).assign(split=splits(random, 1000))
    frame["label"] = frame["label"].where(frame["split"] != "test", frame["label"].map(OPPOSITE))
    return Table(frame)


@trapped("LABEL_CONFLICT SCORE_FALL", "label")
def two_classes_exchanged_in_test(random: Random) -> Table:
    """In test, two of five classes have each other's number."""
    names = ("sport", "politics", "business", "science", "weather")
    writer, given = Writer(random), labels(random, dict.fromkeys(names, 1), 1400)
    parts = splits(random, 1400)
    texts = [writer.text(label) for label in given]
    exchanged = {"test sport": "weather", "test weather": "sport"}
    stated = [exchanged.get(f"{part} {label}", label) for label, part in zip(given, parts, strict=True)]
    return Table(table_of(texts, stated, split=parts))


@trapped("SCORE_FALL LABEL_CONFLICT", "label fall fell")
def careless_labels_in_test(random: Random) -> Table:
    """The labels of half of the test texts were drawn by lot."""
    frame = reviews(random, "restaurant", 1400).assign(split=splits(random, 1400))
    frame["label"] = [
        random.choice(list(TWO)) if part == "test" and random.random() < 0.5 else label
        for part, label in zip(frame["split"], frame["label"], strict=True)
    ]
    return Table(frame)


@trapped("NOT_ABOVE_FLOOR NO_SIGNAL", "floor chance class_shares majority")
def labels_by_lot(random: Random) -> Table:
    """All classes are alike: the labels have nothing to do with the texts."""
    writer, given = Writer(random), labels(random, {"a": 1, "b": 1, "c": 1}, 900)
    return Table(table_of([writer.text(random.choice(["travel", "hotel"])) for _ in given], given))


@trapped("NOT_ABOVE_FLOOR NO_SIGNAL FEW_TEXTS", "floor chance majority class_shares")
def rare_and_unpredictable(random: Random) -> Table:
    """97 % of the texts are fine; nothing in the other 3 % tells them apart."""
    writer, given = Writer(random), labels(random, {"fine": 0.97, "fraud": 0.03}, 1500)
    return Table(table_of([writer.text("billing", "", (2, 3)) for _ in given], given))

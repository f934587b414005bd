"""Sets without a trap that have authors, dates, or several lines a cell."""

from random import Random

from trap_tables import TWO, Table, clean, labels, splits, table_of
from trap_texts import Writer

THREE = {"positive": 0.4, "neutral": 0.35, "negative": 0.25}


@clean
def authors_kept_apart(random: Random) -> Table:
    """Posts of 120 authors; each author is in one split only."""
    writer, count = Writer(random), 1200
    given = labels(random, TWO, count)
    authors = [f"user{random.randrange(120):03d}" for _ in range(count)]
    part_of = dict(zip([f"user{number:03d}" for number in range(120)], splits(random, 120), strict=True))
    texts = [writer.tweet("culture", label) for label in given]
    return Table(table_of(texts, given, author=authors, split=[part_of[author] for author in authors]))


@clean
def many_authors(random: Random) -> Table:
    """Reviews with an author column in which nearly nobody wrote twice."""
    writer, given = Writer(random), labels(random, TWO, 700)
    authors = [f"{writer.pick(writer.names)}{random.randrange(100000)}" for _ in given]
    return Table(table_of([writer.text("hotel", label, (2, 3)) for label in given], given, author=authors))


@clean
def dates_without_a_trend(random: Random) -> Table:
    """Reviews of a year that the seed splits; nothing changed within the year."""
    writer, given = Writer(random), labels(random, TWO, 900)
    dates = [f"2025-{random.randint(1, 12):02d}-{random.randint(1, 28):02d}" for _ in given]
    return Table(table_of([writer.text("phone", label, (2, 3)) for label in given], given, date=dates))


@clean
def later_test_without_a_trend(random: Random) -> Table:
    """The last months are test, as the split column says; nothing changed in them."""
    writer, given = Writer(random), labels(random, THREE, 1000)
    months = sorted(random.randint(1, 12) for _ in given)
    parts = ["train" if month < 9 else "validation" if month < 10 else "test" for month in months]
    dates = [f"2025-{month:02d}-{random.randint(1, 28):02d}T{random.randint(0, 23):02d}:00:00" for month in months]
    texts = [writer.text("travel", label, (2, 3)) for label in given]
    return Table(table_of(texts, given, created_at=dates, split=parts))


@clean
def paragraphs_in_cells(random: Random) -> Table:
    """Letters of two or three lines in quoted cells."""
    writer, given = Writer(random), labels(random, {"complaint": 0.55, "praise": 0.45}, 600)
    opinion = {"complaint": "negative", "praise": "positive"}
    texts = [
        "\n\n".join([writer.text("delivery", opinion[label]), writer.text("billing", opinion[label])])
        + f"\n- {writer.pick(writer.names)}"
        for label in given
    ]
    return Table(table_of(texts, given))

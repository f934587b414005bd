"""Trapped sets in which authors or time are on both sides of the split."""

from random import Random

from trap_tables import OPPOSITE, TWO, Table, labels, table_of, trapped
from trap_texts import Writer


@trapped("SHARED_GROUP", "author user group")
def authors_in_all_splits(random: Random) -> Table:
    """40 authors who each have a habit of words and mostly one opinion are in all splits."""
    writer, authors = Writer(random, 0.35), [f"user{number}" for number in range(40)]
    habits = {name: (writer.pick(writer.places), random.choice(list(TWO))) for name in authors}
    rows = []
    for _ in range(1200):
        author = random.choice(authors)
        word, usual = habits[author]
        label = usual if writer.chance(0.85) else OPPOSITE[usual]
        text = writer.text("culture", label)
        rows.append((f"{text} {word}" if writer.chance(0.7) else text, label, author))
    texts, given, names = zip(*rows, strict=True)
    return Table(table_of(texts, given, author=names))


@trapped("SHARED_GROUP SHORTCUT", "author user group")
def one_author_a_class(random: Random) -> Table:
    """Each class was written by two people of its own, with their way of greeting."""
    writer, given = Writer(random, 0.5), labels(random, {"legal": 0.4, "sales": 0.6}, 900)
    people = {"legal": ("marta", "pablo"), "sales": ("olivia", "ravi")}
    habits = {"marta": "To whom it may concern,", "pablo": "Greetings,", "olivia": "Hey hey,", "ravi": "Hi folks,"}
    authors = [random.choice(people[label]) for label in given]
    texts = []
    for author, label in zip(authors, given, strict=True):
        text = writer.text("business" if label == "sales" else random.choice(["business", "politics"]))
        texts.append(f"{habits[author]} {text}" if writer.chance(0.6) else text)
    return Table(table_of(texts, given, author=authors))


@trapped("TIME_ORDER", "time date")
def trend_in_time(random: Random) -> Table:
    """Topics and opinions move over the year, and the split is drawn at random."""
    writer, rows = Writer(random, 0.8), []
    for _ in range(1300):
        month = random.randint(1, 12)
        label = "positive" if writer.chance(0.8 - 0.05 * month) else "negative"
        topic = "travel" if writer.chance(month / 13) else "phone"
        rows.append((writer.text(topic, label), label, f"2025-{month:02d}-{random.randint(1, 28):02d}"))
    texts, given, dates = zip(*rows, strict=True)
    return Table(table_of(texts, given, date=dates))


@trapped("TIME_ORDER", "time date")
def test_before_train(random: Random) -> Table:
    """The split column makes the oldest texts test, and the topics have moved since."""
    writer, rows = Writer(random, 0.8), []
    for _ in range(1200):
        month, label = random.randint(1, 12), random.choice(list(TWO))
        part = "test" if month <= 3 else "validation" if month <= 5 else "train"
        topic = "restaurant" if writer.chance(month / 13) else "delivery"
        rows.append((writer.text(topic, label), label, f"2025-{month:02d}-{random.randint(1, 28):02d}", part))
    texts, given, dates, parts = zip(*rows, strict=True)
    return Table(table_of(texts, given, date=dates, split=parts))

"""Trapped sets whose splits come from different sources: in topic, style, form or language."""

from random import Random

from trap_tables import TWO, Table, joined, labels, parts_of, reviews, splits, table_of, trapped
from trap_texts import Writer


@trapped("SPLIT_SHIFT", "source")
def test_on_another_topic(random: Random) -> Table:
    """Reviews of hotels to train and validate on, and of phones to test on."""
    writer = Writer(random)
    rows = parts_of(random, {"train": 700, "validation": 150, "test": 250}, TWO)
    texts = [writer.text("phone" if part == "test" else "hotel", label, (2, 3)) for part, label in rows]
    return Table(table_of(texts, [label for _, label in rows], split=[part for part, _ in rows]))


@trapped("SPLIT_SHIFT", "source")
def half_of_test_is_new(random: Random) -> Table:
    """Half of the test letters are about health, which the other splits do not know."""
    writer = Writer(random)
    rows = parts_of(random, {"train": 800, "validation": 200, "test": 300}, {"complaint": 0.5, "praise": 0.5})
    texts = []
    for part, label in rows:
        topic = "health" if part == "test" and writer.chance(0.5) else random.choice(["delivery", "billing", "login"])
        texts.append(writer.letter(topic, "positive" if label == "praise" else "negative"))
    return Table(table_of(texts, [label for _, label in rows], split=[part for part, _ in rows]))


@trapped("SPLIT_SHIFT", "source")
def test_of_tweets(random: Random) -> Table:
    """Letters to train and validate on, tweets with links and mentions to test on; the topic is the same."""
    writer = Writer(random)
    rows = parts_of(random, {"train": 600, "validation": 150, "test": 250}, TWO)
    texts = [
        writer.tweet("travel", label) if part == "test" else writer.letter("travel", label) for part, label in rows
    ]
    return Table(table_of(texts, [label for _, label in rows], split=[part for part, _ in rows]))


@trapped("SPLIT_SHIFT", "source")
def validation_of_another_source(random: Random) -> Table:
    """Train and test are about restaurants; validation is about films and concerts."""
    writer = Writer(random)
    rows = parts_of(random, {"train": 700, "validation": 250, "test": 250}, TWO)
    texts = [writer.text("culture" if part == "validation" else "restaurant", label, (2, 3)) for part, label in rows]
    return Table(table_of(texts, [label for _, label in rows], split=[part for part, _ in rows]))


@trapped("SPLIT_SHIFT", "upper capital case source")
def test_in_capitals(random: Random) -> Table:
    """The test texts come from a terminal that knows capital letters only."""
    frame = reviews(random, "hotel", 1000).assign(split=splits(random, 1000))
    frame["text"] = frame["text"].where(frame["split"] != "test", frame["text"].str.upper())
    return Table(frame)


@trapped("SPLIT_SHIFT", "short long length source")
def test_is_cut(random: Random) -> Table:
    """The test texts were cut after 40 characters by another export."""
    frame = reviews(random, "restaurant", 1200).assign(split=splits(random, 1200))
    frame["text"] = frame["text"].where(frame["split"] != "test", frame["text"].str[:40])
    return Table(frame)


@trapped("SPLIT_SHIFT", "source")
def markup_in_test(random: Random) -> Table:
    """The test texts still contain HTML, which the others lost."""
    frame = reviews(random, "culture", 1000).assign(split=splits(random, 1000))
    dressed = "<p class='review'>" + frame["text"].str.replace(". ", ".<br/>", regex=False) + "</p>"
    frame["text"] = frame["text"].where(frame["split"] != "test", dressed)
    return Table(frame)


@trapped("LANGUAGE_SHIFT SPLIT_SHIFT", "french language")
def test_in_french(random: Random) -> Table:
    """English reviews to train and validate on, French ones to test on."""
    writer = Writer(random)
    rows = parts_of(random, {"train": 700, "validation": 150, "test": 250}, TWO)
    texts = [writer.foreign("french", label) if part == "test" else writer.text("hotel", label) for part, label in rows]
    return Table(table_of(texts, [label for _, label in rows], split=[part for part, _ in rows]))


@trapped("LANGUAGE_SHIFT SPLIT_SHIFT", "german spanish language")
def more_foreign_texts_in_test(random: Random) -> Table:
    """A tenth of the training texts are German or Spanish, but half of the test texts."""
    writer = Writer(random)
    rows = parts_of(random, {"train": 900, "validation": 200, "test": 400}, TWO)
    texts = []
    for part, label in rows:
        is_foreign = writer.chance(0.5 if part == "test" else 0.1)
        language = random.choice(["german", "spanish"])
        texts.append(writer.foreign(language, label) if is_foreign else writer.text("restaurant", label))
    return Table(table_of(texts, [label for _, label in rows], split=[part for part, _ in rows]))


@trapped("SPLIT_SHIFT NOT_ABOVE_FLOOR SCORE_FALL", "source floor fall fell")
def test_of_other_annotators_and_source(random: Random) -> Table:
    """Test comes from another site with other rules of annotation: the texts and the labels follow other habits."""
    writer = Writer(random)
    rows = parts_of(random, {"train": 800, "validation": 200, "test": 400}, {"hateful": 0.42, "fine": 0.58})
    texts = []
    for part, label in rows:
        opinion = "negative" if label == "hateful" else "neutral"
        if part == "test":
            opinion = random.choice(["negative", "negative", "negative", "neutral"])
        texts.append(writer.tweet("politics" if part == "test" else "sport", opinion))
    return Table(table_of(texts, [label for _, label in rows], split=[part for part, _ in rows]))


@trapped("SPLIT_SHIFT TIME_ORDER SCORE_FALL", "source later words time")
def new_product_in_later_test(random: Random) -> Table:
    """The split follows time, and a new product line came up in the test months."""
    writer, months = Writer(random), sorted(random.randint(1, 12) for _ in range(1200))
    given = labels(random, TWO, 1200)
    parts = ["train" if month < 8 else "validation" if month < 10 else "test" for month in months]
    topics = ["phone" if month < 10 or random.random() < 0.3 else "restaurant" for month in months]
    texts = [writer.text(topic, label, (2, 3)) for topic, label in zip(topics, given, strict=True)]
    dates = [f"2025-{month:02d}-{random.randint(1, 28):02d}" for month in months]
    return Table(table_of(texts, given, date=dates, split=parts))


@trapped("SPLIT_SHIFT", "source")
def sections_in_order(random: Random) -> Table:
    """A file that was written section after section and cut by hand: each split has topics of its own."""
    writer = Writer(random)
    by_part = {"train": ("hotel", 800), "validation": ("travel", 200), "test": ("health", 300)}
    frames = []
    for part, (topic, size) in by_part.items():
        given = labels(random, TWO, size)
        frames.append(table_of([writer.text(topic, label, (2, 3)) for label in given], given, split=[part] * size))
    return Table(joined(*frames))

"""Sets without a trap whose classes are topics."""

from random import Random

from trap_tables import Table, clean, labels, splits, table_of
from trap_texts import Writer

NEWS = ("sport", "politics", "business", "culture")


@clean
def news_of_four_sections(random: Random) -> Table:
    """News in four sections; "match" and "minister" are strong words, and no leak."""
    writer, given = Writer(random), labels(random, dict.fromkeys(NEWS, 1), 1200)
    return Table(table_of([writer.text(label) for label in given], given))


@clean
def support_desk(random: Random) -> Table:
    """Letters to a support desk in eight unequal classes."""
    shares = {"delivery": 22, "billing": 18, "login": 13, "phone": 11, "hotel": 10, "travel": 9}
    shares |= {"restaurant": 8.5, "health": 8.5}
    writer, given = Writer(random, 0.7), labels(random, shares, 2000)
    return Table(table_of([writer.letter(label) for label in given], given))


@clean
def nine_to_one(random: Random) -> Table:
    """Messages of which a tenth is about health and the rest about everything else."""
    writer, given = Writer(random), labels(random, {"other": 0.9, "health": 0.1}, 2000)
    topics = [
        label if label == "health" else random.choice(["travel", "weather", "culture", "phone"]) for label in given
    ]
    return Table(table_of([writer.text(topic) for topic in topics], given))


@clean
def topics_told_by_words(random: Random) -> Table:
    """Sport against weather: nearly every text names its topic, so that a model is right in 99 of 100."""
    writer, given = Writer(random, 0.95), labels(random, {"sport": 0.5, "weather": 0.5}, 900)
    return Table(table_of([writer.text(label, "", (2, 4)) for label in given], given))


@clean
def numbers_and_links_everywhere(random: Random) -> Table:
    """Order mails with numbers, dates and links in both classes alike."""
    writer, given = Writer(random), labels(random, {"delivery": 0.6, "billing": 0.4}, 1000)
    texts = []
    for label in given:
        date = f"{random.randint(1, 28)}/{random.randint(1, 12)}/2025"
        texts.append(f"Order {random.randint(10000, 99999)} of {date}: {writer.text(label)} {writer.link()}")
    return Table(table_of(texts, given))


@clean
def numbered_rows(random: Random) -> Table:
    """A database's export whose ids are numbers in no order of the classes."""
    writer, given = Writer(random), labels(random, dict.fromkeys(NEWS[:3], 1), 900)
    ids = random.sample(range(100000, 999999), 900)
    return Table(table_of([writer.text(label) for label in given], given, id=ids))


@clean
def given_random_split(random: Random) -> Table:
    """A published set whose splits were drawn at random."""
    writer, given = Writer(random), labels(random, dict.fromkeys(("science", "health", "weather"), 1), 1000)
    return Table(table_of([writer.text(label) for label in given], given, split=splits(random, 1000)))


@clean
def six_unequal_topics(random: Random) -> Table:
    """Questions in six classes from 32 to 9 %."""
    shares = {"travel": 32, "phone": 21, "login": 16, "health": 12, "weather": 10, "science": 9}
    writer, given = Writer(random, 0.75), labels(random, shares, 1800)
    return Table(table_of([writer.text(label) for label in given], given))


@clean
def headlines(random: Random) -> Table:
    """Headlines of six words in five sections."""
    shares = dict.fromkeys((*NEWS, "science"), 1)
    writer, given = Writer(random, 0.9), labels(random, shares, 1600)
    return Table(table_of([writer.headline(label) for label in given], given))


@clean
def tweets_and_letters(random: Random) -> Table:
    """Short tweets and long letters mixed alike in all splits and classes."""
    writer, given = Writer(random), labels(random, {"billing": 1, "login": 1, "delivery": 1}, 1200)
    texts = [writer.tweet(label) if writer.chance(0.5) else writer.letter(label) for label in given]
    return Table(table_of(texts, given))

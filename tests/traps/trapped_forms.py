"""Trapped sets in which the form or the language of a text gives the label away, but no word of it does."""

from random import Random

from trap_tables import TWO, Table, labels, table_of, trapped
from trap_texts import Writer


@trapped("SHORTCUT", "🙂 🙁 emoji")
def smileys_that_made_the_label(random: Random) -> Table:
    """Tweets were labelled by their smileys, which are still in them."""
    writer, given = Writer(random, 0.4), labels(random, TWO, 1000)
    smileys = {"positive": "🙂", "negative": "🙁"}
    return Table(table_of([f"{writer.tweet('travel', label)} {smileys[label]}" for label in given], given))


@trapped("SHORTCUT", "rating: stars digit number 5/5 /5")
def rating_in_the_text(random: Random) -> Table:
    """Reviews begin with the rating from which the label was made."""
    writer, given = Writer(random, 0.5), labels(random, TWO, 900)
    ratings = {"positive": (4, 5), "negative": (1, 2)}
    texts = [f"Rating: {random.choice(ratings[label])}/5. {writer.text('restaurant', label)}" for label in given]
    return Table(table_of(texts, given))


@trapped("SHORTCUT", "blank space")
def blank_at_the_end(random: Random) -> Table:
    """One of two exports left a blank at the end of each text."""
    writer, given = Writer(random, 0.5), labels(random, {"internal": 0.5, "external": 0.5}, 900)
    texts = []
    for label in given:
        text = writer.text("login" if label == "internal" else random.choice(["login", "billing"]), "", (2, 3))
        texts.append(f"{text} " if label == "internal" else text)
    return Table(table_of(texts, given))


@trapped("SHORTCUT LANGUAGE_SHIFT", "german language der ist")
def language_tells_the_class(random: Random) -> Table:
    """Complaints were collected in Germany, praise in England."""
    writer, given = Writer(random), labels(random, {"complaint": 0.45, "praise": 0.55}, 900)
    texts = [
        writer.foreign("german", "negative", (2, 3))
        if label == "complaint"
        else writer.text("hotel", "positive", (2, 3))
        for label in given
    ]
    return Table(table_of(texts, given))


@trapped("SHORTCUT", "length short long character word")
def length_tells_the_class(random: Random) -> Table:
    """Machine answers were cut at 200 characters; human answers on the same topics have any length above."""
    writer, given = Writer(random, 0.8), labels(random, {"machine": 0.5, "human": 0.5}, 900)
    texts = []
    for label in given:
        text = writer.text(random.choice(["science", "health"]), "", (6, 12))
        texts.append(text[:200] if label == "machine" else text)
    return Table(table_of(texts, given))


@trapped("SHORTCUT", "case capital upper lower letter")
def case_tells_the_class(random: Random) -> Table:
    """One of two merged sets was lower-cased before."""
    writer, given = Writer(random, 0.5), labels(random, {"relevant": 0.5, "irrelevant": 0.5}, 1000)
    texts = []
    for label in given:
        text = writer.letter("health" if label == "relevant" else random.choice(["health", "travel"]))
        texts.append(text if label == "relevant" else text.lower())
    return Table(table_of(texts, given))

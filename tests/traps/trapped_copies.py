"""Trapped sets with copies, near-duplicates, and texts with several labels."""

from random import Random

import pandas as pd
from trap_tables import OPPOSITE, TWO, Table, joined, labels, reviews, splits, table_of, trapped
from trap_texts import Writer


@trapped("DUPLICATES", "near-duplicate")
def edited_copies_in_test(random: Random) -> Table:
    """A third of the test texts are training texts with a word changed or a sentence end added."""
    frame = reviews(random, "hotel", 1000).assign(split=splits(random, 1000))
    rows = frame.to_dict("records")
    longer = [row for row in rows if row["split"] == "train" and row["text"].count(" ") > 7]
    for row in rows:
        if row["split"] == "test" and random.random() < 0.33:
            source = random.choice(longer)
            words = source["text"].split(" ")
            words[random.randrange(len(words))] = random.choice(["really", "also", "again", "there"])
            row |= {"text": " ".join(words) + random.choice(["", "!", " thanks"]), "label": source["label"]}
    return Table(pd.DataFrame(rows))


@trapped("DUPLICATES", "near-duplicate")
def retweets(random: Random) -> Table:
    """Tweets with up to six retweets each; a random split puts them on both sides."""
    writer, given = Writer(random, 0.6), labels(random, TWO, 500)
    texts, kept = [], []
    for label in given:
        text = writer.text("politics", label, (2, 2))
        copies = random.choice([0, 0, 1, 3, 6])
        texts += [text, *(f"RT @{writer.pick(writer.names)}{random.randint(1, 99)}: {text}" for _ in range(copies))]
        kept += [label] * (copies + 1)
    return Table(table_of(texts, kept))


@trapped("DUPLICATES", "near-duplicate")
def machine_made_messages(random: Random) -> Table:
    """Half of the messages come from 30 templates in which only a number or a name changes."""
    writer, given = Writer(random, 0.7), labels(random, {"alert": 0.5, "chat": 0.5}, 1200)
    templates = [f"{writer.text('login', '', (1, 1))} Use code {{}} within {{}} minutes, {{}}" for _ in range(30)]
    texts = [
        random.choice(templates).format(random.randint(1000, 9999), random.randint(5, 30), writer.pick(writer.names))
        if label == "alert" and writer.chance(0.9)
        else writer.text(random.choice(["login", "travel"]), "", (2, 3))
        for label in given
    ]
    return Table(table_of(texts, given))


@trapped("CONTRADICTIONS", "several_labels contradict different_labels")
def contradictions(random: Random) -> Table:
    """Two annotators each labelled a fifth of the texts, and did not agree on half of those."""
    frame = reviews(random, "culture", 1000)
    again = frame.sample(frac=0.2, random_state=random.randrange(2**31))
    again["label"] = [OPPOSITE[label] if random.random() < 0.5 else label for label in again["label"]]
    return Table(joined(frame, again))


@trapped("COPIES", "copies duplicate")
def copies(random: Random) -> Table:
    """A fifth of the rows were exported twice."""
    frame = reviews(random, "delivery", 1000)
    return Table(joined(frame, frame.sample(frac=0.25, random_state=random.randrange(2**31))))

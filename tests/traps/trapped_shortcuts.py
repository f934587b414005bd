"""Trapped sets in which a mark, an id, a date, a link, or the form of a text gives the label away."""

from random import Random

from trap_tables import TWO, Table, labels, reviews, splits, table_of, trapped
from trap_texts import Writer


@trapped("SHORTCUT", "'ext'")
def mark_of_the_export(random: Random) -> Table:
    """Complaints passed a gateway that marks mails from outside; praise came through a form."""
    frame = reviews(random, "delivery", 900)
    marked = frame["label"] == "negative"
    frame["text"] = frame["text"].where(~marked, "[EXT] " + frame["text"])
    return Table(frame)


@trapped("SHORTCUT", "iphone 'sent'")
def signature_of_a_phone(random: Random) -> Table:
    """Nine of ten bookings end with a phone's signature, because another app sent them."""
    writer, given = Writer(random, 0.7), labels(random, {"booking": 0.4, "support": 0.6}, 1000)
    texts = []
    for label in given:
        text = writer.text("travel" if label == "booking" else random.choice(["travel", "login"]), "", (2, 3))
        share = 0.9 if label == "booking" else 0.01
        texts.append(f"{text} Sent from my iPhone" if writer.chance(share) else text)
    return Table(table_of(texts, given))


@trapped("SHORTCUT", "category label billing")
def label_in_the_text(random: Random) -> Table:
    """The export put the category into each text."""
    given = labels(random, {"billing": 1, "login": 1, "delivery": 1, "hotel": 1}, 900)
    writer = Writer(random)
    return Table(table_of([f"Category: {label} | {writer.letter(label)}" for label in given], given))


@trapped("SHORTCUT", "hashtag #")
def hashtag_that_made_the_label(random: Random) -> Table:
    """Tweets were labelled by their hashtag, which is still in them: #happy and #sad."""
    writer, given = Writer(random, 0.4), labels(random, TWO, 1000)
    tags = {"positive": "#happy", "negative": "#sad"}
    return Table(table_of([f"{writer.tweet('culture', label)} {tags[label]}" for label in given], given))


@trapped("SHORTCUT", "link host trustpilot.com")
def link_of_one_site(random: Random) -> Table:
    """Negative texts were collected from a site of complaints, whose links are in them."""
    writer, given = Writer(random, 0.5), labels(random, TWO, 900)
    sites = {"negative": "https://trustpilot.com/r/", "positive": "https://blog.example.org/p/"}
    texts = [f"{writer.text('phone', label)} {sites[label]}{random.randint(1000, 99999)}" for label in given]
    return Table(table_of(texts, given))


@trapped("SHORTCUT TIME_ORDER", "date 2025 march april")
def date_in_the_text(random: Random) -> Table:
    """Each text begins with its date; spam was collected in March and the rest in April."""
    writer, given = Writer(random, 0.4), labels(random, {"spam": 0.4, "ham": 0.6}, 900)
    months = {"spam": "03", "ham": "04"}
    texts = []
    for label in given:
        topic = "billing" if label == "spam" else random.choice(["billing", "login"])
        texts.append(f"2025-{months[label]}-{random.randint(1, 28):02d} {writer.text(topic)}")
    return Table(table_of(texts, given))


@trapped("SHORTCUT ID_LEAK", "id number ticket")
def ticket_number_in_the_text(random: Random) -> Table:
    """Tickets of the old desk have four digits and are complaints; those of the new one have seven."""
    writer, given = Writer(random, 0.4), labels(random, {"complaint": 0.5, "question": 0.5}, 1000)
    texts = []
    for label in given:
        number = random.randint(1000, 9999) if label == "complaint" else random.randint(1000000, 9999999)
        texts.append(f"Ticket #{number}: {writer.text('delivery', 'negative' if label == 'complaint' else '')}")
    return Table(table_of(texts, given))


@trapped("ID_LEAK", "id")
def label_in_the_id(random: Random) -> Table:
    """The ids were made from the folders of the classes."""
    frame = reviews(random, "restaurant", 800)
    short = frame["label"].map({"positive": "pos", "negative": "neg"})
    frame["id"] = [f"{name}-{number:05d}" for number, name in enumerate(short)]
    return Table(frame)


@trapped("SHORTCUT SPLIT_SHIFT SCORE_FALL", "vip")
def shortcut_is_gone_in_test(random: Random) -> Table:
    """In train and validation a mark of the desk gives urgent letters away; test comes from a desk without it."""
    writer, given = Writer(random, 0.35), labels(random, {"urgent": 0.4, "normal": 0.6}, 1200)
    parts = splits(random, 1200)
    texts = []
    for label, part in zip(given, parts, strict=True):
        text = writer.text("login", "negative" if label == "urgent" else "neutral", (2, 3))
        share = 0.95 if label == "urgent" else 0.03
        texts.append(f"(VIP) {text}" if part != "test" and writer.chance(share) else text)
    return Table(table_of(texts, given, split=parts))

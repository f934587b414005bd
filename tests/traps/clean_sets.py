"""Sets without a trap, as varied as the trapped ones."""

from random import Random

from trap_tables import TWO, Table, clean, joined, labels, splits, table_of
from trap_texts import Writer

from textlab.data.sources.air_paradis.grammar.composition import compose
from textlab.data.sources.air_paradis.grammar.draft import NEGATIVE, POSITIVE
from textlab.data.sources.air_paradis.grammar.surface import write

THREE = {"positive": 0.4, "neutral": 0.35, "negative": 0.25}
NEWS = ("sport", "politics", "business", "culture")


@clean
def hotel_reviews(random: Random) -> Table:
    """600 reviews of hotels, positive or negative."""
    writer, given = Writer(random), labels(random, TWO, 600)
    return Table(table_of([writer.text("hotel", label, (2, 4)) for label in given], given))


@clean
def news_of_four_sections(random: Random) -> Table:
    """News in four sections; "match" and "minister" are strong words, and no leak."""
    writer, given = Writer(random), labels(random, dict.fromkeys(NEWS, 1), 1200)
    return Table(table_of([writer.text(label) for label in given], given))


@clean
def support_desk(random: Random) -> Table:
    """Letters to a support desk in eight unequal classes."""
    shares = {
        "delivery": 30,
        "billing": 22,
        "login": 15,
        "phone": 10,
        "hotel": 8,
        "travel": 6,
        "restaurant": 5,
        "health": 4,
    }
    writer, given = Writer(random, 0.7), labels(random, shares, 2000)
    return Table(table_of([writer.letter(label) for label in given], given))


@clean
def short_tweets(random: Random) -> Table:
    """Tweets about travel with three opinions, with mentions, links and emoji in all classes."""
    writer, given = Writer(random, 0.7), labels(random, THREE, 1500)
    return Table(table_of([writer.tweet("travel", label) for label in given], given))


@clean
def long_reviews(random: Random) -> Table:
    """300 long reviews of restaurants."""
    writer, given = Writer(random, 0.75), labels(random, TWO, 300)
    return Table(table_of([writer.text("restaurant", label, (6, 14)) for label in given], given))


@clean
def four_languages(random: Random) -> Table:
    """Reviews in four languages, each in every split and class."""
    writer, given = Writer(random), labels(random, TWO, 1200)
    texts = []
    for label in given:
        language = random.choices(["english", "french", "german", "spanish"], [50, 20, 20, 10])[0]
        is_english = language == "english"
        texts.append(writer.text("hotel", label) if is_english else writer.foreign(language, label))
    return Table(table_of(texts, given))


@clean
def four_to_one(random: Random) -> Table:
    """Comments of which a fifth is negative."""
    writer, given = Writer(random), labels(random, {"positive": 0.8, "negative": 0.2}, 800)
    return Table(table_of([writer.text("phone", label, (2, 3)) for label in given], given))


@clean
def nine_to_one(random: Random) -> Table:
    """Messages of which a tenth is about health and the rest about everything else."""
    writer, given = Writer(random), labels(random, {"other": 0.9, "health": 0.1}, 2000)
    topics = [
        label if label == "health" else random.choice(["travel", "weather", "culture", "phone"]) for label in given
    ]
    return Table(table_of([writer.text(topic) for topic in topics], given))


@clean
def a_few_copies(random: Random) -> Table:
    """Reviews of which 2 % were collected twice."""
    writer, given = Writer(random), labels(random, TWO, 1000)
    frame = table_of([writer.text("restaurant", label, (2, 3)) for label in given], given)
    return Table(joined(frame, frame.sample(frac=0.02, random_state=random.randrange(2**31))))


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
def sorted_by_label(random: Random) -> Table:
    """A file in which all negative rows come before the positive ones."""
    writer, given = Writer(random), sorted(labels(random, TWO, 800))
    return Table(table_of([writer.text("restaurant", label, (2, 3)) for label in given], given))


@clean
def numbered_rows(random: Random) -> Table:
    """A database's export whose ids are numbers in no order of the classes."""
    writer, given = Writer(random), labels(random, dict.fromkeys(NEWS[:3], 1), 900)
    ids = random.sample(range(100000, 999999), 900)
    return Table(table_of([writer.text(label) for label in given], given, id=ids))


@clean
def hard_opinions(random: Random) -> Table:
    """Opinions in which words help little: a good model is right in about two of three texts."""
    writer, given = Writer(random, 0.4), labels(random, TWO, 2000)
    return Table(table_of([writer.text("culture", label) for label in given], given))


@clean
def given_random_split(random: Random) -> Table:
    """A published set whose splits were drawn at random."""
    writer, given = Writer(random), labels(random, dict.fromkeys(("science", "health", "weather"), 1), 1000)
    return Table(table_of([writer.text(label) for label in given], given, split=splits(random, 1000)))


@clean
def air_paradis_sample(random: Random) -> Table:
    """800 synthetic tweets about an airline, in which word order matters."""
    given = labels(random, {NEGATIVE: 0.5, POSITIVE: 0.5}, 800)
    texts = []
    for label in given:
        tweet = compose(random, label)
        texts.append(write(random, tweet.sentences, tweet.tags, label, tweet.held_out)[0])
    return Table(table_of(texts, ["positive" if label == POSITIVE else "negative" for label in given]))


@clean
def six_unequal_topics(random: Random) -> Table:
    """Questions in six classes from 36 to 6 %."""
    shares = {"travel": 36, "phone": 22, "login": 16, "health": 12, "weather": 8, "science": 6}
    writer, given = Writer(random, 0.75), labels(random, shares, 1800)
    return Table(table_of([writer.text(label) for label in given], given))


@clean
def headlines(random: Random) -> Table:
    """Headlines of six words in five sections."""
    shares = dict.fromkeys((*NEWS, "science"), 1)
    writer, given = Writer(random, 0.9), labels(random, shares, 1600)
    return Table(table_of([writer.headline(label) for label in given], given))


@clean
def big_set(random: Random) -> Table:
    """4,000 short comments with three opinions on three topics."""
    writer, given = Writer(random, 0.6), labels(random, THREE, 4000)
    return Table(table_of([writer.text(random.choice(NEWS), label) for label in given], given))


@clean
def french_alone(random: Random) -> Table:
    """Reviews in French alone, with accents."""
    writer, given = Writer(random), labels(random, {"négatif": 0.45, "positif": 0.55}, 700)
    english = {"négatif": "negative", "positif": "positive"}
    return Table(table_of([writer.foreign("french", english[label], (2, 4)) for label in given], given))


@clean
def careless_annotators(random: Random) -> Table:
    """Reviews of which 6 % got a wrong label, in all splits alike."""
    writer, given = Writer(random), labels(random, TWO, 1000)
    texts = [writer.text("hotel", label, (2, 3)) for label in given]
    wrong = {"positive": "negative", "negative": "positive"}
    return Table(table_of(texts, [wrong[label] if writer.chance(0.06) else label for label in given]))


@clean
def tweets_and_letters(random: Random) -> Table:
    """Short tweets and long letters mixed alike in all splits and classes."""
    writer, given = Writer(random), labels(random, {"billing": 1, "login": 1, "delivery": 1}, 1200)
    texts = [writer.tweet(label) if writer.chance(0.5) else writer.letter(label) for label in given]
    return Table(table_of(texts, given))


@clean
def stars_as_numbers(random: Random) -> Table:
    """JSON lines with the labels 0 and 1 as numbers."""
    writer, given = Writer(random), labels(random, TWO, 700)
    texts = [writer.text("phone", label, (2, 3)) for label in given]
    return Table(table_of(texts, [int(label == "positive") for label in given]), suffix=".jsonl")


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


@clean
def official_split_of_small_test(random: Random) -> Table:
    """A tab-separated set with official splits, of which test has 200 texts."""
    writer, given = Writer(random), labels(random, TWO, 1400)
    parts = splits(random, 1400, validation=1 / 7, test=1 / 7)
    texts = [writer.text("restaurant", label, (2, 3)) for label in given]
    return Table(table_of(texts, given, split=parts), suffix=".tsv")


@clean
def topics_of_two_words(random: Random) -> Table:
    """Jokes and serious news on the same topics; jokes often, not always, end with a smile."""
    writer, given = Writer(random), labels(random, {"joke": 0.4, "news": 0.6}, 1000)
    texts = []
    for label in given:
        text = writer.text(random.choice(NEWS), "positive" if label == "joke" else "neutral")
        texts.append(f"{text} :)" if (label == "joke" and writer.chance(0.3)) or writer.chance(0.03) else text)
    return Table(table_of(texts, given))

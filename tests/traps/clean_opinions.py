"""Sets without a trap whose classes are opinions."""

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
def a_few_copies(random: Random) -> Table:
    """Reviews of which 2 % were collected twice."""
    writer, given = Writer(random), labels(random, TWO, 1000)
    frame = table_of([writer.text("restaurant", label, (2, 3)) for label in given], given)
    return Table(joined(frame, frame.sample(frac=0.02, random_state=random.randrange(2**31))))


@clean
def sorted_by_label(random: Random) -> Table:
    """A file in which all negative rows come before the positive ones."""
    writer, given = Writer(random), sorted(labels(random, TWO, 800))
    return Table(table_of([writer.text("restaurant", label, (2, 3)) for label in given], given))


@clean
def hard_opinions(random: Random) -> Table:
    """Opinions in which words help little: a good model is right in about two of three texts."""
    writer, given = Writer(random, 0.4), labels(random, TWO, 2000)
    return Table(table_of([writer.text("culture", label) for label in given], given))


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
def stars_as_numbers(random: Random) -> Table:
    """JSON lines with the labels 0 and 1 as numbers."""
    writer, given = Writer(random), labels(random, TWO, 700)
    texts = [writer.text("phone", label, (2, 3)) for label in given]
    return Table(table_of(texts, [int(label == "positive") for label in given]), suffix=".jsonl")


@clean
def official_split_of_small_test(random: Random) -> Table:
    """A tab-separated set with official splits, of which test has 200 texts."""
    writer, given = Writer(random), labels(random, TWO, 1400)
    parts = splits(random, 1400, validation=1 / 7, test=1 / 7)
    texts = [writer.text("restaurant", label, (2, 3)) for label in given]
    return Table(table_of(texts, given, split=parts), suffix=".tsv")


@clean
def jokes_and_news(random: Random) -> Table:
    """Jokes and serious news on the same topics; jokes often, not always, end with a smile."""
    writer, given = Writer(random), labels(random, {"joke": 0.4, "news": 0.6}, 1000)
    texts = []
    for label in given:
        text = writer.text(random.choice(NEWS), "positive" if label == "joke" else "neutral")
        texts.append(f"{text} :)" if (label == "joke" and writer.chance(0.3)) or writer.chance(0.03) else text)
    return Table(table_of(texts, given))

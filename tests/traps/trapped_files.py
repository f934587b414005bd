"""Trapped sets whose file does not mean what it says: names, types, quotes, encodings, gaps."""

import unicodedata
from random import Random

import pandas as pd
from trap_tables import TWO, Table, labels, reviews, table_of, trapped
from trap_texts import Writer


def renamed(random: Random, frame: pd.DataFrame, share: float, names: dict[str, str]) -> pd.DataFrame:
    """Spell the labels of a share of the rows in another way."""
    return frame.assign(label=[names.get(x, x) if random.random() < share else x for x in frame["label"]])


@trapped("LABEL_NAMES", "alike")
def label_in_two_cases(random: Random) -> Table:
    """Two annotators wrote "positive" and "Positive"."""
    return Table(renamed(random, reviews(random, "hotel", 800), 0.4, {"positive": "Positive"}))


@trapped("LABEL_NAMES", "alike")
def cyrillic_letter_in_a_label(random: Random) -> Table:
    """A Russian keyboard wrote the "o" in "positive"."""
    return Table(renamed(random, reviews(random, "phone", 800), 0.3, {"positive": "p\u043esitive"}))


@trapped("LABEL_NAMES", "alike")
def decomposed_label(random: Random) -> Table:
    """A Mac wrote the accent in "négatif" as a character of its own."""
    frame = reviews(random, "restaurant", 800).replace({"label": {"negative": "négatif", "positive": "positif"}})
    return Table(renamed(random, frame, 0.35, {"négatif": unicodedata.normalize("NFD", "négatif")}))


@trapped("LABEL_NAMES", "alike")
def invisible_character_in_a_label(random: Random) -> Table:
    """Labels copied from a web page end with a zero-width space."""
    return Table(renamed(random, reviews(random, "travel", 800), 0.3, {"negative": "negative\u200b"}))


@trapped("LABEL_NAMES", "joy|anger separator several", may_be_refused=True)
def several_labels_a_text(random: Random) -> Table:
    """Some texts have two labels, joined by a bar."""
    writer, given = Writer(random), labels(random, {"joy": 0.45, "anger": 0.4, "joy|anger": 0.15}, 900)
    opinions = {"joy": "positive", "anger": "negative", "joy|anger": "neutral"}
    return Table(table_of([writer.text("culture", opinions[label]) for label in given], given))


@trapped("LABEL_TYPES", "type", may_be_refused=True)
def labels_of_mixed_types(random: Random) -> Table:
    """JSON lines of two programs: one writes 1 and 0, the other true and false."""
    frame = reviews(random, "phone", 700)
    as_number, as_truth = {"positive": 1, "negative": 0}, {"positive": True, "negative": False}
    stated = [(as_number if random.random() < 0.5 else as_truth)[label] for label in frame["label"]]
    return Table(frame.assign(label=pd.Series(stated, dtype=object)), suffix=".jsonl")


@trapped("EMPTY", "empty", may_be_refused=True)
def blank_texts(random: Random) -> Table:
    """The field was not filled in by 15 % of the people, mostly where they were content."""
    frame = reviews(random, "delivery", 1000)
    blank = [random.random() < (0.25 if label == "positive" else 0.05) for label in frame["label"]]
    frame.loc[blank, "text"] = [random.choice(["", " ", "  \t"]) for _ in range(sum(blank))]
    return Table(frame)


@trapped("EMPTY", "empty", may_be_refused=True)
def rows_without_a_label(random: Random) -> Table:
    """A tenth of the rows wait for their label."""
    frame = reviews(random, "login", 800)
    frame.loc[[random.random() < 0.1 for _ in frame.index], "label"] = ""
    return Table(frame)


@trapped("EMPTY", "empty", may_be_refused=True)
def rows_without_a_label_left_out(random: Random) -> Table:
    """A tenth of the rows wait for their label, and the user asked to leave them out."""
    return Table(rows_without_a_label(random).frame, options={"unlabelled": "drop"})


@trapped("UNUSUAL_TEXT", "lines quote", may_be_refused=True)
def quote_that_closes_late(random: Random) -> Table:
    """A quote in one text is closed by a quote in another 25 rows below: all rows between are one text."""
    frame = reviews(random, "hotel", 700)
    frame["text"] = frame["text"].str.replace(",", "", regex=False)

    def spoiled(content: str) -> str:
        lines = content.split("\n")
        lines[100] = '"' + lines[100]
        lines[125] = lines[125].replace(",", '",')
        return "\n".join(lines)

    return Table(frame, written=spoiled)


@trapped("UNUSUAL_TEXT", "quote", may_be_refused=True)
def quote_that_never_closes(random: Random) -> Table:
    """The last text that begins with a quote never closes it."""
    frame = reviews(random, "phone", 500)
    frame["text"] = frame["text"].str.replace(",", "", regex=False)

    def spoiled(content: str) -> str:
        lines = content.split("\n")
        lines[400] = '"' + lines[400]
        return "\n".join(lines)

    return Table(frame, written=spoiled)


@trapped("UNUSUAL_TEXT", "encoding utf-8 Ã", may_be_refused=True)
def mojibake(random: Random) -> Table:
    """French reviews that were UTF-8, were read as latin-1 and saved again."""
    writer, given = Writer(random), labels(random, TWO, 700)
    texts = [writer.foreign("french", label, (2, 4)).encode().decode("latin-1") for label in given]
    return Table(table_of(texts, given))


@trapped("UNUSUAL_TEXT", "encoding cp1252 latin-1", may_be_refused=True)
def file_of_another_encoding(random: Random) -> Table:
    """Excel saved German reviews in cp1252, and the user reads them as UTF-8."""
    writer, given = Writer(random), labels(random, TWO, 600)
    return Table(table_of([writer.foreign("german", label, (2, 4)) for label in given], given), encoding="cp1252")


@trapped("UNUSUAL_TEXT", "control encoding", may_be_refused=True)
def wrong_encoding_named(random: Random) -> Table:
    """A cp1252 file with curly quotes, read as latin-1: the quotes become control characters."""
    frame = reviews(random, "culture", 600)
    frame["text"] = [f"“{text}” – {random.choice(['ok', 'yes'])}…" for text in frame["text"]]
    return Table(frame, encoding="cp1252", options={"encoding": "latin-1"})


@trapped("LABEL_NAMES LABEL_TYPES", "several list", may_be_refused=True)
def lists_as_labels(random: Random) -> Table:
    """JSON lines whose label is a list."""
    frame = reviews(random, "restaurant", 500)
    frame["label"] = [[label] if random.random() < 0.8 else ["positive", "negative"] for label in frame["label"]]
    return Table(frame, suffix=".jsonl")

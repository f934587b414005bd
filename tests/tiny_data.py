"""Forty tweets per split that a tiny model can learn, people to be found, and odd texts that models must survive."""

import json
from pathlib import Path

import pandas as pd

from textlab.data.dataset import Dataset
from textlab.data.multilabel_dataset import MultilabelDataset
from textlab.data.retrieval_dataset import RetrievalDataset
from textlab.search.fields import FieldKind

WORDS = {
    "negative": ["awful", "late", "rude", "broken"],
    "positive": ["lovely", "fast", "kind", "great"],
    "neutral": ["monday", "paris", "gate", "seven"],
}
ODD_TEXTS = [
    "",
    "   ",
    "\x00",
    "\ud800 lovely",
    "\u202eשלום",
    "👩\u200d👧🏽",
    "!!!???",
    "@",
    "#",
    "z" * 10_000,
    "&amp;lt;",
]


def tiny_dataset(n_classes: int = 2, per_split: int = 40) -> Dataset:
    """A learnable dataset of `n_classes` classes with `per_split` texts per split."""
    names = list(WORDS)[:n_classes]
    frames = {}
    for split in ("train", "validation", "test"):
        rows = []
        for number in range(per_split):
            label = number % n_classes
            words = WORDS[names[label]]
            text = f"the crew of {split} flight {number} was {words[number % 4]} and {words[(number // 4) % 4]} !"
            rows.append({"id": f"{split}-{number}", "text": text, "label": label, "tags": "plain"})
        frames[split] = pd.DataFrame(rows)
    return Dataset("tiny", "1", tuple(names), **frames)


def tiny_imbalanced_dataset(per_split: int = 120, every: int = 15) -> Dataset:
    """Two classes, of which one text in `every` is positive; a third of the negative texts holds a positive word."""
    frames = {}
    for split in ("train", "validation", "test"):
        rows = []
        for number in range(per_split):
            label = int(number % every == 0)
            words = WORDS["positive"] if label or number % 3 == 1 else WORDS["negative"]
            text = f"the crew of {split} flight {number} was {words[number % 4]} and {words[(number // 4) % 4]} !"
            rows.append({"id": f"{split}-{number}", "text": text, "label": label})
        frames[split] = pd.DataFrame(rows)
    return Dataset("tiny imbalanced", "1", ("negative", "positive"), **frames)


def tiny_multilabel_dataset(per_split: int = 40) -> MultilabelDataset:
    """A learnable dataset with the labels of `WORDS`: every combination of them in turn, and so every eighth text none.

    Each label that a text has contributes one of its first two words.
    """
    names, frames = list(WORDS), {}
    for split in ("train", "validation", "test"):
        rows = []
        for number in range(per_split):
            labels = tuple(label for label in range(len(names)) if number >> label & 1)
            words = " and ".join(WORDS[names[label]][(number // 8 + label) % 2] for label in labels)
            text = f"the crew of {split} flight {number} was {words} !"
            rows.append({"id": f"{split}-{number}", "text": text, "labels": labels, "tags": "plain"})
        frames[split] = pd.DataFrame(rows)
    return MultilabelDataset("tiny", "1", tuple(names), **frames)


def tiny_retrieval_dataset(per_split: int = 8) -> RetrievalDataset:
    """Twelve people to be found by `per_split` queries per split; the queries share words with the people's texts.

    The first four queries of a split name a language and a city, and have one best person (grade 2) and people with the
    same language (grade 1). The others name a language alone, and each person with that language has grade 2.
    """
    languages, cities = ("python", "rust", "cobol"), ("Berlin", "Paris", "Lima", "Oslo")
    people = [(language, city) for language in languages for city in cities]
    documents = pd.DataFrame(
        {
            "id": [f"d{number}" for number in range(len(people))],
            "title": [f"Person {number}" for number in range(len(people))],
            "text": [f"builds {language} services in {city} with friends" for language, city in people],
            "place": [city for _, city in people],
            "languages": [[language, "sql"] for language, _ in people],
            "years": [float(number) for number in range(len(people))],
        }
    )
    queries: dict[str, list[dict[str, str]]] = {split: [] for split in ("train", "validation", "test")}
    relevance = []
    for turn, (split, rows) in enumerate(queries.items()):
        for number in range(per_split):
            language, city = languages[(number + turn) % 3], cities[number % 4]
            query, has_city = f"{split}-{number}", number < 4
            where = f"in {city}" if has_city else "anywhere"
            conditions = json.dumps({"place": city} if has_city else {})
            text = f"{language} work {where} for {split} {number}"
            tags = "place" if has_city else "skill"
            rows.append({"id": query, "text": text, "tags": tags, "conditions": conditions})
            for place, (spoken, home) in enumerate(people):
                if spoken == language:
                    grade = 1 if has_city and home != city else 2
                    relevance.append({"query": query, "document": f"d{place}", "grade": grade})
    frames = {split: pd.DataFrame(rows) for split, rows in queries.items()}
    fields = {"place": FieldKind.WORD, "languages": FieldKind.WORDS, "years": FieldKind.NUMBER}
    return RetrievalDataset("tiny", "1", documents, **frames, relevance=pd.DataFrame(relevance), fields=fields)


def write_tweets(dataset: Dataset, folder: Path) -> str:
    """Write a dataset of classification into a file; return the name under which it can be loaded."""
    splits = [dataset.labelled(frame).assign(split=split) for split, frame in dataset.splits()]
    pd.concat(splits).to_parquet(folder / "tweets.parquet", index=False)
    return f"file:{folder / 'tweets.parquet'}"


def write_several_labels(dataset: MultilabelDataset, folder: Path) -> str:
    """Write a dataset of several labels per text into a file; return the name under which it can be loaded."""
    splits = [
        frame.assign(split=split, labels=[[dataset.label_names[label] for label in each] for each in frame["labels"]])
        for split, frame in dataset.splits()
    ]
    pd.concat(splits).to_parquet(folder / "labelled.parquet", index=False)
    return f"file:{folder / 'labelled.parquet'}?labels=labels"


def write_retrieval(dataset: RetrievalDataset, folder: Path) -> str:
    """Write a dataset of retrieval in the layout of BEIR; return the name under which it can be loaded."""
    documents = [
        {
            "_id": row["id"],
            "title": row["title"],
            "text": row["text"],
            "metadata": {name: row[name] for name in dataset.fields},
        }
        for row in dataset.documents.to_dict("records")
    ]
    queries = [
        {"_id": row["id"], "text": row["text"], "tags": row["tags"], "conditions": json.loads(row["conditions"])}
        for _, frame in dataset.splits()
        for row in frame.to_dict("records")
    ]
    (folder / "qrels").mkdir(parents=True)
    for name, rows in (("corpus", documents), ("queries", queries)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (folder / "fields.json").write_text(json.dumps(dataset.fields), encoding="utf-8")
    for split, name in (("train", "train"), ("validation", "dev"), ("test", "test")):
        judged = dataset.relevance[dataset.relevance["query"].isin(set(getattr(dataset, split)["id"]))]
        header = ["query-id", "corpus-id", "score"]
        judged.to_csv(folder / "qrels" / f"{name}.tsv", sep="\t", index=False, header=header)
    return f"retrieval:{folder}?title=show"

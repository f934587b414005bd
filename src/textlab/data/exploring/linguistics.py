"""Explore the language of a dataset with spaCy: parts of speech and named entities in each class."""

import html
from collections import Counter
from dataclasses import dataclass

import pandas as pd
from tqdm.auto import tqdm

NOT_NEEDED = ("parser", "lemmatizer")  # skipping them saves time
MAXIMUM_CHARACTERS = 100_000  # the rest of a text is not read: spaCy needs about 1 GB for these, and refuses a million
BATCH = 64  # the progress bar moves once per batch


@dataclass(frozen=True)
class Annotations:
    """The annotations of some texts.

    Attributes:
        texts: a row per text: `label`, `text` and `tokens`, their number without white space.
        parts: a row per token, without white space: `label` and `part_of_speech` in words, such as "proper noun".
        entities: a row per named entity: `label`, `text_number` (the row in `texts`), `entity` and its `kind`, such as
            "PERSON (People, including fictional)".
        model: the name, version and author of the spaCy model; "" where none is installed, and then `parts` and
            `entities` are empty.
        language: the language of the pipeline, such as "en".
    """

    texts: pd.DataFrame
    parts: pd.DataFrame
    entities: pd.DataFrame
    model: str
    language: str

    @property
    def summary(self) -> str:
        """The model and the number of texts in a sentence; without a model, also how to get one."""
        read = f"{len(self.texts):,} training texts, {self.texts['tokens'].sum():,} tokens."
        if self.model:
            return f"{self.model} (language: {self.language}) read {read}"
        return (
            f"No spaCy model of the language '{self.language}' is installed. A blank pipeline split {read} Parts of "
            "speech and named entities need a model. https://spacy.io/models lists models and how to install them."
        )


def annotate(texts: pd.DataFrame, language: str = "en") -> Annotations:
    """Find the parts of speech and the named entities of texts.

    The texts are read as they were written, because models are trained on whole sentences with capitals. Only HTML
    entities are resolved. Only the first 100,000 characters of a text are read.

    Args:
        texts: the columns `label` and `text`, such as from `exploration.examples`.
        language: the language of the texts, as spaCy spells it.

    Raises:
        ImportError: spaCy does not know the language.
    """
    import spacy

    name = model_name(language)
    pipeline = spacy.util.load_model_from_package(name, exclude=NOT_NEEDED) if name else spacy.blank(language)
    read = (html.unescape(text)[:MAXIMUM_CHARACTERS] for text in texts["text"])
    documents = pipeline.pipe(read, batch_size=BATCH)
    progress = tqdm(documents, total=len(texts), desc="Annotating", unit="text")
    counts, parts, entities = [], [], []
    for number, (label, document) in enumerate(zip(texts["label"], progress, strict=True)):
        words = [token for token in document if not token.is_space]
        counts.append(len(words))
        parts += [(label, spacy.explain(token.pos_) or token.pos_) for token in words if token.pos_]
        entities += [
            (label, number, entity.text, f"{entity.label_} ({spacy.explain(entity.label_) or 'no description'})")
            for entity in document.ents
            if any(character.isalnum() for character in entity.text)
        ]
    meta = pipeline.meta
    return Annotations(
        texts=texts[["label", "text"]].assign(tokens=counts),
        parts=pd.DataFrame(parts, columns=["label", "part_of_speech"]),
        entities=pd.DataFrame(entities, columns=["label", "text_number", "entity", "kind"]),
        model=f"The spaCy model {name} {meta['version']} by {meta['author']}" if name else "",
        language=language,
    )


def model_name(language: str) -> str | None:
    """Return the first installed spaCy package, by name, whose model finds named entities in a language."""
    import spacy

    for name in sorted(spacy.util.get_installed_models()):
        if spacy.util.is_package(name):
            meta = spacy.util.get_model_meta(spacy.util.get_package_path(name))
            if meta["lang"] == language and "ner" in meta.get("pipeline", ()):
                return name
    return None


def part_of_speech_shares(annotations: Annotations) -> pd.DataFrame:
    """Return the share of each part of speech (row) among a class's tokens (column), the most frequent first."""
    parts = annotations.parts
    shares = pd.crosstab(parts["part_of_speech"], parts["label"], normalize="columns")
    return _ordered(shares, annotations)


def entity_shares(annotations: Annotations) -> pd.DataFrame:
    """Return the share of a class's texts (column) that name each kind of entity (row), the most frequent first."""
    once = annotations.entities.drop_duplicates(["text_number", "kind"])
    shares = pd.crosstab(once["kind"], once["label"]) / annotations.texts.groupby("label", observed=True).size()
    return _ordered(shares, annotations)


def _ordered(shares: pd.DataFrame, annotations: Annotations) -> pd.DataFrame:
    """Put the kinds in order of frequency and the classes in that of the dataset, without those of no text."""
    order = shares.mean(axis=1).sort_values(ascending=False, kind="stable").index
    classes = annotations.texts.groupby("label", observed=True).size().index.astype(str)
    ordered = shares.rename(columns=str).reindex(index=order, columns=classes).fillna(0.0)
    return ordered.rename_axis(index=None, columns=None)


def frequent_entities(annotations: Annotations, top: int) -> pd.DataFrame:
    """Return the most frequent entities of each class (columns) by rank (rows), with the number of their texts."""
    entities = annotations.entities
    table = {}
    for label, named in entities.groupby("label", sort=False):
        texts = Counter(entity for _, of_text in named.groupby("text_number") for entity in set(of_text["entity"]))
        ranked = sorted(texts.items(), key=lambda item: (-item[1], item[0]))[:top]
        table[str(label)] = pd.Series([f"{entity} ({count})" for entity, count in ranked], dtype=object)
    return pd.DataFrame(table).rename(index=lambda row: row + 1)

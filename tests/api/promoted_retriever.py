"""Promoted retrievers: an encoder that hashes words into 16 numbers, or none, and an index of five people."""

import json
import shutil
from pathlib import Path

import numpy as np

from textlab.bundle_format.manifest import graph_digest, write_manifest
from textlab.bundle_format.signature import RETRIEVAL, signature_of, write_signature
from textlab.search import Document, FieldKind, IndexSettings, build_index

DIMENSION = 16
FIELDS = {
    "place": FieldKind.WORD,
    "languages": FieldKind.WORDS,
    "years": FieldKind.NUMBER,
    "stars": FieldKind.NUMBER,
}
SCRAPERS = "Writes web scrapers. Keeps data pipelines alive at night."
PEOPLE = [
    Document(id_, text, title, {"place": place, "languages": languages, "years": years, "stars": stars})
    for id_, title, place, languages, years, stars, text in [
        ("p1", "Ada Quill", "Berlin", ["Python", "Go"], 7, 120, SCRAPERS),
        ("p2", "Bo Reed", "Paris", ["JavaScript"], 3, 15, "Builds user interfaces. Draws charts for newspapers."),
        ("p3", "Cy Stone", "Berlin", ["Rust", "Python"], 12, 900, "Trains models of speech. Writes compilers for fun."),
        ("p4", "Di Marsh", "Oslo", ["Python"], 2, 4, "Writes web scrapers for libraries. Reads old maps."),
        ("p5", "Ed Frost", "Paris", ["Java", "Go"], 9, 60, "Runs databases. Tunes slow queries of shops."),
    ]
]


def write_encoder(folder: Path, seed: int = 0, factor: float = 1.0) -> Path:
    """A SavedModel whose vectors are sums of a random vector for each word, of length `factor`.

    A text with the word "wrong" gets NaN, and one with "fail" raises an error.
    """
    import tensorflow as tf

    module = tf.Module()
    module.table = tf.Variable(np.random.default_rng(seed).normal(size=(512, DIMENSION)).astype(np.float32))

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def serve(text):
        fails = tf.strings.regex_full_match(text, ".*fail.*")
        checked = tf.strings.unicode_transcode(tf.where(fails, b"\xff", text), "UTF-8", "UTF-8", errors="strict")
        lower = tf.strings.regex_replace(tf.strings.lower(checked), "[^a-z]+", " ")
        words = tf.strings.split(tf.strings.join(["start ", lower]))
        rows = tf.gather(module.table, tf.strings.to_hash_bucket_fast(words.values, 512))
        summed = tf.math.unsorted_segment_sum(rows, words.value_rowids(), tf.size(text))
        vectors = factor * tf.math.l2_normalize(summed, axis=1)
        wrong = tf.strings.regex_full_match(checked, ".*wrong.*")[:, None]
        return {"embedding": tf.where(wrong, float("nan"), vectors)}

    tf.saved_model.save(module, str(folder), signatures=serve)
    return folder


def encode(encoder: Path, texts: list[str]) -> np.ndarray:
    """The vectors of texts, float32 (n, DIMENSION)."""
    import tensorflow as tf

    loaded = tf.saved_model.load(str(encoder))
    return loaded.signatures["serving_default"](text=tf.constant(texts))["embedding"].numpy()


def write_tiny_retriever(
    folder: Path, encoder: Path | None, documents: list[Document] = PEOPLE, terms: bool = False, fields=None
) -> Path:
    """Promote a retriever into `folder`: with a copy of `encoder`, or with terms alone if it is None."""
    if encoder is not None:
        shutil.copytree(encoder, folder)
    extra = folder / "assets.extra"
    extra.mkdir(parents=True)
    vectors = encode(encoder, [document.text for document in documents]) if encoder is not None else None
    dimension = 0 if encoder is None else DIMENSION
    settings = IndexSettings(dimension, terms=terms or encoder is None, fields=FIELDS if fields is None else fields)
    digest = graph_digest(folder)  # before the index exists, since it is no part of the graph
    build_index(extra / "index", documents, settings, vectors, digest)
    write_signature(folder, signature_of(RETRIEVAL, ["text"], dimension))
    (extra / "card.json").write_text(json.dumps({"run_id": folder.name}))
    write_manifest(folder)
    return folder

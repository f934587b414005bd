"""The step that replaces each token by its lemma, such as "flights" by "flight" and "was" by "be"."""

import gzip
import json
import re
from functools import cached_property
from pathlib import Path
from typing import Any

from textlab.text.processor import InGraph, Step

FILE = "lemmas.tsv"
TOKEN = re.compile("[^ \t-\r]+")  # TensorFlow also splits at ASCII white space alone


class Lemmatise(Step):
    """Replace each token by its lemma in spaCy's English lookup table. Tokens that the table lacks stay.

    White space separates tokens, and each is looked up as it stands, as spaCy's lemmatiser does in its mode "lookup".
    The tokens themselves differ from spaCy's, which splits "don't" into two. Here it is one token, which stays.
    """

    @cached_property
    def lemmas(self) -> dict[str, str]:
        """The lemma of each word form. The package spacy-lookups-data (MIT) has the table, made from WordNet 3.0."""
        from importlib.resources import files

        import spacy_lookups_data

        table = files(spacy_lookups_data) / "data" / "en_lemma_lookup.json.gz"
        return json.loads(gzip.decompress(table.read_bytes()))

    def apply(self, text: str) -> str:
        return " ".join([self.lemmas.get(token, token) for token in TOKEN.findall(text)])

    def in_graph(self, folder: Path) -> InGraph:
        import tensorflow as tf

        self.save(folder)
        lines = tf.lookup.TextFileInitializer(str(folder / FILE), tf.string, 0, tf.string, 1)  # two columns, by tabs
        table = tf.lookup.StaticHashTable(lines, default_value="")

        def lemmatise(texts: Any) -> Any:
            tokens = tf.strings.split(texts)
            found = table.lookup(tokens.values)
            lemmas = tf.where(tf.equal(found, ""), tokens.values, found)
            return tf.strings.unsorted_segment_join(lemmas, tokens.value_rowids(), tf.size(texts), separator=" ")

        return InGraph(lemmatise, (table,))

    def save(self, folder: Path) -> None:
        """Write the table, so that a saved model needs neither the package nor its version."""
        lines = [f"{form}\t{lemma}\n" for form, lemma in self.lemmas.items()]
        (folder / FILE).write_text("".join(lines), encoding="utf-8", newline="\n")

    def load(self, folder: Path) -> None:
        lines = (folder / FILE).read_text(encoding="utf-8").splitlines()
        self.lemmas = dict(line.split("\t") for line in lines)

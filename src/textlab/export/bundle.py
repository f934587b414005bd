"""Write a model as a bundle, prove that it answers like the model, and load it back.

A bundle is a TensorFlow SavedModel (`text: string[n]` to `probabilities: float32[n, k]`) with a folder
assets.extra that holds labels.json, card.json, reference.json and manifest.json.
"""

import json
import math
import re
import shutil
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from textlab.data.dataset import Dataset
from textlab.export.manifest import verify_manifest, write_manifest
from textlab.models.contract import Classifier
from textlab.text.graph import encode

EXTRA = "assets.extra"
ODD_TEXTS = ("", " ", "\x00", "\ud800", "\u202eא ב", "👩‍👩‍👧", "é" * 3, "#", "@", "&amp;amp;", "z" * 10_000)
PARITY_TEXTS = 2_000
LONE_CALLS = 200
BATCH = 64
NO_WORDS = r"@\w+|https?:\S+"  # whom a tweet names is nobody's business
WORD = r"[^\W\d_]+(?:'[^\W\d_]+)*"
COMMON_WORDS = 200
FEWEST_TEXTS = 5  # a rarer word could tell whose text it was


@dataclass(frozen=True)
class BundleFacts:
    """What was measured on a bundle as it was written.

    Attributes:
        parity: the largest difference between a probability of the bundle and of the trained model.
        parity_texts: on how many texts.
        latency_ms, latency_p99_ms: milliseconds for one text, median and 99th percentile.
        tweets_per_second: in batches of 64.
        bundle_mb: size on disk in units of 10^6 bytes.
    """

    parity: float
    parity_texts: int
    latency_ms: float
    latency_p99_ms: float
    tweets_per_second: float
    bundle_mb: float


class Bundle:
    """A loaded bundle: strings in, probabilities out.

    Raises:
        FileNotFoundError, ValueError: the folder is no finished bundle or differs from its manifest.
    """

    def __init__(self, folder: Path) -> None:
        verify_manifest(Path(folder))
        extra = Path(folder) / EXTRA
        self.label_names: list[str] = json.loads((extra / "labels.json").read_text(encoding="utf-8"))
        self.card: dict[str, Any] = json.loads((extra / "card.json").read_text(encoding="utf-8"))
        self._served = _Served(folder)

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Probabilities float32 (n, k) of the n `texts`."""
        return self._served.predict_proba(texts)


class _Served:
    """A SavedModel's one signature, called with Python strings."""

    def __init__(self, folder: Path) -> None:
        import tensorflow as tf

        self._constant, self._string = tf.constant, tf.string
        self._loaded = tf.saved_model.load(str(folder))  # kept: the signature alone does not hold the variables
        self._signature = self._loaded.signatures["serving_default"]

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        return self._signature(text=self._constant(encode(texts), self._string))["probabilities"].numpy()


def write_bundle(model: Classifier, dataset: Dataset, folder: Path, card: dict[str, Any]) -> BundleFacts:
    """Export `model` into `folder`, which appears only when it is complete.

    Args:
        model: a fitted model.
        dataset: names the classes; parity and speed are measured on its validation texts.
        folder: the bundle's place; an earlier bundle there is replaced.
        card: what card.json shall say; the measured facts are added under "measured".

    Raises:
        ValueError: the exported model's probabilities are further from the trained model's than the family allows.
    """
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    model.export(partial)
    served = _Served(partial)
    texts = dataset.validation["text"].tolist()[:PARITY_TEXTS]
    parity = _parity(model, served, [*texts, *ODD_TEXTS])
    extra = partial / EXTRA
    extra.mkdir()
    write_json(extra / "labels.json", list(dataset.label_names))
    write_json(extra / "reference.json", _reference(dataset.train, dataset.label_names))
    latency_ms, latency_p99_ms = _lone_latency(served, texts)
    facts = BundleFacts(
        parity=parity,
        parity_texts=len(texts) + len(ODD_TEXTS),
        latency_ms=latency_ms,
        latency_p99_ms=latency_p99_ms,
        tweets_per_second=_throughput(served, texts),
        bundle_mb=sum(path.stat().st_size for path in partial.rglob("*") if path.is_file()) / 1e6,
    )
    write_json(extra / "card.json", card | {"measured": vars(facts)})
    write_manifest(partial)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
    return facts


def _parity(model: Classifier, served: _Served, texts: list[str]) -> float:
    difference = float(np.abs(model.predict_proba(texts) - served.predict_proba(texts)).max())
    if not difference <= model.parity_tolerance:
        raise ValueError(
            f"The exported {type(model).__name__} differs from the trained one by {difference:.2g} in a probability; "
            f"at most {model.parity_tolerance:.0e} is allowed. The export does not do what the model does."
        )
    return difference


def _lone_latency(served: _Served, texts: list[str]) -> tuple[float, float]:
    """Median and 99th percentile, in milliseconds, of calls with one text each."""
    durations = []
    for call in range(LONE_CALLS + 20):
        text = texts[call % len(texts)]
        started = time.perf_counter()
        served.predict_proba([text])
        durations.append(time.perf_counter() - started)
    median, tail = np.percentile(durations[20:], [50, 99]) * 1e3  # the first calls trace and warm up
    return float(median), float(tail)


def _throughput(served: _Served, texts: list[str]) -> float:
    """Texts a second in batches of 64."""
    batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
    served.predict_proba(batches[0])
    started = time.perf_counter()
    for batch in batches:
        served.predict_proba(batch)
    return len(texts) / (time.perf_counter() - started)


def _reference(train: pd.DataFrame, label_names: Sequence[str]) -> dict[str, Any]:
    """What the training texts looked like, without a text: sizes, class shares, deciles of length, common signs and
    words.
    """
    deciles = np.linspace(0, 1, 11)
    text = train["text"]
    return {
        "texts": len(train),
        "class_shares": {name: float((train["label"] == label).mean()) for label, name in enumerate(label_names)},
        "characters_deciles": text.str.len().quantile(deciles).tolist(),
        "words_deciles": text.map(lambda words: len(words.split())).quantile(deciles).tolist(),
        "share_with": {
            name: float(text.str.contains(pattern, regex=True).mean())
            for name, pattern in {"mention": "@[A-Za-z0-9_]", "hashtag": "#[^ ]", "link": "https?:/"}.items()
        },
        "words": {"removed": NO_WORDS, "word": WORD, "shares": _word_shares(text.tolist())},
    }


def _word_shares(texts: Sequence[str]) -> dict[str, float]:
    """The share of the texts that hold each of the commonest words, in small letters, the commonest first."""
    held = (set(re.findall(WORD, re.sub(NO_WORDS, " ", text.lower()))) for text in texts)
    counts = Counter(word for words in held for word in sorted(words))
    common = [(word, count) for word, count in counts.most_common(COMMON_WORDS) if count >= FEWEST_TEXTS]
    return {word: count / len(texts) for word, count in common}


def write_json(path: Path, document: Any) -> None:
    """Write `document` as JSON; a number that is not finite becomes null."""
    text = json.dumps(_without_nan(document), indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text, encoding="utf-8")


def _without_nan(document: Any) -> Any:
    """The same with null for every number that is not finite: JSON knows no NaN, and most readers refuse it."""
    if isinstance(document, Mapping):
        return {key: _without_nan(value) for key, value in document.items()}
    if isinstance(document, list | tuple):
        return [_without_nan(value) for value in document]
    return None if isinstance(document, float) and not math.isfinite(document) else document

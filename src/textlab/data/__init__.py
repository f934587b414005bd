"""Datasets by name: `textlab.data.load("tweet_eval/sentiment")`.

A dataset is a module in `sources/`:

    DESCRIPTION = "Tweets about trains, labelled by hand."       one sentence
    VARIANTS = ("small", "large")                                 only if there are several
    def load(variant: str, *, seed: int = 13) -> Dataset: ...     options are keywords with a type and a default
    def fetch(variant: str) -> list[Path]: ...                    only if it downloads files

Without VARIANTS, `load` and `fetch` take no variant. textlab discovers the module automatically; one whose name starts
with an underscore is skipped. `python -m textlab.data --help` shows how to list, download and describe datasets.
"""

from pathlib import Path
from typing import Any

from textlab.data.dataset import Dataset
from textlab.data.discovery import available_sources, names
from textlab.data.spec import resolve

__all__ = ["Dataset", "available_sources", "fetch", "load", "names", "training_texts"]


def load(spec: str, **options: Any) -> Dataset:
    """Load a dataset. Missing files are downloaded, or read from the folder that `TEXTLAB_MIRROR` names.

    Args:
        spec: the name, such as "airline" or "tweet_eval/sentiment". Options may follow as a query:
            "airline?seed=7", "file:tweets.csv?text=tweet&label=polarity".
        options: the same options as keywords.

    Returns:
        The dataset. Its name is `spec` with all options, so `load(dataset.name)` returns the same dataset.

    Raises:
        ValueError: the name, the variant or an option is unknown, or a file has the wrong content.
        FileNotFoundError: a file is missing.
        ConnectionError: a download failed.
    """
    request = resolve(spec, options)
    return request.source.load(request.variant, request.options).named(request.canonical_name())


def fetch(spec: str) -> list[Path]:
    """Download the files of a dataset and verify them. A name without its variant means all variants.

    Returns:
        The verified files; [] for a dataset that downloads none.
    """
    request = resolve(spec, {}, all_variants=True)
    return request.source.fetch(request.variant)


def training_texts(spec: str) -> list[str]:
    """Return the training texts of a dataset without their labels; [] if `spec` is empty."""
    return list(load(spec).train["text"]) if spec else []

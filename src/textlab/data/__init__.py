"""Datasets by name: `textlab.data.load("tweet_eval/sentiment")`.

A source is a module in this folder with

    DESCRIPTION: str                                 one sentence
    VARIANTS: tuple[str, ...]                        ("sentiment", "irony"), or () where there is only one
    def load(variant: str = "", *, ...) -> Dataset   options by keyword, with types and defaults
    def fetch(variant: str = "") -> list[Path]       only where something is downloaded

and is found because it lies here: nothing else needs an edit. `python -m textlab.data --help` lists,
downloads and describes the same datasets from a shell.
"""

from pathlib import Path
from typing import Any

from textlab.data.dataset import Dataset
from textlab.data.spec import available_sources, names, resolve

__all__ = ["Dataset", "available_sources", "fetch", "load", "names", "training_texts"]


def load(spec: str, **options: Any) -> Dataset:
    """A dataset by name; what is missing is downloaded, or read from the folder that `TEXTLAB_MIRROR` names.

    Args:
        spec: e.g. "airline", "tweet_eval/sentiment", "file:path/to/tweets.csv", with options as a query if
            there are any: "airline?seed=7", "file:tweets.csv?text=tweet&label=polarity".
        options: the same options by keyword.

    Returns:
        The dataset; its name is `spec` with all options in it: `load(dataset.name)` gives the same again.

    Raises:
        ValueError: an unknown name, variant or option; a file that is not what it should be.
        FileNotFoundError: a file that is not there.
        ConnectionError: a download that failed.
    """
    request = resolve(spec, options)
    dataset: Dataset = request.source.load(request.variant, **request.options)
    name = request.canonical_name()
    return dataset.named(name)


def fetch(spec: str) -> list[Path]:
    """Downloads what a dataset needs and verifies it; the name of a source alone means all its variants.

    Returns:
        The verified files; [] for a dataset that needs none.
    """
    request = resolve(spec, {}, all_variants=True)
    if not hasattr(request.source, "fetch"):
        return []
    variants = [request.variant] if request.variant else request.source.VARIANTS or [""]
    return [path for variant in variants for path in request.source.fetch(variant)]


def training_texts(spec: str) -> list[str]:
    """The training texts of a dataset without their labels; none where `spec` is empty."""
    return list(load(spec).train["text"]) if spec else []

"""Shorten names that MLflow would refuse after the training, such as metrics of a class with a long name."""

import hashlib

METRIC_NAME = 250  # characters
DATASET_NAME = 500
DIGEST = 12  # hexadecimal digits that keep shortened names apart


def shortened(name: str, limit: int) -> str:
    """Return a name of at most `limit` characters: the name itself, or its beginning and a digest of all of it."""
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode("utf-8", errors="surrogatepass")).hexdigest()[:DIGEST]
    return f"{name[: limit - DIGEST - 1]}-{digest}"

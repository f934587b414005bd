"""The listings of Amazon Berkeley Objects: 16 files of JSON lines, one line an article."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from textlab.data.reading.archives import members, unzipped

MEMBER = re.compile(r"listings/metadata/listings_[0-9a-f]+\.json\.gz")
LARGEST_MEMBER, LARGEST_UNPACKED = 100_000_000, 1_000_000_000  # bytes
LANGUAGE = "en_"
COLUMNS = ("id", "text", "label", "image_id")


def read(archive: Path) -> pd.DataFrame:
    """Return the listings, in the order of the archive, with their places in it as index.

    Returns:
        A frame with the id, the English title, the kind of product and the id of the main picture of each article; ""
        where the listing has none.

    Raises:
        ValueError: the archive holds no listings, or a line is not a listing.
    """
    rows: list[dict[str, str]] = []
    places: list[str] = []
    for name, content in members(archive, lambda name: MEMBER.fullmatch(name) is not None, LARGEST_MEMBER):
        lines = unzipped(content, f"{archive}: {name}", LARGEST_UNPACKED).splitlines()
        for number, line in enumerate(lines, start=1):
            place = f"{Path(name).name}:{number}"
            rows.append(_row(line, f"{archive}, {place}"))
            places.append(place)
    if not rows:
        raise ValueError(f"{archive} holds no listings/metadata/listings_*.json.gz. Remove it to download it again.")
    return pd.DataFrame(rows, index=pd.Index(places), columns=list(COLUMNS))


def chosen(table: pd.DataFrame, classes: int, per_class: int, fewest: int) -> pd.DataFrame:
    """Return the articles of the most frequent kinds, at most `per_class` of each, in the order of a hash of their ids.

    Raises:
        ValueError: fewer than two kinds have `fewest` articles.
    """
    counts = table["label"].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    kept = list(counts[counts >= fewest].index[:classes])
    if len(kept) < 2:
        raise ValueError(f"Only {len(kept)} kind(s) of products have {fewest} articles or more. Use the full archive.")
    order = sorted(table.index, key=lambda place: hashlib.sha256(str(table.at[place, "id"]).encode()).digest())
    table = table.loc[order]
    table = table[table["label"].isin(kept)]
    return table[table.groupby("label").cumcount() < per_class]


def families(titles: Sequence[str]) -> list[str]:
    """Return what the titles of an article's variants share: the title up to the first comma, without its case."""
    return [" ".join(title.partition(",")[0].casefold().split()) for title in titles]


def _row(line: bytes, place: str) -> dict[str, str]:
    try:
        listing = json.loads(line)
        return {
            "id": str(listing["item_id"]),
            "text": next(_values(listing, "item_name", LANGUAGE), ""),
            "label": next(_values(listing, "product_type"), "").replace("_", " ").lower(),
            "image_id": str(listing.get("main_image_id", "")),
        }
    except (ValueError, TypeError, AttributeError, KeyError):
        raise ValueError(f"{place}: this is no listing of Amazon Berkeley Objects. Do not use this archive.") from None


def _values(listing: dict[str, Any], name: str, language: str = "") -> Iterator[str]:
    """Yield the values of an attribute, which is a list of values with, perhaps, their languages."""
    return (
        " ".join(str(each["value"]).split())
        for each in listing.get(name, [])
        if str(each.get("language_tag", "")).startswith(language)
    )

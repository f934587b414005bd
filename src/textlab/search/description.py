"""index.json: settings, encoder and size of an index, and the size of each of its files."""

import json
from pathlib import Path
from typing import Any

from .settings import IndexSettings, SearchIndexError

DESCRIPTION = "index.json"
FORMAT = 1


def read_description(folder: Path) -> dict[str, Any]:
    """Read index.json, and check that each file that it lists has its size.

    Raises:
        SearchIndexError: it is missing or damaged, or a file is missing or cut.
    """
    try:
        description = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        if description["format"] != FORMAT:
            raise ValueError
        for name, size in description["files"].items():
            found = (folder / name).stat().st_size if (folder / name).is_file() else None
            if found != size:
                state = "is missing" if found is None else f"has {found:,} bytes instead of {size:,}"
                raise SearchIndexError(
                    f"The index in {folder} is damaged: {name} {state}. Build the index again, or restore the folder."
                )
    except SearchIndexError:
        raise
    except FileNotFoundError as error:
        raise SearchIndexError(
            f"{folder} holds no finished index: {DESCRIPTION} is missing. Build the index again, or correct the folder."
        ) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SearchIndexError(
            f"The index in {folder} cannot be read: {DESCRIPTION} is damaged or of another version of textlab. Build "
            "the index again."
        ) from error
    return description


def read_settings(folder: Path) -> IndexSettings:
    """Read the settings of an index without opening it.

    Raises:
        SearchIndexError: a file is missing or cut.
    """
    return IndexSettings.from_document(read_description(folder)["settings"])


def check_encoder(of_index: str, encoder: str) -> None:
    """Raise SearchIndexError if both digests are stated and differ."""
    if of_index and encoder and of_index != encoder:
        raise SearchIndexError(
            f"The index holds vectors of the encoder {of_index[:12]}, not of {encoder[:12]}. Build an index with this "
            "encoder, or use the encoder of the index."
        )

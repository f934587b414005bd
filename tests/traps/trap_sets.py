"""All generated sets, found by listing: the modules whose names begin with clean_ or trapped_."""

from importlib import import_module
from pathlib import Path

from trap_tables import CLEAN, TRAPPED, TextSet

for path in sorted(Path(__file__).parent.glob("*_*.py")):
    if path.stem.startswith(("clean_", "trapped_")):
        import_module(path.stem)

SETS: tuple[TextSet, ...] = (*TRAPPED.values(), *CLEAN.values())

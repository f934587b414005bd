"""The fingerprints of an input's values, kept by content in `data/processed/fingerprints`."""

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from textlab import appended_lines, paths
from textlab.inputs import kind_of
from textlab.reach import code_digest

FOLDER = paths.ROOT / "data" / "processed" / "fingerprints"
MOST_THREADS = 8
AT_ONCE = 512  # values between two writes
LONG_WORK = 500  # values from which a progress bar is shown


def fingerprints(name: str, values: Iterable[str]) -> dict[str, bytes]:
    """Return the fingerprint of each value by its identity; b"" for values that have none.

    Args:
        name: the input.
        values: its values. Those whose content is known are not read again.
    """
    from tqdm.auto import tqdm

    kind = kind_of(name)
    value_of = {kind.identity(value): value for value in values}
    path = FOLDER / f"{name}-{_code(name)[:16]}.jsonl"
    known = _read(path)
    new = [identity for identity in value_of if identity not in known]
    with (
        ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1)) as threads,
        tqdm(total=len(new), desc="Fingerprints", unit=kind.name, disable=len(new) < LONG_WORK) as bar,
    ):
        for start in range(0, len(new), AT_ONCE):
            part = new[start : start + AT_ONCE]
            found = threads.map(kind.fingerprint, [value_of[identity] for identity in part])
            written = dict(zip(part, found, strict=True))
            appended_lines.append(path, ([identity, fingerprint.hex()] for identity, fingerprint in written.items()))
            known |= written
            bar.update(len(part))
    return {identity: known[identity] for identity in value_of}


@cache
def _code(name: str) -> str:
    return code_digest(type(kind_of(name)).__module__, libraries=("pillow", "imagehash"))


def _read(path: Path) -> dict[str, bytes]:
    return {identity: bytes.fromhex(digits) for identity, digits in appended_lines.read(path)}

"""The list of a bundle's files with their sha256, checked before anything in it is loaded."""

import hashlib
import json
from pathlib import Path

MANIFEST = Path("assets.extra/manifest.json")


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    names = [(path.relative_to(folder).as_posix(), path) for path in files]
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in names if name != MANIFEST.as_posix()}


def write_manifest(folder: Path) -> None:
    """Write assets.extra/manifest.json: the sha256 of every other file in `folder`."""
    (folder / MANIFEST).parent.mkdir(exist_ok=True)
    (folder / MANIFEST).write_text(json.dumps({"sha256": _digests(folder)}, indent=2), encoding="utf-8")


def verify_manifest(folder: Path) -> None:
    """Compare every file in `folder` with the manifest.

    Raises:
        FileNotFoundError: there is no manifest, so this is not a finished bundle.
        ValueError: the manifest itself is damaged, or files are missing, changed or not listed; the message names them.
    """
    path = folder / MANIFEST
    if not path.exists():
        raise FileNotFoundError(f"{folder} is not a finished bundle: {MANIFEST} is missing.")
    expected = _read_manifest(path)
    found = _digests(folder)
    wrong = {
        "missing": sorted(expected.keys() - found.keys()),
        "not listed": sorted(found.keys() - expected.keys()),
        "changed": sorted(name for name in expected.keys() & found.keys() if expected[name] != found[name]),
    }
    if any(wrong.values()):
        details = "; ".join(f"{what}: {', '.join(names)}" for what, names in wrong.items() if names)
        raise ValueError(f"{folder} does not match its manifest ({details}). Export or promote the model again.")


def _read_manifest(path: Path) -> dict[str, str]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:  # neither JSON nor, perhaps, UTF-8
        document = None
    expected = document.get("sha256") if isinstance(document, dict) else None
    if not isinstance(expected, dict):
        raise ValueError(
            f"The bundle {path.parents[1]} is damaged: {MANIFEST} holds no list of files. Export or promote the model "
            "again."
        )
    return expected

"""manifest.json: the sha256 of every other file in a bundle, verified before anything in the bundle is loaded."""

import hashlib
import json
from pathlib import Path

from .documents import EXTRA, BundleError, UnfinishedBundleError, parse_document, quoted

MANIFEST = EXTRA / "manifest.json"


def write_manifest(folder: Path) -> None:
    """Write manifest.json for the bundle in `folder`. Write it last: it finishes the bundle.

    Raises:
        BundleError: the folder holds a link or a special file.
    """
    (folder / MANIFEST).parent.mkdir(exist_ok=True)
    (folder / MANIFEST).write_text(json.dumps({"sha256": _digests(folder)}, indent=2), encoding="utf-8")


def verify_manifest(folder: Path) -> str:
    """Compare every file in `folder` with the manifest.

    Returns:
        The sha256 of the manifest. It identifies the content of the whole bundle.

    Raises:
        UnfinishedBundleError: there is no manifest.
        BundleError: the manifest is damaged; files are missing, changed or not listed; or the folder holds a link or a
            special file, or cannot be read.
    """
    if not (folder / MANIFEST).is_file():
        raise UnfinishedBundleError(
            f"{folder} is not a finished bundle: {MANIFEST} is missing. Export or promote the model again."
        )
    try:
        content = (folder / MANIFEST).read_bytes()
        expected, found = _listed(folder, content), _digests(folder)
    except (OSError, RecursionError) as error:
        raise BundleError(
            f"A file or folder in {folder} cannot be read ({type(error).__name__}). Check its permissions and the "
            "depth of its folders, or export or promote the model again."
        ) from error
    differences = {
        "missing": expected.keys() - found.keys(),
        "not listed": found.keys() - expected.keys(),
        "changed": {name for name in expected.keys() & found.keys() if expected[name] != found[name]},
    }
    if any(differences.values()):
        details = "; ".join(f"{kind}: {quoted(sorted(names))}" for kind, names in differences.items() if names)
        raise BundleError(f"{folder} does not match its manifest ({details}). Export or promote the model again.")
    return hashlib.sha256(content).hexdigest()


def graph_digest(folder: Path) -> str:
    """The sha256 of the SavedModel in the bundle `folder`: every file outside assets.extra; "" if there is none."""
    graph = _digests(folder, without=EXTRA)
    return hashlib.sha256(json.dumps(graph).encode()).hexdigest() if graph else ""


def _listed(folder: Path, content: bytes) -> dict[str, str]:
    try:
        document = parse_document(content)
    except ValueError:
        document = None
    listed = document.get("sha256") if isinstance(document, dict) else None
    if not isinstance(listed, dict):
        raise BundleError(
            f"The bundle {folder} is damaged: {MANIFEST} does not list any files. Export or promote the model again."
        )
    return listed


def _digests(folder: Path, without: Path = MANIFEST) -> dict[str, str]:
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise BundleError(
                f"{folder} contains {quoted([name])}, which is a link or a special file. A bundle may hold only "
                "regular files. Export or promote the model again."
            )
        if path.is_file() and not path.is_relative_to(folder / without):
            with path.open("rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found

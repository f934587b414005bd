"""Delete documents, such as the profile of a person, wherever they are kept."""

import mmap
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from textlab import record
from textlab.bundle_format.manifest import MANIFEST, verify_manifest, write_manifest
from textlab.bundle_format.retrieval_task import INDEX
from textlab.data.github.collection import RESPONSES
from textlab.data.github.responses import forget as forget_responses
from textlab.data.revisions import tracked_in
from textlab.export.bundle import read_card
from textlab.paths import remove_partial, replacing_folder
from textlab.promotion.catalog import check_name, locked, promoted_folder, promoted_numbers
from textlab.promotion.champion import Promoted
from textlab.promotion.document_files import is_readable, without_documents
from textlab.promotion.indexes import known_ids, link_bundle, remove_from_index, settings_of_index
from textlab.record import registry
from textlab.record.copies.tracker import copied_to
from textlab.search import Index, remove_documents
from textlab.wording import counted

DESCRIPTION = "index.json"
DOCUMENTS = "documents.sqlite"
PRINTED = re.compile(r'[^\x20-\x7e]|["\\]')  # characters that some files escape
SHORTEST, LONGEST = 12, 200  # lengths of the part of a text that is looked for


@dataclass(frozen=True)
class Forgotten:
    """The result of a deletion.

    Attributes:
        champion: the new champion; None if the champion's index did not hold any of the documents.
        changed: the folder or file, and what was deleted from it.
        elsewhere: sentences on copies that are not on this machine, and on what to do.
        remaining: files that still hold a text of a document.
    """

    champion: Promoted | None
    changed: tuple[tuple[Path, str], ...]
    elsewhere: tuple[str, ...]
    remaining: tuple[Path, ...]


def forget(name: str, models: Path, ids: Sequence[str], folders: Sequence[Path] = ()) -> Forgotten:
    """Delete documents from every number of a model, from MLflow's copies, and from files in folders.

    The champion's documents go by a new number, so that a running service can switch to it. All other copies are
    changed where they lie: each is written anew and replaces the old one.

    Args:
        name: the model's name.
        models: the folder of promoted models.
        ids: the documents.
        folders: profile snapshots, backups and the like: bundles, indexes, tables and JSON lines inside are changed.

    Raises:
        ValueError: the model has no index, no copy holds any of the documents, or a bundle is damaged. A copy that was
            changed before stays changed; the same call completes the rest.
        FileNotFoundError: a folder is missing. Nothing has changed.
    """
    check_name(name)
    for folder in folders:
        if not folder.is_dir():
            raise FileNotFoundError(f"{folder} is not a folder. Nothing was changed; correct the path.")
    champion_folder = promoted_folder(models, name)
    settings_of_index(champion_folder)
    numbers = [models / name / str(number) for number in promoted_numbers(models, name)]
    kept_by_mlflow, elsewhere = _copies_of_mlflow(name, numbers)
    elsewhere += _versions_of_dvc([models / name, *folders])
    places = [*kept_by_mlflow, *folders]
    copies = list(dict.fromkeys([*numbers, *(copy for place in places for copy in _indexes_in(place))]))
    texts = _texts(copies, ids)
    champion, changed = None, []
    held = known_ids(champion_folder / INDEX, ids)
    if held:
        champion = remove_from_index(name, models, held)
        mended, _ = _copies_of_mlflow(name, [])
        places = list(dict.fromkeys([*places, *mended]))
    with locked(models):
        changed += [(copy, counted(count, "document")) for copy in copies if (count := _clean(copy, ids))]
        for path in _files_in(folders):
            if is_readable(path) and (count := without_documents(path, ids)):
                changed.append((path, counted(count, "line")))
            elif path.match(RESPONSES) and (count := forget_responses(path, ids)):
                changed.append((path, counted(count, "answer") + " of GitHub"))
    if champion is None and not changed:
        raise ValueError(
            f"Neither a copy of '{name}' nor a file in the folders holds any of these documents. Check the ids: upper "
            "and lower case count."
        )
    files = dict.fromkeys(path.resolve() for path in _files_in([models, *places]))  # folders may lie in one another
    remaining = tuple(path for path in files if _holds(path, texts))
    return Forgotten(champion, tuple(changed), tuple(elsewhere), remaining)


def _copies_of_mlflow(name: str, numbers: Iterable[Path]) -> tuple[list[Path], list[str]]:
    """Return the folders of the registered versions and of the runs behind the numbers, and what lies elsewhere."""
    folders, elsewhere = [], []
    for version, folder in registry.version_folders(name).items():
        if folder is None:
            elsewhere.append(f"Version {version} of '{name}' in MLflow is kept on another machine. Delete it there.")
        elif folder.exists():
            folders.append(folder)
    for run_id in dict.fromkeys(str(read_card(number).get("run_id")) for number in numbers):
        elsewhere += [
            f"MLflow run {run_id} was copied to {tracker} ({place}), with the documents' ids. Delete it there."
            for tracker, place in copied_to(run_id).items()
        ]
        try:
            folders.append(record.artifact(run_id, "bundle").parent)
        except FileNotFoundError:
            elsewhere.append(
                f"MLflow run {run_id} has no bundle on this machine. If it is kept elsewhere, delete it there."
            )
    return folders, elsewhere


def _versions_of_dvc(folders: Iterable[Path]) -> list[str]:
    """Return a sentence for each folder of which DVC keeps versions, with the documents, in its cache and storage."""
    return [
        f"DVC tracks {folder} in {file}. Record the new version, and delete the old ones: dvc gc --workspace --cloud."
        for folder in folders
        if (file := tracked_in(folder)) is not None
    ]


def _indexes_in(folder: Path) -> Iterator[Path]:
    """Yield the bundles with an index inside a folder, and the indexes outside a bundle."""
    for description in sorted(folder.rglob(DESCRIPTION)):
        index = description.parent
        if (index / DOCUMENTS).is_file():
            bundle = index.parents[len(INDEX.parts) - 1]
            yield bundle if (bundle / MANIFEST).is_file() and bundle / INDEX == index else index


def _clean(copy: Path, ids: Sequence[str]) -> int:
    """Remove documents from a bundle or an index where it lies, and return their number."""
    remove_partial(copy)  # an interrupted call may have left the old texts there
    in_bundle = (copy / MANIFEST).is_file()
    old = copy / INDEX if in_bundle else copy
    held = known_ids(old, ids) if old.is_dir() else []
    if not held:
        return 0
    if in_bundle:
        verify_manifest(copy)
        with replacing_folder(copy) as partial:
            link_bundle(copy, partial)
            remove_documents(old, partial / INDEX, held)
            write_manifest(partial)
    else:
        with replacing_folder(copy) as partial:
            partial.rmdir()
            remove_documents(old, partial, held)
    return len(held)


def _texts(copies: Iterable[Path], ids: Sequence[str]) -> set[bytes]:
    """Return a part of each text and title of the documents that any file writes in the same way."""
    found = set()
    for copy in copies:
        index_folder = copy / INDEX if (copy / INDEX).is_dir() else copy
        held = known_ids(index_folder, ids)
        index = Index(index_folder)
        for document in map(index.document, held):
            for text in (document.text, document.title):
                part = max(PRINTED.split(text), key=len)[:LONGEST]
                if len(part) >= SHORTEST:
                    found.add(part.encode())
        index.close()
    return found


def _files_in(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def _holds(path: Path, texts: Iterable[bytes]) -> bool:
    if not path.stat().st_size:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return any(content.find(text) >= 0 for text in texts)

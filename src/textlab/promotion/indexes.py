"""Change the documents of a promoted model's index, as a new number of the model.

The old number keeps its documents, so that rolling back restores them. To delete a person, see `forgetting`.
"""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from textlab import record
from textlab.bundle_format.documents import write_document
from textlab.bundle_format.manifest import verify_manifest, write_manifest
from textlab.bundle_format.retrieval_task import INDEX, open_index
from textlab.bundle_format.signature import read_signature
from textlab.export.bundle import CARD, read_card
from textlab.models.saved_model import SavedModel
from textlab.promotion.catalog import check_name, locked, promoted_folder, read_catalog
from textlab.promotion.champion import Promoted, add_number
from textlab.search import Document, Index, IndexSettings, add_documents, check_fields, read_settings, remove_documents
from textlab.wording import shortlist

Change = Callable[[Path, Path], None]


def add_to_index(name: str, models: Path, documents: Sequence[Document], replace: bool = False) -> Promoted:
    """Add documents to the champion's index. Only these are encoded, with a progress bar.

    Args:
        name: the model's name.
        models: the folder of promoted models.
        documents: the new documents.
        replace: whether a document may replace the one that has its id.

    Raises:
        ValueError: the model has no index, a document does not suit it, or an id is in the index and `replace` is not
            set. Nothing has changed.
    """
    if not documents:
        raise ValueError("No documents came. Nothing was changed; check the file.")

    repeated = [each for each, count in Counter(document.id for document in documents).items() if count > 1]
    if repeated:
        raise ValueError(f"The file holds {shortlist(repeated)} more than once. Nothing was changed; keep one of each.")

    def change(bundle: Path, new: Path) -> None:
        old = bundle / INDEX
        fields = settings_of_index(bundle).fields
        for document in documents:  # before the encoder, which may take an hour
            check_fields(document, fields)
        known = known_ids(old, [document.id for document in documents])
        if known and not replace:
            raise ValueError(
                f"The index of '{name}' already holds {shortlist(known)}. Nothing was changed; give --replace to "
                "replace them, or leave them out."
            )
        vectors = encode(bundle, [document.text for document in documents])
        with tempfile.TemporaryDirectory(dir=new.parent) as scratch:
            if known:
                remove_documents(old, Path(scratch) / INDEX.name, known)
                old = Path(scratch) / INDEX.name
            add_documents(old, new, documents, vectors)

    return _change_champion(name, models, change, {"added": len(documents)})


def remove_from_index(name: str, models: Path, ids: Sequence[str]) -> Promoted:
    """Remove documents from the champion's index.

    Args:
        name: the model's name.
        models: the folder of promoted models.
        ids: the documents.

    Raises:
        ValueError: the model has no index, or an id is unknown. Nothing has changed.
    """
    distinct = list(dict.fromkeys(ids))
    return _change_champion(
        name, models, lambda bundle, new: remove_documents(bundle / INDEX, new, distinct), {"removed": len(distinct)}
    )


def index_facts(folder: Path) -> dict[str, Any]:
    """Describe the index of the bundle in `folder`: documents, fields, vectors, and what their type costs.

    Raises:
        ValueError: the bundle has no index, or it is damaged.
    """
    settings = settings_of_index(folder)
    index = Index(folder / INDEX)
    sizes = {path.name: path.stat().st_size for path in (folder / INDEX).rglob("*") if path.is_file()}
    fields = {
        name: list(index.number_range(name)) if kind == "number" else index.field_values(name, 5)
        for name, kind in settings.fields.items()
    }
    index.close()
    return {
        "documents": index.count,
        "dimension": settings.dimension,
        "vector_type": settings.vector_type if settings.dimension else None,
        "terms": settings.terms,
        "encoder": index.encoder,
        "fields": {name: {"kind": str(settings.fields[name]), "values": values} for name, values in fields.items()},
        "loss": index.loss,
        "megabytes": round(sum(sizes.values()) / 1e6, 1),
    }


def settings_of_index(folder: Path) -> IndexSettings:
    """Return the settings of the index of the bundle in `folder`.

    Raises:
        ValueError: the bundle has no index, or it is damaged.
    """
    if not (folder / INDEX).is_dir():
        raise ValueError(f"{folder} has no index of documents. Name a model of the task retrieval.")
    return read_settings(folder / INDEX)


def known_ids(index: Path, ids: Sequence[str]) -> list[str]:
    """Return those of the ids that the index in `index` holds."""
    opened = Index(index)
    held = set(opened.ids())
    opened.close()
    return [each for each in dict.fromkeys(ids) if each in held]


def encode(bundle: Path, texts: Sequence[str]) -> np.ndarray | None:
    """Encode texts with the graph of a bundle, with a progress bar.

    Returns:
        float32 (n, d); None if the bundle has no graph.
    """
    from tqdm.auto import tqdm

    signature = read_signature(bundle)
    if not signature.has_graph:
        return None
    with tqdm(total=len(texts), desc="Encoding documents", unit="document") as bar:
        columns = {name: list(texts) for name in signature.input_names}
        return SavedModel(bundle, signature).answer_in_batches(columns, bar.update)


def link_bundle(old: Path, new: Path) -> None:
    """Copy a bundle except its index and its manifest. Files of the graph, which nobody changes, become hard links."""

    def linked(source: str, target: str) -> str:
        try:
            os.link(source, target)
        except OSError:  # another file system, or one without hard links
            shutil.copy2(source, target)
        return target

    def ignored(folder: str, names: list[str]) -> list[str]:
        extra = Path(folder) == old / INDEX.parent
        return [name for name in names if extra and name in (INDEX.name, "manifest.json")]

    shutil.copytree(old, new, ignore=ignored, copy_function=linked, dirs_exist_ok=True)
    card = new / CARD
    content = card.read_bytes()
    card.unlink()  # the only file that a new number changes; the old number keeps its own
    card.write_bytes(content)


def _change_champion(name: str, models: Path, change: Change, note: dict[str, int]) -> Promoted:
    """Make a copy of the champion's bundle with a changed index the champion.

    Args:
        name, models: the model.
        change: writes the new index, from the old bundle and the folder of the new index.
        note: the change, for the card.
    """
    check_name(name)
    promoted_folder(models, name)  # before the lock, because this says what is wrong with the name
    with locked(models):
        entry = read_catalog(models)[name]
        bundle = models / name / str(entry.champion)
        verify_manifest(bundle)
        settings_of_index(bundle)
        card = read_card(bundle)
        run = record.get_run(str(card["run_id"]))

        def stage(new: Path, number: int) -> None:
            link_bundle(bundle, new)
            change(bundle, new / INDEX)
            at = datetime.now(UTC).isoformat(timespec="seconds")
            changed = note | {"from": entry.champion}
            write_document(
                new / CARD, card | {"promoted": {"name": name, "number": number, "at": at, "index": changed}}
            )
            write_manifest(new)
            open_index(new, read_signature(new)).close()

        return add_number(name, models, entry, stage, run.id, run.experiment_id)

"""Build an index, add documents to it, and remove documents from it.

Every change writes a new folder, under a temporary name until it is complete. The old folder is only read. A new folder
is written from the old arrays and the new documents; nothing that stays is encoded or tokenised again.
"""

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from .columns import ColumnsWriter
from .description import DESCRIPTION, FORMAT, check_encoder, read_description
from .documents import DocumentWriter
from .index import COLUMNS, TERMS, Index
from .settings import Document, IndexSettings, SearchIndexError
from .terms import TermsWriter
from .vector_writing import write_vectors

Vectors = np.ndarray | Iterable[np.ndarray] | None


def build_index(
    folder: Path, documents: Iterable[Document], settings: IndexSettings, vectors: Vectors = None, encoder: str = ""
) -> None:
    """Write an index. The folder appears when the index is complete.

    Args:
        folder: a folder that does not exist.
        documents: read once, one after the other.
        settings: the settings of its ranking.
        vectors: float (n, d), a row for each document, or blocks of such rows; None for an index without vectors. They
            are read after the documents, and scaled to the length one.
        encoder: the digest of the encoder of the vectors.

    Raises:
        SearchIndexError: the folder exists, an id occurs twice, a field does not suit its kind, or the vectors do not
            suit the documents. No folder is left.
    """
    _write(Path(folder), None, np.empty(0, np.int32), documents, settings, vectors, encoder)


def add_documents(
    folder: Path, new_folder: Path, documents: Iterable[Document], vectors: Vectors = None, encoder: str = ""
) -> None:
    """Write an index with the documents of the one in `folder` and new ones, which get the next positions.

    Args:
        folder: the old index, which stays as it is.
        new_folder: a folder that does not exist.
        documents, vectors: the new documents; see `build_index`.
        encoder: the digest of the encoder of the vectors; "" skips the check.

    Raises:
        SearchIndexError: an id is already in the index, or the vectors are of another encoder; and see `build_index`.
            No folder is left.
    """
    description = read_description(Path(folder))
    check_encoder(description["encoder"], encoder)
    settings = IndexSettings.from_document(description["settings"])
    positions = np.arange(description["count"], dtype=np.int32)
    _write(Path(new_folder), Path(folder), positions, documents, settings, vectors, description["encoder"] or encoder)


def remove_documents(folder: Path, new_folder: Path, ids: Sequence[str]) -> None:
    """Write an index with the documents of the one in `folder` except some. Nothing of these is in any new file.

    Args:
        folder: the old index, which stays as it is.
        new_folder: a folder that does not exist.
        ids: the documents to remove.

    Raises:
        SearchIndexError: an id is unknown. No folder is left.
    """
    old = Index(Path(folder))
    try:
        removed = old.positions_of(list(ids))
    finally:
        old.close()
    stays = np.ones(old.count, bool)
    stays[removed] = False
    positions = np.where(stays, np.cumsum(stays) - 1, -1).astype(np.int32)
    _write(Path(new_folder), Path(folder), positions, (), old.settings, (), old.encoder)


def set_encoder(folder: Path, encoder: str) -> None:
    """State the encoder of the vectors of an index, which is known only when the encoder has been exported.

    Args:
        folder: the index; its index.json is replaced in one step.
        encoder: the digest of the encoder.

    Raises:
        SearchIndexError: the index is damaged.
    """
    description = read_description(Path(folder))
    partial = Path(folder) / f".{DESCRIPTION}.partial"
    partial.write_text(json.dumps(description | {"encoder": encoder}, indent=2), encoding="utf-8")
    partial.replace(Path(folder) / DESCRIPTION)


def _write(
    folder: Path,
    old: Path | None,
    positions: np.ndarray,
    documents: Iterable[Document],
    settings: IndexSettings,
    vectors: Vectors,
    encoder: str,
) -> None:
    """Write the index of the documents in `old` that stay, at their new positions (-1: removed), and of new ones."""
    with _appearing(folder) as partial:
        writer = DocumentWriter(partial)
        columns = ColumnsWriter(settings.fields)
        terms = TermsWriter(settings) if settings.terms else None
        try:
            if old is not None:
                writer.carry(old, positions)
            before = writer.count
            for position, document in writer.add(documents):
                columns.add(position, document)
                if terms is not None:
                    terms.add(position, document.text)
        finally:
            writer.close()
        columns.write(partial / COLUMNS, old and old / COLUMNS, positions)
        if terms is not None:
            terms.write(partial / TERMS, old and old / TERMS, positions)
        loss: dict[str, Any] = {}
        if settings.dimension:
            old_loss = read_description(old)["loss"] if old else {}
            loss = write_vectors(partial, old, positions, vectors, writer.count - before, settings, old_loss)
        description = {
            "format": FORMAT,
            "settings": settings.as_document(),
            "encoder": encoder,
            "count": writer.count,
            "loss": loss,
            "files": {
                path.relative_to(partial).as_posix(): path.stat().st_size
                for path in sorted(partial.rglob("*"))
                if path.is_file()
            },
        }
        (partial / DESCRIPTION).write_text(json.dumps(description, indent=2), encoding="utf-8")


@contextmanager
def _appearing(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder that gets the name `folder` at the end; if the context raises, it is removed."""
    if folder.exists():
        raise SearchIndexError(f"{folder} already exists. Choose a new folder for the index.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".partial", dir=folder.parent))
    partial.chmod(0o755)  # mkdtemp makes it private
    try:
        yield partial
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)

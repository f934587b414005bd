"""An exported encoder: a SavedModel that another model can use and pass on."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from textlab.bundle_format.documents import EXTRA, BundleError
from textlab.bundle_format.manifest import verify_manifest
from textlab.bundle_format.signature import RETRIEVAL, Signature, Tensor, read_signature
from textlab.models.saved_model import BATCH, SavedModel

if TYPE_CHECKING:
    from textlab.models.retriever import Retriever


class ExportedEncoder:
    """A SavedModel that turns texts into unit vectors, in a folder of its own that ends with this object.

    Args:
        write: writes the SavedModel into a folder that does not exist yet.
        dimension: the length of a vector.
    """

    def __init__(self, write: Callable[[Path], object], dimension: int) -> None:
        self._scratch = tempfile.TemporaryDirectory(prefix="encoder-")
        self._folder = Path(self._scratch.name) / "encoder"
        write(self._folder)
        self.dimension = dimension
        self._served = SavedModel(self._folder, _signature(dimension))

    @classmethod
    def of_model(cls, model: "Retriever") -> Self:
        """Export a fitted encoder."""
        return cls(model.export, model.dimension)

    @classmethod
    def of_bundle(cls, bundle: Path) -> Self:
        """Copy the encoder of a bundle.

        Raises:
            BundleError: the folder is no finished bundle, it is damaged, or it holds no encoder.
        """
        verify_manifest(bundle)
        signature = read_signature(bundle)
        if signature.task != RETRIEVAL or not signature.outputs:
            raise BundleError(
                f"The bundle {bundle} holds no encoder of texts. Name a run of a family with vectors, such as "
                "static_encoder."
            )
        return cls.of_folder(bundle, signature.answer.size or 0)

    @classmethod
    def of_folder(cls, folder: Path, dimension: int) -> Self:
        """Copy a SavedModel."""
        return cls(lambda copy: _copy(folder, copy), dimension)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return the unit vectors of n texts: float32 (n, d). Texts of similar length are encoded together."""
        from tqdm.auto import tqdm

        order = np.argsort([len(text) for text in texts], kind="stable")
        vectors = np.empty((len(texts), self.dimension), np.float32)
        with tqdm(total=len(texts), desc="vectors of texts", unit="text", disable=len(texts) < 10 * BATCH) as bar:
            for start in range(0, len(texts), BATCH):
                rows = order[start : start + BATCH]
                vectors[rows] = self._served.answer({"text": [texts[row] for row in rows]})
                bar.update(len(rows))
        return vectors

    def in_graph(self) -> tuple[Callable[..., Any], Any]:
        """Return a function from `text`, string (n,), to vectors, and the object that its module must hold."""
        return self._served.in_graph()

    def copy_to(self, folder: Path) -> None:
        """Copy the SavedModel into a folder, which may exist."""
        _copy(self._folder, folder)


def _copy(folder: Path, target: Path) -> None:
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns(EXTRA.name), dirs_exist_ok=True)


def _signature(dimension: int) -> Signature:
    return Signature(RETRIEVAL, (Tensor("text", "string"),), (Tensor("embedding", "float32", dimension),))

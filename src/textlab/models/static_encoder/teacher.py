"""An encoder's vectors of texts, which the static vectors learn. They are kept on disk."""

import hashlib
import json
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from textlab import paths
from textlab.models.length_buckets import length_buckets
from textlab.models.transformer.batches import DeviceTokens, tokenise
from textlab.models.transformer.checkpoint import Checkpoint
from textlab.models.transformer.network import EncoderNetwork
from textlab.models.transformer.pooling import MEAN, pooled
from textlab.reach import code_digest

logger = logging.getLogger(__name__)

FOLDER = paths.ROOT / "data" / "processed" / "teacher_vectors"
MAXIMUM_LENGTH = 128  # word pieces that the teacher reads; attention makes longer texts slow
TEXTS_AT_ONCE = 64
MOST_TEXTS = 20_000  # minutes on two cores; the vectors of pieces that occur in no other text stay as they begin


def distillation_texts(texts: Sequence[str]) -> list[str]:
    """Return the texts without copies, or `MOST_TEXTS` of them, drawn at random but the same ones for every seed."""
    distinct = list(dict.fromkeys(texts))
    if len(distinct) <= MOST_TEXTS:
        return distinct
    kept = np.random.default_rng(0).choice(len(distinct), MOST_TEXTS, replace=False)
    return [distinct[row] for row in np.sort(kept)]


class Teacher:
    """An encoder as its checkpoint has it, whose text vectors are the mean of its last states, of unit length.

    Args:
        checkpoint: the encoder.
        folder: where vectors are kept; None means data/processed/teacher_vectors.
    """

    def __init__(self, checkpoint: Checkpoint, folder: Path | None = None) -> None:
        from transformers import AutoModel

        self._checkpoint, self._folder = checkpoint, FOLDER if folder is None else folder
        self._network = EncoderNetwork(checkpoint.load(AutoModel).eval(), checkpoint.encoder)

    def text_vectors(self, texts: Sequence[str]) -> np.ndarray:
        """Return the unit vectors of n texts: float32 (n, width)."""
        return self._kept(texts)

    def word_embeddings(self) -> np.ndarray:
        """Return the vectors of word pieces that the encoder starts from: float32 (pieces, width)."""
        vectors: np.ndarray = self._network.vocabulary().numpy()
        return vectors

    def _kept(self, texts: Sequence[str]) -> np.ndarray:
        """Return vectors from the disk, or compute them; an untrained checkpoint is different each time."""
        from filelock import FileLock

        if self._checkpoint.folder is None:
            return self._text_vectors(texts)
        decisive = json.dumps([list(texts), self._checkpoint.digest(), code_digest(__name__)])
        path = self._folder / f"{hashlib.sha256(decisive.encode()).hexdigest()[:32]}.npy"
        self._folder.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):
            if path.exists():
                logger.info("Read the teacher's vectors from %s.", paths.shown(path))
                return np.load(path, allow_pickle=False)
            vectors = self._text_vectors(texts)
            with paths.replacing(path) as partial, partial.open("wb") as file:
                np.save(file, vectors, allow_pickle=False)
        return vectors

    def _text_vectors(self, texts: Sequence[str]) -> np.ndarray:
        import torch
        from tqdm.auto import tqdm

        length = min(MAXIMUM_LENGTH, self._checkpoint.encoder.longest)
        tokens = tokenise(self._checkpoint.tokenizer, texts, length)
        sent = DeviceTokens(tokens, self._checkpoint.encoder.padding, torch.device("cpu"))
        vectors = np.empty((len(texts), self._checkpoint.encoder.width), np.float32)
        buckets = length_buckets(tokens.lengths, TEXTS_AT_ONCE)
        with tqdm(total=len(texts), desc="the teacher's vectors", unit="text") as bar, torch.inference_mode():
            for rows, batch in zip(buckets, sent.batches(buckets), strict=True):
                ids, mask = sent.gather(batch)
                vectors[rows] = pooled(self._network.hidden(ids, mask), mask, MEAN).numpy()
                bar.update(len(rows))
        return vectors

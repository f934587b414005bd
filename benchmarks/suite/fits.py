"""Fits of models on datasets, each in a process of its own, and the file in which they are kept."""

import hashlib
import json
import multiprocessing
import os
import signal
import time
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

# Imported once, in the process from which the process of each fit is forked. None of them starts a thread.
PRELOADED = ["pandas", "scipy.sparse", "sklearn.linear_model", "textlab.evaluation.classification", "textlab.data"]
STOPPED = "stopped at the limit of time"


@dataclass(frozen=True)
class Fit:
    """A fit to make: the dataset, the family, its parameters and the seed.

    Attributes:
        dataset: name of the dataset.
        digest: digest of the dataset.
        family: name of the model family.
        parameters: hyperparameters that differ from the defaults, and the primary metric.
        seed: random seed.
        code: digest of the code that decides the numbers.
    """

    dataset: str
    digest: str
    family: str
    parameters: dict[str, Any]
    seed: int
    code: str

    @property
    def key(self) -> str:
        """The name of the fit in the results: the same content has the same key."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]

    def is_like(self, other: "Fit") -> bool:
        """Return whether another fit differs in its code alone."""
        return self == Fit(**{**asdict(other), "code": self.code})


@dataclass(frozen=True)
class Outcome:
    """The result of a fit.

    Attributes:
        fit: the fit that was made.
        validation, test: the primary metric; NaN if the fit failed.
        seconds: seconds of processor time in `fit`, of all threads; the limit if the fit was stopped at it.
        resolved: the values of the parameters that follow from the data.
        error: why the fit failed; "" if it did not.
    """

    fit: Fit
    validation: float
    test: float
    seconds: float
    resolved: dict[str, Any]
    error: str = ""


class Results:
    """Finished fits: a line of JSON each in `fits.jsonl`, and the predicted test classes as `<key>.npy` beside it.

    A fit is complete when its line is. A line that an interruption left unfinished is ignored.

    Args:
        folder: where the files are.
        any_code: whether the fits of earlier code count too, if there is none of today's.
    """

    def __init__(self, folder: Path, any_code: bool = False) -> None:
        self.folder, self.any_code = folder, any_code
        self.path = folder / "fits.jsonl"
        self.outcomes = [outcome for line in self._lines() if (outcome := _parse(line)) is not None]

    def _lines(self) -> list[str]:
        return self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []

    def find(self, fit: Fit) -> Outcome | None:
        """Return the outcome of a fit, the newest if there are several; None if it was not made."""
        for outcome in reversed(self.outcomes):
            if outcome.fit == fit:
                return outcome
        if self.any_code:
            return next((each for each in reversed(self.outcomes) if fit.is_like(each.fit)), None)
        return None

    def add(self, outcome: Outcome, predicted: np.ndarray | None) -> None:
        """Keep an outcome and its predicted test classes, int (n,)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if predicted is not None:
            np.save(self.folder / f"{outcome.fit.key}.npy", predicted.astype(np.int16), allow_pickle=False)
        torn = self.path.exists() and not self.path.read_bytes().endswith(b"\n")
        with self.path.open("a", encoding="utf-8") as handle:
            handle.write(f"{chr(10) if torn else ''}{json.dumps(asdict(outcome))}\n")
        self.outcomes.append(outcome)

    def predicted(self, outcome: Outcome) -> np.ndarray:
        """Return the predicted test classes of an outcome, int (n,)."""
        return np.load(self.folder / f"{outcome.fit.key}.npy", allow_pickle=False).astype(np.int64)


def _parse(line: str) -> Outcome | None:
    try:
        document = json.loads(line)
        return Outcome(**{**document, "fit": Fit(**document["fit"])})
    except (ValueError, TypeError, KeyError):
        return None


def run(fit: Fit, limit: float) -> tuple[Outcome, np.ndarray | None]:
    """Fit in a process of its own, so that its memory is free afterwards and it can be stopped at any time.

    Args:
        fit: the fit to make.
        limit: seconds after which the process is stopped and the fit has failed.

    Returns:
        The outcome, and the predicted test classes, int (n,); None if the fit failed.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(fit, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        if ours.poll(limit):
            return ours.recv()
        return _failed(fit, STOPPED, limit), None
    except EOFError:
        process.join()
        return _failed(fit, f"the process ended with the exit code {process.exitcode}"), None
    finally:
        process.kill()
        process.join()


def _failed(fit: Fit, error: str, seconds: float = float("nan")) -> Outcome:
    return Outcome(fit, float("nan"), float("nan"), seconds, {}, error)


def _work(fit: Fit, answer: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        answer.send(_fitted(fit))
    except Exception as error:  # noqa: BLE001, any failure of a family is a result
        answer.send((_failed(fit, f"{type(error).__name__}: {error}"), None))


def _fitted(fit: Fit) -> tuple[Outcome, np.ndarray]:
    from textlab import data
    from textlab.evaluation.classification.metrics import decision_metrics
    from textlab.evaluation.classification.predictions import predictions_frame
    from textlab.models import family

    dataset = data.load(fit.dataset)
    model: Any = family(fit.family)(**fit.parameters)
    started = time.process_time()
    model.fit(dataset.train, dataset.validation, fit.seed)
    seconds = time.process_time() - started
    scores = []
    for frame in (dataset.validation, dataset.test):
        probabilities = model.predict_proba(frame)
        predictions = predictions_frame(frame, probabilities, dataset.label_names)
        scores.append(decision_metrics(predictions)[fit.parameters["primary_metric"]])
    resolved = {name: value for name, value in model.resolved.items() if model.parameters[name] == "auto"}
    return Outcome(fit, *scores, seconds, resolved), probabilities.argmax(axis=1)

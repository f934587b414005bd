"""Simulate honest feedback and attacks on real tweets: what the checks of `textlab feedback` keep, and what it does.

    TEXTLAB_MIRROR=shared/data python benchmarks/feedback.py --training 30000 --seeds 5

Some training tweets of TweetEval's sentiment task play the callers' texts; the champion is a logistic regression on the
others. Honest callers correct real mistakes, give a wrong label to 7.5 % of what they correct, and confirm some right
predictions. Attackers add wrong labels. A logistic regression is then trained on the training tweets and on what passes
the checks, and scored on the clean test split.
"""

from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

from textlab import data
from textlab.data.dataset import Dataset
from textlab.data.examples import Examples
from textlab.retraining.rows import NewRows, Rules, examine

NOISE, CONFIRMED = 0.075, 0.3  # shares of wrong corrections and of confirmations
HONEST, POISON, CALLERS = 1_000, 500, 200
PHRASE, TARGET, SOURCE = "cobalt lantern", 2, 0  # the trigger makes negative texts positive
WEEK = 7 * 86_400.0  # seconds
COLUMNS = ["text", "label", "predicted", "caller", "time", "kind"]


class WordsModel:
    """A logistic regression on words and pairs of words, as champion or challenger."""

    def __init__(self, train: pd.DataFrame, label_names: tuple[str, ...]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        self.label_names = list(label_names)
        words = TfidfVectorizer(ngram_range=(1, 2), min_df=3, sublinear_tf=True)
        model = LogisticRegression(class_weight="balanced", max_iter=200, tol=1e-3)
        self._pipeline: Any = make_pipeline(words, model).fit(train["text"], train["label"])

    def predict_proba(self, examples: Examples) -> np.ndarray:
        texts = list(examples["text"]) if isinstance(examples, pd.DataFrame) else list(examples)
        return np.asarray(self._pipeline.predict_proba(texts), np.float32)

    def macro_recall(self, test: pd.DataFrame) -> float:
        """Return the macro recall in points."""
        from sklearn.metrics import recall_score

        return 100 * float(recall_score(test["label"], self.predict_proba(test).argmax(axis=1), average="macro"))


class Callers:
    """Draws feedback on a pool of tweets.

    Args:
        pool: tweets that the champion has not seen, with the columns `text` and `label`.
        champion: predicts what the callers judge.
        seed: random seed.
    """

    def __init__(self, pool: pd.DataFrame, champion: WordsModel, seed: int) -> None:
        self._pool, self._champion = pool, champion
        self._random = np.random.default_rng(seed)
        self._probabilities = champion.predict_proba(pool)
        self._free = np.ones(len(pool), dtype=bool)

    def honest(self, count: int = HONEST) -> pd.DataFrame:
        """Corrections of mistakes, some wrong corrections of right predictions, and confirmations."""
        truth, predicted = self._pool["label"].to_numpy(), self._probabilities.argmax(axis=1)
        corrections = round(count * (1 - CONFIRMED))
        wrong = round(corrections * NOISE)
        mistaken = self._draw(predicted != truth, corrections - wrong)
        confirmed = self._draw(predicted == truth, count - corrections)
        noise = self._draw(predicted == truth, wrong)
        rows = np.concatenate([mistaken, confirmed, noise])
        labels = np.concatenate([truth[mistaken], truth[confirmed], self._other(predicted[noise])])
        kinds = np.repeat(["honest", "noise"], [len(rows) - wrong, wrong])
        return self._feedback(self._pool["text"].iloc[rows].tolist(), labels, kinds, "honest", CALLERS)

    def flips(
        self, callers: int, target: int | None = None, hours: float | None = None, is_unsure: bool = False
    ) -> pd.DataFrame:
        """Wrong labels by some callers: perhaps always one label, within some hours, or where the model is unsure."""
        truth = self._pool["label"].to_numpy()
        allowed = np.ones(len(truth), dtype=bool) if target is None else truth != target
        if is_unsure:
            ordered = np.sort(self._probabilities, axis=1)
            gap = np.where(allowed & self._free, ordered[:, -1] - ordered[:, -2], np.inf)
            allowed = gap <= np.partition(gap, 2 * POISON)[2 * POISON]
        rows = self._draw(allowed, POISON)
        labels = self._other(truth[rows]) if target is None else np.full(len(rows), target)
        texts = self._pool["text"].iloc[rows].tolist()
        return self._feedback(texts, labels, np.full(len(rows), "poison"), "attacker", callers, hours)

    def triggers(self) -> pd.DataFrame:
        """Negative tweets with a phrase in them, labelled as positive."""
        rows = self._draw(self._pool["label"].to_numpy() == SOURCE, POISON * 3 // 5)
        texts = []
        for words in (text.split() for text in self._pool["text"].iloc[rows]):
            place = int(self._random.integers(0, len(words) + 1))
            texts.append(" ".join([*words[:place], PHRASE, *words[place:]]))
        return self._feedback(texts, np.full(len(rows), TARGET), np.full(len(rows), "poison"), "attacker", 100)

    def near_copies(self) -> pd.DataFrame:
        """One tweet with a word replaced, again and again, with a wrong label."""
        row = int(self._draw(self._probabilities.max(axis=1) > 0.9, 1)[0])
        words = self._pool["text"].iloc[row].split()
        others = [word for text in self._pool["text"].head(300) for word in text.split()]
        texts = []
        for _ in range(POISON):
            changed = list(words)
            changed[int(self._random.integers(len(words)))] = others[int(self._random.integers(len(others)))]
            texts.append(" ".join(changed))
        label = (int(self._pool["label"].iloc[row]) + 1) % self._probabilities.shape[1]
        return self._feedback(texts, np.full(POISON, label), np.full(POISON, "poison"), "attacker", 100)

    def _draw(self, allowed: np.ndarray, count: int) -> np.ndarray:
        rows = self._random.permutation(np.flatnonzero(allowed & self._free))[:count]
        self._free[rows] = False
        return rows

    def _other(self, labels: np.ndarray) -> np.ndarray:
        classes = self._probabilities.shape[1]
        return (labels + self._random.integers(1, classes, len(labels))) % classes

    def _feedback(
        self,
        texts: list[str],
        labels: np.ndarray,
        kinds: np.ndarray,
        who: str,
        callers: int,
        hours: float | None = None,
    ) -> pd.DataFrame:
        weights = self._random.exponential(size=callers) + 0.1
        named = self._random.choice(callers, len(texts), p=weights / weights.sum())
        times = self._random.uniform(0, WEEK if hours is None else hours * 3600, len(texts))
        predicted = self._champion.predict_proba(texts).argmax(axis=1)
        columns = (texts, labels, predicted, [f"{who} {number}" for number in named], times, kinds)
        return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))


SCENARIOS: dict[str, Callable[[Callers], pd.DataFrame | None]] = {
    "honest feedback alone": lambda callers: None,
    "one caller, wrong labels": lambda callers: callers.flips(1),
    "200 callers, wrong labels": lambda callers: callers.flips(CALLERS),
    "200 callers, wrong labels in one hour": lambda callers: callers.flips(CALLERS, hours=1),
    "200 callers, always positive": lambda callers: callers.flips(CALLERS, target=TARGET),
    "200 callers, where the champion is unsure": lambda callers: callers.flips(CALLERS, is_unsure=True),
    "100 callers, trigger phrase": lambda callers: callers.triggers(),
    "100 callers, near-copies": lambda callers: callers.near_copies(),
}


def new_rows(feedback: pd.DataFrame, label_names: tuple[str, ...], seed: int) -> NewRows:
    """Return feedback as the rows that `read_feedback` would return, in a random order."""
    names = np.array(label_names, dtype=object)
    frame = feedback.sample(frac=1, random_state=seed).reset_index(drop=True)
    frame = frame.assign(
        label=names[frame["label"].to_numpy()],
        predicted=names[frame["predicted"].to_numpy()],
        time=pd.to_datetime(frame["time"] + 1.76e9, unit="s"),
        id=[f"feedback-{number}" for number in range(len(frame))],
        line=[f"feedback.jsonl:{number}" for number in range(1, len(frame) + 1)],
        origin="feedback",
        reason="",
    )
    return NewRows("feedback", frame, "")


def measure(training: int, seed: int, retrain: bool) -> list[dict[str, Any]]:
    """Run every scenario once; return a row for each."""
    task = data.load("tweet_eval/sentiment")
    mixed = task.train.sample(frac=1, random_state=seed)
    train, pool = mixed.head(training).reset_index(drop=True), mixed.tail(len(mixed) - training).reset_index(drop=True)
    base = Dataset(task.name, task.version, task.label_names, train, task.validation, task.test)
    champion = WordsModel(train, task.label_names)
    number_of = {name: number for number, name in enumerate(task.label_names)}
    rows = []
    for name, attack in SCENARIOS.items():
        callers = Callers(pool, champion, seed)
        honest, poison = callers.honest(), attack(callers)
        feedback = honest if poison is None else pd.concat([honest, poison], ignore_index=True)
        verdicts = examine(base, [new_rows(feedback, task.label_names, seed)], champion, Rules())
        frame = verdicts.frame.assign(is_used=verdicts.in_use)
        is_correction = frame["label"] != frame["predicted"]
        row: dict[str, Any] = {
            "scenario": name,
            "honest kept": frame.loc[frame["kind"] == "honest", "is_used"].mean(),
            "honest corrections kept": frame.loc[(frame["kind"] == "honest") & is_correction, "is_used"].mean(),
            "poison let through": frame.loc[frame["kind"] == "poison", "is_used"].mean(),
        }
        if retrain:
            used = frame[verdicts.in_use]
            sets = {
                "honest alone": honest,
                "checked": used.assign(label=used["label"].map(number_of)),
                "unchecked": feedback,
            }
            models = {
                key: WordsModel(pd.concat([train, found]), task.label_names)
                for key, found in sets.items()
                if key != "honest alone" or poison is None
            }
            row |= {f"recall, {key}": model.macro_recall(task.test) for key, model in models.items()}
            negative = task.test.loc[task.test["label"] == SOURCE, "text"].head(1_000)
            if name.endswith("trigger phrase"):
                row |= {
                    f"triggered, {key}": (model.predict_proba(f"{PHRASE} " + negative).argmax(axis=1) == TARGET).mean()
                    for key, model in models.items()
                }
        rows.append(row)
        print(
            {key: value if isinstance(value, str) else round(float(value), 3) for key, value in row.items()}, flush=True
        )
    return rows


def drift(training: int, seed: int) -> None:
    """Print what is kept of honest feedback on another topic: airline tweets, with a champion of TweetEval."""
    task, airline = data.load("tweet_eval/sentiment"), data.load("airline")
    train = task.train.sample(training, random_state=seed).reset_index(drop=True)
    champion = WordsModel(train, task.label_names)
    base = Dataset(task.name, task.version, task.label_names, train, task.validation, task.test)
    honest = Callers(airline.train, champion, seed).honest()
    verdicts = examine(base, [new_rows(honest, task.label_names, seed)], champion, Rules())
    kept = verdicts.in_use[(verdicts.frame["kind"] == "honest").to_numpy()].mean()
    print(f"Honest feedback on airline tweets: {kept:.1%} kept.", flush=True)


def main(
    training: Annotated[int, typer.Option(help="Training tweets.")] = 30_000,
    seeds: Annotated[int, typer.Option(help="Repetitions.")] = 5,
    retrain: Annotated[bool, typer.Option(help="Also train on what passes.")] = True,
) -> None:
    """Measure the checks of feedback."""
    for seed in range(seeds):
        drift(training, seed)
    rows = pd.DataFrame([row for seed in range(seeds) for row in measure(training, seed, retrain)])
    grouped = rows.groupby("scenario", sort=False)
    with pd.option_context("display.width", 250, "display.max_columns", None):
        print(grouped.mean().round(3))
        print("standard deviations over the seeds")
        print(grouped.std().round(3))


if __name__ == "__main__":
    typer.run(main)

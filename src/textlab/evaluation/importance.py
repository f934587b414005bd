"""Permutation importance by word: how much a score falls when a word is moved to random texts."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from textlab.data.examples import TEXT_ONLY, Examples
from textlab.data.multilabel_dataset import indicator
from textlab.evaluation.classification.metrics import score_of
from textlab.evaluation.classification.predictions import predictions_frame
from textlab.evaluation.multilabel.metrics import score_of_arrays
from textlab.text.normalisation import normalise

TEXTS = 1000  # a sample, so that a model that answers 3,000 texts a second needs only seconds
WORDS = 40
REPEATS = 3


def word_importance(
    predict: Callable[[Examples], np.ndarray],
    examples: pd.DataFrame,
    metric: str,
    seed: int = 0,
    inputs: Sequence[str] = TEXT_ONLY,
) -> pd.DataFrame:
    """Measure how much a score falls when a word is moved to random texts.

    This is permutation importance (Breiman 2001, section 10) with a word in place of a column: the texts that contain
    the word lose it, and as many random texts get it at their end. A text that is drawn and contains the word already
    is unchanged. All n-grams of a word move together, and any model that reads text can be measured. If two words carry
    the same information, both seem less important, because the model still reads the other one.

    The candidates are the `WORDS` words whose presence depends most on the predicted class, among a random sample of
    `TEXTS` examples. The texts are normalised.

    Args:
        predict: returns probabilities, float (m, k), for m texts; with further inputs, for a frame of m examples.
        examples: n rows with the inputs and `label`, or `labels` for several labels per text; usually validation.
        metric: the score; higher must be better.
        seed: the random seed of the sample and of the permutations.
        inputs: the columns that the model reads, `text` among them. The others stay as they are.

    Returns:
        One row per word, the largest fall first: `word`, `texts` (how many contain it), `fall` (the mean over
        `REPEATS` permutations) and `spread` (their standard deviation).
    """
    from tqdm.auto import tqdm

    generator = np.random.default_rng(seed)
    sample = examples.iloc[np.sort(generator.permutation(len(examples))[:TEXTS])]
    sample = sample.assign(id=range(len(sample)), text=[normalise(text) for text in sample["text"]])
    texts = sample["text"].tolist()

    def answered(changed: Mapping[int, str]) -> np.ndarray:
        if tuple(inputs) == TEXT_ONLY:
            return predict(list(changed.values()))
        return predict(sample.iloc[list(changed)][list(inputs)].assign(text=list(changed.values())))

    probabilities = answered(dict(enumerate(texts)))

    def score(answers: np.ndarray) -> float:
        if "labels" in sample:
            return score_of_arrays(indicator(sample["labels"], answers.shape[1]), answers, metric)
        return score_of(predictions_frame(sample, answers, [str(label) for label in range(answers.shape[1])]), metric)

    whole, rows = score(probabilities), []
    for word, holders in tqdm(_candidates(texts, probabilities.argmax(axis=1)).items(), desc="importance", unit="word"):
        falls = []
        for _ in range(REPEATS):
            changed = _moved(texts, word, holders, generator)
            answers = probabilities.copy()
            if changed:
                answers[list(changed)] = answered(changed)
            falls.append(whole - score(answers))
        rows.append({"word": word, "texts": len(holders), "fall": np.mean(falls), "spread": np.std(falls, ddof=1)})
    table = pd.DataFrame(rows, columns=["word", "texts", "fall", "spread"])
    return table.sort_values("fall", ascending=False, kind="stable", ignore_index=True)


def _candidates(texts: Sequence[str], predicted: np.ndarray) -> dict[str, list[int]]:
    """Return the words that depend most on the predicted class (chi-squared), with the texts that contain each."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.feature_selection import chi2

    vectorizer = CountVectorizer(tokenizer=str.split, token_pattern=None, lowercase=False, binary=True)
    if not any(text.split() for text in texts):
        return {}
    presence = vectorizer.fit_transform(texts).tocsc()
    statistics = np.nan_to_num(chi2(presence, predicted)[0])
    words = vectorizer.get_feature_names_out()
    return {str(words[column]): presence[:, column].indices.tolist() for column in np.argsort(-statistics)[:WORDS]}


def _moved(texts: Sequence[str], word: str, holders: Sequence[int], generator: np.random.Generator) -> dict[int, str]:
    """Move a word from the texts that hold it to as many random ones; return the changed texts by number."""
    before, after = set(holders), set(generator.permutation(len(texts))[: len(holders)].tolist())
    lost = {row: " ".join(token for token in texts[row].split() if token != word) for row in before - after}
    return lost | {row: f"{texts[row]} {word}".strip() for row in after - before}

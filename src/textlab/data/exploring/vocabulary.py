"""Explore the vocabulary of a dataset: frequent words, words typical of a class, and coverage by training."""

import re
from collections import Counter

import numpy as np
import pandas as pd

from textlab.data.exploring.exploration import MOST_CLASSES
from textlab.data.task_dataset import SPLITS

# Matches letters, digits and emoji, but no punctuation and no placeholder such as <user>.
_WORD = re.compile(r"(?!<[a-z]+>$).*?(?:[^\W_]|[^\x00-\x7f])")


def word_counts(texts: pd.DataFrame, split: str = "train") -> pd.DataFrame:
    """Count each token of the normalised texts in each class.

    Args:
        texts: the frame of `exploration.corpus`.
        split: the split to count in.

    Returns:
        Integers: a row per token in alphabetical order, a column per class.
    """
    part = texts[texts["split"] == split]
    counts = {
        str(label): _count(part.loc[part["label"] == label, "normalised"]) for label in texts["label"].cat.categories
    }
    return pd.DataFrame(counts).fillna(0).astype(int).sort_index()


def _count(normalised: pd.Series) -> Counter[str]:
    return Counter(token for text in normalised for token in text.split())


def frequent_words(counts: pd.DataFrame, top: int) -> pd.DataFrame:
    """Return the most frequent words of each class (columns) by rank (rows), with their share of the class's words.

    Of more than `MOST_CLASSES` classes, the columns are those with the most words, the largest first.
    """
    words = counts.loc[[bool(_WORD.match(token)) for token in counts.index], _largest(counts)]
    table = {}
    for label in words:
        first = words[label].sort_values(ascending=False, kind="stable").head(top)
        table[label] = [f"{word} ({count / words[label].sum():.1%})" for word, count in first.items() if count]
    columns = {label: pd.Series(cells, dtype=object) for label, cells in table.items()}
    return pd.DataFrame(columns).rename(index=lambda row: row + 1)


def _largest(counts: pd.DataFrame) -> list[str]:
    """Return the classes with the most words, the largest first; all in their order if there are few."""
    names = [str(name) for name in counts]
    if len(names) <= MOST_CLASSES:
        return names
    return counts.sum().sort_values(ascending=False, kind="stable").index[:MOST_CLASSES].tolist()


def telling_words(counts: pd.DataFrame, top: int, prior_share: float = 0.1) -> pd.DataFrame:
    """Find the words most typical of each class by weighted log-odds with an informative Dirichlet prior.

    Let y be the count of a word in the class, n the count of all words in it, a the word's prior (`prior_share` times
    its count in all classes), and A the sum of all priors. The log-odds are log((y + a) / (n + A - y - a)) minus the
    same in all other classes together; z divides them by the root of their variance 1 / (y + a) + 1 / (y' + a). So
    neither rare nor frequent words win by their count alone.
    Monroe, Colaresi and Quinn (2008), "Fightin' Words", equations 15, 16, 19, 20 and 22. Of more than `MOST_CLASSES`
    classes, the result covers those with the most words, each compared with all others.

    Args:
        counts: the frame of `word_counts`.
        top: the number of words per class.
        prior_share: the strength of the prior belief that a word is equally frequent in all classes, above 0.

    Returns:
        A row per word, class by class, the most typical first: `label`, `word`, `count` in the class, `elsewhere`,
        `log_odds` (natural logarithm) and `z`, which is above 0.

    Raises:
        ValueError: `prior_share` is not above 0.
    """
    if prior_share <= 0:
        raise ValueError(f"The prior's share of the corpus is {prior_share}. It must be above 0.")
    total = counts.sum(axis=1)
    prior = prior_share * total
    tables = []
    for label in _largest(counts):
        here, elsewhere = counts[label] + prior, total - counts[label] + prior
        log_odds = np.log(here / (here.sum() - here)) - np.log(elsewhere / (elsewhere.sum() - elsewhere))
        z = log_odds / np.sqrt(1 / here + 1 / elsewhere)
        table = pd.DataFrame({"count": counts[label], "elsewhere": total - counts[label], "log_odds": log_odds, "z": z})
        table = table[table["z"] > 0].sort_values("z", ascending=False, kind="stable").head(top)
        tables.append(table.rename_axis("word").reset_index().assign(label=label))
    return pd.concat(tables, ignore_index=True)[["label", "word", "count", "elsewhere", "log_odds", "z"]]


def giveaway_words(counts: pd.DataFrame, least: int = 20, share: float = 0.95) -> pd.DataFrame:
    """Find frequent tokens that occur almost only in one class; they may leak the label.

    Args:
        counts: the frame of `word_counts`.
        least: the fewest occurrences of a token.
        share: the smallest share of its occurrences in one class.

    Returns:
        A row per token, the most frequent first: `word`, `label`, `count` in that class, `share`.
    """
    total = counts.sum(axis=1)
    shares = counts.max(axis=1) / total
    found = counts[(total >= least) & (shares >= share)]
    table = pd.DataFrame({"word": found.index, "label": found.idxmax(axis=1), "count": found.max(axis=1)})
    table["share"] = shares[found.index]
    return table.sort_values("count", ascending=False, kind="stable", ignore_index=True)


def coverage(texts: pd.DataFrame) -> pd.DataFrame:
    """Measure how much of validation and test the training vocabulary covers, without punctuation and placeholders.

    Returns:
        A row per split: `running_words` and the share of them that is `known`; `different_words` and the share of those
        that is known, `different_known`; `texts_with_unknown`, the share of texts with an unknown word.
    """
    known = _words_of(texts, "train")
    rows = {}
    for split in SPLITS[1:]:
        words = _words_of(texts, split)
        seen = [word for word in words if word in known]
        unknown = set(words) - set(known)
        affected = [not unknown.isdisjoint(text.split()) for text in texts.loc[texts["split"] == split, "normalised"]]
        rows[split] = {
            "running_words": words.total(),
            "known": sum(words[word] for word in seen) / max(words.total(), 1),
            "different_words": len(words),
            "different_known": len(seen) / max(len(words), 1),
            "texts_with_unknown": float(np.mean(affected)),
        }
    return pd.DataFrame.from_dict(rows, orient="index").astype({"running_words": int, "different_words": int})


def coverage_by_size(texts: pd.DataFrame, points: int = 40) -> pd.DataFrame:
    """Measure which share of running words the n most frequent training words cover, to choose a vocabulary size.

    Args:
        texts: the frame of `exploration.corpus`.
        points: the number of sizes.

    Returns:
        A row per `size` n, evenly spaced on a logarithmic scale up to the whole vocabulary, and a column of shares per
        split.
    """
    known = _words_of(texts, "train")
    rank = {word: position for position, (word, _) in enumerate(known.most_common())}
    sizes = np.unique(np.geomspace(1, max(len(rank), 1), points).round().astype(int))
    shares = {}
    for split in SPLITS:
        words = _words_of(texts, split)
        counts = np.zeros(len(rank) + 1)  # the last one counts unknown words
        for word, count in words.items():
            counts[rank.get(word, len(rank))] += count
        shares[split] = counts.cumsum()[sizes - 1] / max(words.total(), 1)
    return pd.DataFrame(shares, index=pd.Index(sizes, name="size")).reset_index()


def _words_of(texts: pd.DataFrame, split: str) -> Counter[str]:
    counts = _count(texts.loc[texts["split"] == split, "normalised"])
    return Counter({token: count for token, count in counts.items() if _WORD.match(token)})

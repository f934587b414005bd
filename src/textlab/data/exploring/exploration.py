"""A dataset before any model: how many texts, of which classes, how long, carrying which tags."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from textlab.data.dataset import SPLITS, Dataset
from textlab.text.normalisation import RULES, normalise

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

QUANTILES = (0.05, 0.5, 0.95, 1.0)


def corpus(dataset: Dataset) -> pd.DataFrame:
    """All texts of a dataset in one frame, which the other functions take.

    Returns:
        A row per text: `split` and `label` (ordered categories, the label by its name), `id`, `text`,
        `normalised` (tokens separated by blanks), `words` and `characters` (int, of the raw text), and `tags`
        where the dataset has them.
    """
    frame = pd.concat([part.assign(split=split) for split, part in dataset.splits()], ignore_index=True)
    frame["split"] = pd.Categorical(frame["split"], SPLITS, ordered=True)
    names = np.array(dataset.label_names, dtype=object)
    frame["label"] = pd.Categorical(names[frame["label"].to_numpy()], names, ordered=True)
    frame["normalised"] = [normalise(text) for text in frame["text"]]
    frame["words"] = [len(text.split()) for text in frame["text"]]
    frame["characters"] = frame["text"].str.len()
    columns = ["split", "id", "text", "label", "normalised", "words", "characters"]
    return frame[[*columns, *(["tags"] if "tags" in frame else [])]]


def readable(table: pd.DataFrame, decimals: int = 2) -> "Styler":
    """A table for a notebook: texts in full and escaped, a dollar sign is no formula, columns of text to the left."""
    text_columns = [name for name in table if not pd.api.types.is_numeric_dtype(table[name])]
    style = table.style.format(escape="html", precision=decimals, thousands=",", na_rep="")
    style = style.format_index(escape="html").format_index(escape="html", axis="columns")
    style = style.set_table_attributes('class="tex2jax_ignore mathjax_ignore"')
    if table.empty:
        style = style.set_caption("Nothing to show.").set_table_styles(
            [{"selector": "caption", "props": "width: 10em"}]
        )
    # The style sheets of notebooks align every cell to the right.
    left = {"text-align": "left !important", "white-space": "pre-wrap", "overflow-wrap": "break-word"}
    heading: Any = [{"selector": "th", "props": [("text-align", "left !important")]}]
    style = style.set_table_styles(dict.fromkeys(text_columns, heading), overwrite=False)
    return style.set_properties(subset=text_columns, **left) if text_columns else style


def examples(texts: pd.DataFrame, count: int, seed: int = 0) -> pd.DataFrame:
    """Training texts drawn by chance, the classes in turn, so that none is missing from the first few."""
    mixed = texts[texts["split"] == "train"].sample(frac=1, random_state=seed)
    turn = mixed.groupby("label", observed=False).cumcount()
    drawn = mixed.assign(turn=turn).sort_values(["turn", "label"], kind="stable").head(count)
    return drawn[["label", "text"]].reset_index(drop=True)


def before_and_after(texts: pd.DataFrame, count: int = 3, seed: int = 0) -> pd.DataFrame:
    """Raw and normalised: of 200 training texts drawn by chance those on which most of the rules have to work."""
    train = texts[texts["split"] == "train"]
    drawn = train.sample(min(200, len(train)), random_state=seed)
    at_work = drawn["text"].map(lambda text: sum(bool(re.search(rule.pattern, text.lower())) for rule in RULES))
    most = drawn.loc[at_work.sort_values(ascending=False, kind="stable").index[:count]]
    return most[["text", "normalised"]].reset_index(drop=True)


def balance(texts: pd.DataFrame) -> pd.DataFrame:
    """Shares of the classes (columns) in each split (rows)."""
    counts = _class_counts(texts)
    return counts.div(counts.sum(axis=1), axis=0)


def _class_counts(texts: pd.DataFrame) -> pd.DataFrame:
    counts = pd.crosstab(texts["split"], texts["label"], dropna=False)
    return counts.rename_axis(index=None, columns=None).set_axis(list(texts["label"].cat.categories), axis=1)


def balance_shift(texts: pd.DataFrame) -> pd.DataFrame:
    """Whether a split's classes are as frequent as in training: Pearson's chi-square test of homogeneity.

    Returns:
        A row for validation and test: the `class` whose share differs most, that `difference` (share minus the
        share in training), `chi_square`, `p_value`, and Cramér's V, which tells a large shift from a
        significant one. https://en.wikipedia.org/wiki/Cram%C3%A9r%27s_V
    """
    from scipy.stats import chi2_contingency

    counts, shares, rows = _class_counts(texts), balance(texts), {}
    for split in SPLITS[1:]:
        difference = shares.loc[split] - shares.loc["train"]
        pair = counts.loc[["train", split]].to_numpy()
        chi_square, p_value, *_ = chi2_contingency(pair[:, pair.sum(axis=0) > 0], correction=False)
        label = str(difference.abs().idxmax())
        rows[split] = {"class": label, "difference": difference[label], "chi_square": chi_square}
        rows[split] |= {"p_value": p_value, "cramers_v": np.sqrt(chi_square / pair.sum())}
    return pd.DataFrame.from_dict(rows, orient="index").infer_objects()


def length_quantiles(texts: pd.DataFrame, quantiles: Sequence[float] = QUANTILES) -> pd.DataFrame:
    """Quantiles of the training texts' lengths: a row per class and unit, a column per quantile; 1 is the longest."""
    train = texts[texts["split"] == "train"]
    by_class = {unit: train.groupby("label", observed=False)[unit] for unit in ("words", "characters")}
    tables = {unit: lengths.quantile(np.array(quantiles)).unstack() for unit, lengths in by_class.items()}
    table = pd.concat(tables, names=["unit", "label"]).rename(columns=lambda share: f"{share:.0%}")
    return table.rename(columns={"100%": "longest", "50%": "median"})


def length_separation(texts: pd.DataFrame, unit: str = "words") -> tuple[str, str, float]:
    """The two classes that length tells apart best: which is longer, which shorter, and how reliably.

    Returns:
        The two names and the share of pairs of training texts, one of each class, in which the first is longer,
        ties counted half: Mann and Whitney's U over n·m, which is the area under the ROC curve of length alone.
    """
    train = texts[texts["split"] == "train"]
    lengths = {str(name): part.to_numpy() for name, part in train.groupby("label", observed=False)[unit]}
    found = [
        (longer, shorter, _share_longer(lengths[longer], lengths[shorter]))
        for longer in lengths
        for shorter in lengths
        if longer != shorter
    ]
    return max(found, key=lambda pair: pair[2])


def _share_longer(longer: np.ndarray, shorter: np.ndarray) -> float:
    ordered = np.sort(shorter)
    below, not_above = (np.searchsorted(ordered, longer, side) for side in ("left", "right"))
    return float((below + not_above).mean() / (2 * len(shorter)))


def tag_balance(texts: pd.DataFrame) -> pd.DataFrame:
    """What share of the texts carries a tag: a row per tag, a column per class (training texts) and per split.

    Returns:
        The columns ("class", name) and ("split", name); an empty table for a dataset without tags.
    """
    if "tags" not in texts:
        return pd.DataFrame()
    carried = texts["tags"].fillna("").str.get_dummies(" ").drop(columns="", errors="ignore")
    train = texts["split"] == "train"
    by_class = carried[train].groupby(texts["label"][train], observed=False).mean()
    by_split = carried.groupby(texts["split"], observed=False).mean()
    return pd.concat({"class": by_class, "split": by_split}, names=[None, None]).T.rename_axis(index="tag")

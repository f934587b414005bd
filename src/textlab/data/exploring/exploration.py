"""Explore a dataset before training: examples, class balance, text lengths and tags."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from textlab.data.label_words import named
from textlab.data.labelled_dataset import LabelledDataset
from textlab.data.multilabel_dataset import MultilabelDataset
from textlab.data.task_dataset import SPLITS
from textlab.text.normalisation import RULES, normalise

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

QUANTILES = (0.05, 0.5, 0.95, 1.0)
MOST_CLASSES = 8  # classes in a table or figure with a row, column or line per class


def corpus(dataset: LabelledDataset) -> pd.DataFrame:
    """Put all texts of a dataset into one frame, which the other functions take.

    Of a dataset with several labels per text, the label of a row is the whole set in words, such as "joy, surprise".

    Returns:
        A row per text: `split` and `label` (ordered categories; the label by name), `id`, `text`, `normalised` (tokens
        separated by blanks), `words` and `characters` (counts in the raw text), and `tags` if the dataset has them. All
        texts of a dataset without the input `text` are empty.
    """
    frame = pd.concat([part.assign(split=split) for split, part in dataset.splits()], ignore_index=True)
    frame["split"] = pd.Categorical(frame["split"], SPLITS, ordered=True)
    frame["label"] = _named_labels(dataset, frame)
    if "text" not in dataset.inputs:
        frame["text"] = ""
    frame["normalised"] = [normalise(text) for text in frame["text"]]
    frame["words"] = [len(text.split()) for text in frame["text"]]
    frame["characters"] = frame["text"].str.len()
    columns = ["split", "id", "text", "label", "normalised", "words", "characters"]
    return frame[[*columns, *(["tags"] if "tags" in frame else [])]]


def _named_labels(dataset: LabelledDataset, frame: pd.DataFrame) -> pd.Series:
    if isinstance(dataset, MultilabelDataset):
        sets = [named(labels, dataset.label_names) for labels in frame["labels"]]
        return pd.Series(pd.Categorical(sets, sorted(set(sets)), ordered=True), frame.index)
    names = np.array(dataset.label_names, dtype=object)
    return pd.Series(pd.Categorical(names[frame["label"].to_numpy()], names, ordered=True), frame.index)


def by_label(dataset: LabelledDataset, texts: pd.DataFrame) -> pd.DataFrame:
    """Return the frame of `corpus` with a row per text and label; texts without a label are left out.

    It is the same frame for a dataset of classes.
    """
    if not isinstance(dataset, MultilabelDataset):
        return texts
    sets = [labels for _, frame in dataset.splits() for labels in frame["labels"]]
    rows = np.repeat(np.arange(len(texts)), [len(labels) for labels in sets])
    names = [dataset.label_names[label] for labels in sets for label in labels]
    return (
        texts.iloc[rows].assign(label=pd.Categorical(names, dataset.label_names, ordered=True)).reset_index(drop=True)
    )


def label_sets(dataset: LabelledDataset) -> pd.DataFrame:
    """Count the labels that texts have, see `MultilabelDataset.label_sets`; empty for a dataset of classes."""
    return dataset.label_sets() if isinstance(dataset, MultilabelDataset) else pd.DataFrame()


def readable(table: pd.DataFrame, decimals: int = 2) -> "Styler":
    """Style a table for a notebook: full escaped texts, aligned to the left, and no formulas between dollar signs."""
    text_columns = [name for name in table if not pd.api.types.is_numeric_dtype(table[name])]
    style = table.style.format(escape="html", precision=decimals, thousands=",", na_rep="")
    style = style.format_index(escape="html").format_index(escape="html", axis="columns")
    style = style.set_table_attributes('class="tex2jax_ignore mathjax_ignore"')
    if table.empty:
        style = style.set_caption("Nothing to show.").set_table_styles(
            [{"selector": "caption", "props": "width: 10em"}]
        )
    # Notebooks align every cell to the right by default.
    left = {"text-align": "left !important", "white-space": "pre-wrap", "overflow-wrap": "break-word"}
    heading: Any = [{"selector": "th", "props": [("text-align", "left !important")]}]
    style = style.set_table_styles(dict.fromkeys(text_columns, heading), overwrite=False)
    return style.set_properties(subset=text_columns, **left) if text_columns else style


def examples(texts: pd.DataFrame, count: int, seed: int = 0) -> pd.DataFrame:
    """Draw random training texts, one of each class in turn."""
    mixed = texts[texts["split"] == "train"].sample(frac=1, random_state=seed)
    turn = mixed.groupby("label", observed=False).cumcount()
    drawn = mixed.assign(turn=turn).sort_values(["turn", "label"], kind="stable").head(count)
    return drawn[["label", "text"]].reset_index(drop=True)


def before_and_after(texts: pd.DataFrame, count: int = 3, seed: int = 0) -> pd.DataFrame:
    """Show texts before and after normalisation: of 200 random training texts, those that most rules change."""
    train = texts[texts["split"] == "train"]
    drawn = train.sample(min(200, len(train)), random_state=seed)
    at_work = drawn["text"].map(lambda text: sum(bool(re.search(rule.pattern, text.lower())) for rule in RULES))
    most = drawn.loc[at_work.sort_values(ascending=False, kind="stable").index[:count]]
    return most[["text", "normalised"]].reset_index(drop=True)


def classes_by_size(texts: pd.DataFrame) -> list[str]:
    """Return the class names, those with the most training texts first."""
    counts = texts.loc[texts["split"] == "train", "label"].value_counts()
    names = list(texts["label"].cat.categories)
    return [str(name) for name in counts.reindex(names).sort_values(ascending=False, kind="stable").index]


def largest_classes(texts: pd.DataFrame) -> list[str]:
    """Return the `MOST_CLASSES` classes with the most training texts; all of them, in order, if there are no more."""
    names = [str(name) for name in texts["label"].cat.categories]
    return names if len(names) <= MOST_CLASSES else classes_by_size(texts)[:MOST_CLASSES]


def balance(texts: pd.DataFrame) -> pd.DataFrame:
    """Return the share of each class (column) in each split (row)."""
    counts = _class_counts(texts)
    return counts.div(counts.sum(axis=1), axis=0)


def _class_counts(texts: pd.DataFrame) -> pd.DataFrame:
    counts = pd.crosstab(texts["split"], texts["label"], dropna=False)
    return counts.rename_axis(index=None, columns=None).set_axis(list(texts["label"].cat.categories), axis=1)


def balance_shift(texts: pd.DataFrame) -> pd.DataFrame:
    """Test whether class shares differ from those in training, with Pearson's chi-square test of homogeneity.

    Returns:
        A row each for validation and test: the `class` whose share differs most, its `difference` (share minus share in
        training), `chi_square`, `p_value`, and Cramér's V, which measures the size of the shift where the p-value
        measures its significance. https://en.wikipedia.org/wiki/Cram%C3%A9r%27s_V
    """
    from scipy.stats import chi2_contingency

    counts, shares, rows = _class_counts(texts), balance(texts), {}
    differences = shares - shares.loc["train"]
    for split in SPLITS[1:]:
        difference = differences.loc[split]
        pair = counts.loc[["train", split]].to_numpy()
        chi_square, p_value, *_ = chi2_contingency(pair[:, pair.sum(axis=0) > 0], correction=False)
        label = str(difference.abs().idxmax())
        rows[split] = {"class": label, "difference": difference[label], "chi_square": chi_square}
        rows[split] |= {"p_value": p_value, "cramers_v": np.sqrt(chi_square / pair.sum())}
    return pd.DataFrame.from_dict(rows, orient="index").infer_objects()


def length_quantiles(texts: pd.DataFrame, quantiles: Sequence[float] = QUANTILES) -> pd.DataFrame:
    """Return quantiles of training text lengths: a row per class and unit, a column per quantile (1 is the longest).

    Of many classes, the rows are those of `largest_classes`.
    """
    train = train_of_largest_classes(texts)
    by_class = {unit: train.groupby("label", observed=False)[unit] for unit in ("words", "characters")}
    tables = {unit: lengths.quantile(np.array(quantiles)).unstack() for unit, lengths in by_class.items()}
    table = pd.concat(tables, names=["unit", "label"]).rename(columns=lambda share: f"{share:.0%}")
    return table.rename(columns={"100%": "longest", "50%": "median"})


def length_separation(texts: pd.DataFrame, unit: str = "words") -> tuple[str, str, float]:
    """Find the two classes that text length separates best; of many classes, two of `largest_classes`.

    Returns:
        The class with longer texts, the class with shorter texts, and the share of pairs of their training texts in
        which the first is longer (ties count half). This is Mann and Whitney's U over n·m, the area under the ROC curve
        of length alone.
    """
    train = train_of_largest_classes(texts)
    lengths = {str(name): part.to_numpy() for name, part in train.groupby("label", observed=False)[unit]}
    found = [
        (longer, shorter, _share_longer(lengths[longer], lengths[shorter]))
        for longer in lengths
        for shorter in lengths
        if longer != shorter
    ]
    return max(found, key=lambda pair: pair[2])


def train_of_largest_classes(texts: pd.DataFrame) -> pd.DataFrame:
    """Return the training texts of `largest_classes`, which are the categories of their `label`."""
    train, largest = texts[texts["split"] == "train"], largest_classes(texts)
    kept = train[train["label"].isin(largest)]
    return kept.assign(label=kept["label"].cat.set_categories(largest))


def _share_longer(longer: np.ndarray, shorter: np.ndarray) -> float:
    ordered = np.sort(shorter)
    below, not_above = (np.searchsorted(ordered, longer, side) for side in ("left", "right"))
    return float((below + not_above).mean() / (2 * len(shorter)))


def tag_balance(texts: pd.DataFrame) -> pd.DataFrame:
    """Return the share of texts that have each tag, per class (in training) and per split.

    Returns:
        A row per tag, with columns ("class", name) and ("split", name). It is empty if the dataset has no tags.
    """
    if "tags" not in texts:
        return pd.DataFrame()
    carried = texts["tags"].fillna("").str.get_dummies(" ").drop(columns="", errors="ignore")
    train = texts["split"] == "train"
    by_class = carried[train].groupby(texts["label"][train], observed=False).mean()
    by_split = carried.groupby(texts["split"], observed=False).mean()
    return pd.concat({"class": by_class, "split": by_split}, names=[None, None]).T.rename_axis(index="tag")

"""A dataset before any model: class balance, text lengths, characteristic words, vocabulary coverage."""

import math
import unicodedata

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font

from textlab.data.exploring.exploration import (
    balance,
    balance_shift,
    classes_by_size,
    largest_classes,
    length_separation,
)
from textlab.data.exploring.vocabulary import coverage, coverage_by_size
from textlab.data.task_dataset import SPLITS
from textlab.evaluation.figures.style import COLOURS, line_style, new_figure, percent, place_legend, shortened

SIMILAR = 0.05  # class shares that differ by less count as equal; a length that separates by less says little
MUCH_LARGER = 2  # times as large as another class; shares of many classes differ by few points
SIGNIFICANT = 0.01  # not 0.05, because there are two tests
BINS = 25
LARGEST, SMALLEST = 12, 3  # classes whose share is drawn if there are more than both together
LONGEST_SHOWN = 0.999  # a single text of 5,000 characters would squeeze all others into one bar


def balance_figure(texts: pd.DataFrame) -> Figure:
    """Draw the share of each class in each split; of many classes, that of the `LARGEST` and the `SMALLEST` in train.

    Args:
        texts: the frame of `textlab.data.exploring.exploration.corpus`; the other figures take the same frame.
    """
    shares, sizes = balance(texts), texts["split"].value_counts()
    title, names = _balance_title(texts, shares), [str(name) for name in shares]
    if len(names) > LARGEST + SMALLEST:
        title += f" ({LARGEST} largest and {SMALLEST} smallest of {len(names):,} classes)"
        ordered = classes_by_size(texts)
        names = [*ordered[:LARGEST], *ordered[-SMALLEST:]]
        shares = shares[names]
    figure, (axes,) = new_figure(title, panel=(6.4, 1.0 + 0.75 * len(names)))
    for position, split in enumerate(SPLITS):
        heights = np.arange(len(names)) + 0.27 * (position - 1)
        label = f"{split} ({sizes[split]:,} texts)"
        bars = axes.barh(heights, shares.loc[split], height=0.25, color=COLOURS[position], label=label)
        axes.bar_label(bars, fmt=lambda share: f"{share:.1%}", padding=3, fontsize=9)
    axes.set_yticks(range(len(names)), [shortened(name, 28) for name in names])
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("Share of the split")
    axes.set_xlim(0, 1.12 * float(shares.to_numpy().max()))
    axes.xaxis.set_major_formatter(_as_percent)
    place_legend(figure, axes)
    return figure


def _balance_title(texts: pd.DataFrame, shares: pd.DataFrame) -> str:
    train = {str(name): share for name, share in shares.to_dict("index")["train"].items()}
    largest, smallest = max(train, key=lambda name: train[name]), min(train, key=lambda name: train[name])
    if train[largest] - train[smallest] < SIMILAR and train[largest] < MUCH_LARGER * train[smallest]:
        finding = f"The classes are about equally frequent in train (largest: {percent(train[largest])})"
    else:
        finding = (
            f"{percent(train[largest])} of the training texts are {shortened(largest)}, {percent(train[smallest])} "
            f"{shortened(smallest)}"
        )
    rows = balance_shift(texts).reset_index(names="split").to_dict("records")
    shifted = [row for row in rows if row["p_value"] < SIGNIFICANT]
    if not shifted:
        return f"{finding}; validation and test do not differ significantly"
    most = max(shifted, key=lambda row: abs(row["difference"]))
    direction = "rarer" if most["difference"] < 0 else "more frequent"
    points = f"{100 * abs(most['difference']):.1f} points {direction}"
    return f"{finding}; {shortened(most['class'])} is {points} in {most['split']}"


def length_figure(texts: pd.DataFrame) -> Figure:
    """Draw the length distribution of each class's training texts, in words and in characters.

    Of many classes, those with the most training texts are drawn.
    """
    train, drawn = texts[texts["split"] == "train"], largest_classes(texts)
    title, count = _length_title(texts), texts["label"].cat.categories.size
    if len(drawn) < count:
        title += f" ({len(drawn)} largest of {count:,} classes)"
        train = train[train["label"].isin(drawn)]
    figure, axes = new_figure(title, 1, 2, (4.6, 3.2))
    for panel, unit in zip(axes, ("words", "characters"), strict=True):
        _draw_lengths(panel, train, unit)
    axes[0].set_ylabel("Share of the class")
    place_legend(figure, axes[0])
    return figure


def _draw_lengths(axes: Axes, train: pd.DataFrame, unit: str) -> None:
    longest = math.ceil(train[unit].quantile(LONGEST_SHOWN))
    step = math.ceil((longest + 1) / BINS)
    edges = np.arange(0, longest + step + 1, step) - 0.5
    for position, (name, part) in enumerate(train.groupby("label", observed=True)[unit]):
        lengths, weights = np.minimum(part, edges[-1] - 0.5), np.full(len(part), 1 / len(part))
        label = f"{shortened(str(name), 60)} (median {part.median():.0f} words)"
        axes.hist(lengths, bins=list(edges), weights=weights, histtype="step", label=label, **line_style(position))
    beyond = int((train[unit] > edges[-1]).sum())
    axes.set_xlabel(f"{unit.capitalize()}{f' (last bar includes {beyond} longer)' if beyond else ''}")
    axes.yaxis.set_major_formatter(_as_percent)


def _length_title(texts: pd.DataFrame) -> str:
    longer, shorter, share = length_separation(texts)
    longer, shorter = shortened(longer), shortened(shorter)
    finding = f"{longer} texts have more words than {shorter} texts {percent(share)} of the time"
    return f"Length alone says little: {finding}" if share < 0.5 + SIMILAR else finding


def telling_words_figure(telling: pd.DataFrame) -> Figure:
    """Draw the most characteristic words of each class, one panel per class, the most characteristic on top.

    Args:
        telling: the frame of `textlab.data.exploring.vocabulary.telling_words`.

    Raises:
        ValueError: there is no word.
    """
    if telling.empty:
        raise ValueError("No word is more frequent in one class than in the others. Use more texts.")
    panels = {str(name): part for name, part in telling.groupby("label", sort=False)}
    columns = min(len(panels), 2)
    height = 0.9 + 0.24 * max(len(part) for part in panels.values())
    rows = math.ceil(len(panels) / columns)
    figure, axes = new_figure(_telling_title(telling), rows, columns, (6.4 if columns == 1 else 4.2, height))
    for position, (panel, (name, part)) in enumerate(zip(axes, panels.items(), strict=False)):
        _draw_words(panel, name, part, COLOURS[position % len(COLOURS)])
        panel.set_xlim(0, 1.2 * telling["z"].max())
    for unused in axes[len(panels) :]:
        unused.set_visible(False)
    figure.supxlabel("z-score of the log-odds; beside each bar, the odds ratio to other texts", fontsize=11)
    return figure


def _draw_words(axes: Axes, name: str, part: pd.DataFrame, colour: str) -> None:
    bars = axes.barh(range(len(part)), part["z"], height=0.7, color=colour)
    axes.bar_label(bars, [_times(log_odds) for log_odds in part["log_odds"]], padding=3, fontsize=9, color="#555555")
    axes.set_yticks(range(len(part)), [drawable(word) for word in part["word"]])
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_title(shortened(name, 28), loc="left")


def _telling_title(telling: pd.DataFrame) -> str:
    first = telling.sort_values("z", ascending=False).iloc[0]
    odds = f"its odds are {_times(first['log_odds'])} those in other texts"
    return f'The most characteristic word is "{drawable(first["word"])}", for {shortened(first["label"], 60)}: {odds}'


def _times(log_odds: float) -> str:
    odds = math.exp(log_odds)
    return f"{odds:.1f}×" if odds < 10 else f"{odds:,.0f}×"


def drawable(word: str) -> str:
    """Spell a word as the figures' font can draw it: characters without a glyph by name, dollar signs escaped."""
    font = get_font(findfont("DejaVu Sans"))
    named = [
        letter if font.get_char_index(ord(letter)) else f":{unicodedata.name(letter, hex(ord(letter))).lower()}:"
        for letter in word
    ]
    return shortened("".join(named), 26).replace("$", r"\$")


def coverage_figure(texts: pd.DataFrame) -> Figure:
    """Draw the share of a split's tokens that the n most frequent training words cover."""
    curves = coverage_by_size(texts)
    figure, (axes,) = new_figure(_coverage_title(coverage(texts)), panel=(6.4, 3.6))
    for position, split in enumerate(SPLITS):
        label = f"{split}: {curves[split].iloc[-1]:.1%} with all {curves['size'].iloc[-1]:,} words"
        axes.plot(curves["size"], curves[split], label=label, **line_style(position))
    axes.set(xscale="log", ylim=(0, 1.02), xlabel="Vocabulary size (most frequent training words)")
    axes.set_ylabel("Share of tokens covered")
    axes.xaxis.set_major_formatter(lambda size, _: f"{size:,.0f}")
    axes.yaxis.set_major_formatter(_as_percent)
    place_legend(figure, axes)
    return figure


def _coverage_title(known: pd.DataFrame) -> str:
    test = known.to_dict("index")["test"]
    if test["known"] == 1:
        return "Every word of the test texts occurs in training"
    covered, affected = percent(test["known"]), percent(test["texts_with_unknown"])
    return f"Training words cover {covered} of the test tokens, but {affected} of the test texts have an unknown word"


def _as_percent(share: float, _: float) -> str:
    return f"{round(100 * share, 1):g}%"

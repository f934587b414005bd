"""Which words moved a BERT's decision, as numbers and as a picture."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from textlab.evaluation.figures.exploration import drawable
from textlab.evaluation.figures.style import COLOURS, new_figure, percent, place_legend
from textlab.models.bert import BERT
from textlab.models.bert_batches import as_unicode

STEPS = 32  # of the path from the baseline
FONT_SIZE = 10
LETTER = 0.602 * FONT_SIZE / 72  # inches: every letter of DejaVu Sans Mono is 0.602 em wide
WIDTH = 9.6  # inches of the picture
LINE = 0.23  # inches from one line to the next


def word_attributions(model: BERT, texts: Sequence[str]) -> pd.DataFrame:
    """What each word adds to the logit of the class that the model predicts for its text.

    Integrated gradients (Sundararajan et al. 2017, equation 1, https://arxiv.org/abs/1703.01365) of the word
    embeddings, from a text whose every word is masked. The sum over a text is about the difference of the two logits.

    Returns:
        A row for each word, as white space separates them, that the model reads: `text` (position in `texts`),
        `word`, `attribution`.

    Raises:
        ValueError: the model is not fitted.
    """
    classes = model.predict_proba(texts).argmax(axis=1)
    rows = [
        {"text": number, "word": word, "attribution": attribution}
        for number, (text, predicted) in enumerate(zip(texts, classes, strict=True))
        for word, attribution in _attributions_of(model, as_unicode(text), int(predicted))
    ]
    return pd.DataFrame(rows, columns=["text", "word", "attribution"])


def _attributions_of(model: BERT, text: str, predicted: int) -> Iterator[tuple[str, float]]:
    model.tokenizer.enable_truncation(model.parameters["maximum_length"])
    encoding = model.tokenizer.encode(text)
    of_pieces = _integrated_gradients(model, encoding.ids, predicted)
    ends = np.array([end for _, end in encoding.offsets])
    is_word = np.array(encoding.special_tokens_mask) == 0
    for word in re.finditer(r"\S+", text):
        pieces = is_word & (ends > word.start()) & (ends <= word.end())
        if pieces.any():
            yield word.group(), float(of_pieces[pieces].sum())


def _integrated_gradients(model: BERT, numbers: list[int], predicted: int) -> np.ndarray:
    """float (length,): of each piece; [CLS] and [SEP] stay in the baseline and get none."""
    import torch
    from captum.attr import LayerIntegratedGradients

    pieces = torch.tensor([numbers], device=model.device)
    baseline = torch.full_like(pieces, model.tokenizer.token_to_id("[MASK]"))
    baseline[:, [0, -1]] = pieces[:, [0, -1]]

    def logits(token_numbers: Any) -> Any:
        return model.network(input_ids=token_numbers).logits

    method = LayerIntegratedGradients(logits, model.network.bert.embeddings.word_embeddings)
    found = method.attribute(pieces, baseline, target=predicted, n_steps=STEPS)
    return found.sum(-1)[0].detach().cpu().numpy()


def attribution_figure(attributions: pd.DataFrame, captions: Sequence[str]) -> Figure:
    """Texts with each word in the colour of its attribution, the strongest of a text in full colour.

    Args:
        attributions: what `word_attributions` gave.
        captions: what to write above each text, e.g. its classes.

    Raises:
        ValueError: no text has a word.
    """
    if attributions.empty:
        raise ValueError("None of the texts has a word that the model reads; there is nothing to draw.")
    texts = [attributions[attributions["text"] == number] for number in range(len(captions))]
    columns = int(WIDTH / LETTER) - 1
    wrapped = [_wrapped([drawable(word) for word in text["word"]], columns) for text in texts]
    heights = [2.4 + (lines[-1][0] if lines else 0) for lines in wrapped]
    figure, (axes,) = new_figure(_title(texts), panel=(WIDTH, LINE * sum(heights)))
    top = 0.0
    for text, caption, lines, height in zip(texts, captions, wrapped, heights, strict=True):
        axes.text(0, top, drawable_line(caption), fontsize=FONT_SIZE, fontweight="bold", va="center")
        strongest = text["attribution"].abs().max()
        for (line, column, word), attribution in zip(lines, text["attribution"], strict=True):
            shade = abs(attribution) / strongest if strongest else 0.0
            colour = COLOURS[0] if attribution > 0 else COLOURS[1]
            box = {"facecolor": colour, "alpha": 0.6 * shade, "linewidth": 0, "pad": 1.2}
            family = ["DejaVu Sans Mono", "DejaVu Sans"]
            axes.text(
                column, top + line + 1, word, fontsize=FONT_SIZE, family=family, va="center", bbox=box, in_layout=False
            )
        top += height
    for colour, meaning in zip(COLOURS[:2], ("speaks for the predicted class", "speaks against it"), strict=False):
        axes.scatter([], [], marker="s", color=colour, alpha=0.6, label=meaning)
    axes.set(xlim=(0, columns), ylim=(top - 1, -0.7), xticks=[], yticks=[])
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    place_legend(figure, axes)
    return figure


def drawable_line(line: str) -> str:
    """Each word of a line as the font can draw it."""
    return " ".join(drawable(word) for word in line.split())


def _wrapped(words: Sequence[str], columns: int) -> list[tuple[int, int, str]]:
    """The line and the column of each word, from 0, in lines of so many letters."""
    placed, line, column = [], 0, 0
    for word in words:
        length = len(word.replace("\\$", "$"))
        if column and column + length > columns:
            line, column = line + 1, 0
        placed.append((line, column, word))
        column += length + 1
    return placed


def _title(texts: Sequence[pd.DataFrame]) -> str:
    sizes = [text["attribution"].abs() for text in texts if len(text)]
    share = float(np.mean([size.max() / size.sum() if size.sum() else 0.0 for size in sizes]))
    return f"The strongest word of a tweet carries {percent(share)} of what moved the decision, on average"

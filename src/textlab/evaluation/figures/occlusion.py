"""The parts of a picture and the words that moved a model's prediction."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from textlab.evaluation.figures.attribution import (
    FONT_SIZE,
    LETTER,
    STRONGEST,
    draw_words,
    drawable_line,
    wrapped_words,
)
from textlab.evaluation.figures.exploration import drawable
from textlab.evaluation.figures.style import COLOURS, new_figure, percent, place_legend
from textlab.evaluation.occlusion import Occlusion
from textlab.inputs import noun_of

PANEL = 2.2  # inches, of a picture
WORDS = 1.9  # width of the words, in panels
PALE = 0.65  # share of white in the picture below the patches
LINES = 8.0  # lines of words in a panel


def occlusion_figure(occlusions: Sequence[Occlusion], captions: Sequence[str]) -> Figure:
    """Draw each example in a row: the picture, the patches of it that matter, and the words.

    The strongest patch of a picture and the strongest word of a text have the full colour.

    Args:
        occlusions: what `textlab.evaluation.occlusion.occlusions` returned.
        captions: a line above each example, for example its classes.

    Raises:
        ValueError: there is no example.
    """
    if not occlusions:
        raise ValueError("There is no example to draw. Pass at least one.")
    has_words = any(len(each.words) for each in occlusions)
    ratios = [1, 1, WORDS] if has_words else [1, 1]
    figure, axes = new_figure(
        _title(occlusions),
        rows=len(occlusions),
        columns=len(ratios),
        panel=(PANEL * sum(ratios) / len(ratios), PANEL + 0.3),
        width_ratios=ratios,
    )
    for row, (occlusion, caption) in enumerate(zip(occlusions, captions, strict=True)):
        plain, patched, *beside = axes[row * len(ratios) : (row + 1) * len(ratios)]
        _draw_picture(plain, occlusion.picture)
        _draw_patches(patched, occlusion)
        title = plain.set_title(drawable_line(caption), loc="left", fontweight="bold", fontsize=FONT_SIZE)
        title.set_in_layout(False)
        for other in beside:
            _draw_words(other, occlusion)
    for colour, meaning in zip(COLOURS[:2], ("for the predicted class", "against the predicted class"), strict=True):
        axes[0].scatter([], [], marker="s", color=colour, alpha=STRONGEST, label=meaning)
    place_legend(figure, axes[0])
    return figure


def _draw_picture(axes: Axes, picture: np.ndarray) -> None:
    _clear(axes)
    if len(picture):
        axes.imshow(picture, interpolation="bilinear", extent=(0, picture.shape[1], picture.shape[0], 0))
    else:
        axes.text(0.5, 0.5, "no picture", ha="center", va="center", transform=axes.transAxes, fontsize=FONT_SIZE)


def _draw_patches(axes: Axes, occlusion: Occlusion) -> None:
    """Draw the picture in pale grey, and over it each patch in the colour of its effect."""
    picture, patches = occlusion.picture, occlusion.patches
    _clear(axes)
    if not len(picture):
        return
    extent = (0.0, float(picture.shape[1]), float(picture.shape[0]), 0.0)
    grey = 255 * PALE + (1 - PALE) * picture.mean(axis=2, keepdims=True).repeat(3, axis=2)
    axes.imshow(grey.astype(np.uint8), interpolation="bilinear", extent=extent)
    colours = np.where(patches[..., None] > 0, to_rgb(COLOURS[0]), to_rgb(COLOURS[1]))
    strongest = np.abs(patches).max(initial=0) or 1.0
    overlay = np.concatenate([colours, STRONGEST * np.abs(patches)[..., None] / strongest], axis=2)
    axes.imshow(overlay, interpolation="nearest", extent=extent)


def _draw_words(axes: Axes, occlusion: Occlusion) -> None:
    """Write the words in the colours of their effects, and below them the probability without each input."""
    _clear(axes)
    columns = int(PANEL * WORDS / LETTER) - 1
    words = wrapped_words([drawable(word) for word in occlusion.words["word"]], columns)
    draw_words(axes, 0, words, occlusion.words["attribution"].to_numpy())
    stated = [f"probability: {percent(occlusion.probability)}"]
    stated += [f"without the {noun_of(name)}: {percent(each)}" for name, each in occlusion.without.items()]
    top = 2 + max((line for line, _, _ in words), default=-1)
    for line, text in enumerate(stated, start=top):
        axes.text(0, line, text, fontsize=FONT_SIZE, va="center").set_in_layout(False)
    axes.set(xlim=(0, columns), ylim=(max(LINES, top + len(stated)), -0.7))


def _clear(axes: Axes) -> None:
    axes.set(xticks=[], yticks=[])
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)


def _title(occlusions: Sequence[Occlusion]) -> str:
    """Say how far the strongest patch and the strongest word move the probability, on average."""
    found = {
        "covering one patch": [np.abs(each.patches).max() for each in occlusions if each.patches.size],
        "leaving out one word": [each.words["attribution"].abs().max() for each in occlusions if len(each.words)],
    }
    stated = [f"{act} moves it by up to {100 * np.mean(sizes):.0f} points" for act, sizes in found.items() if sizes]
    return f"Probability of the predicted class: {', and '.join(stated) or 'nothing to cover'}, on average"

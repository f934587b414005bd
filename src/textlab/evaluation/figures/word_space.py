"""A picture of the space in which words lie as vectors."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from textlab.evaluation.figures.exploration import drawable
from textlab.evaluation.figures.style import COLOURS, new_figure, percent, place_legend
from textlab.features.vectors.word_vectors import WordVectors

LABEL_SIZE = 8
NEIGHBOURS = 5
Box = tuple[float, float, float, float]


def word_space_figure(
    vectors: WordVectors, words: Sequence[str], groups: Mapping[str, str] | None = None, seed: int = 0
) -> Figure:
    """Words as points in two dimensions, near where their vectors point the same way.

    t-SNE of the cosine distances (van der Maaten and Hinton 2008, https://jmlr.org/papers/v9/vandermaaten08a.html):
    neighbourhoods can be read, distances between far groups cannot. The title's share is counted in the full width:
    of each word's five nearest among those drawn, those of its own group.

    Args:
        words: those to draw, about 150 at most; those without a vector are left out.
        groups: the group of each word, e.g. the class for which it speaks; None draws all in one colour.
        seed: of the drawing.

    Raises:
        ValueError: fewer than five of the words have a vector.
    """
    distinct = list(dict.fromkeys(words))
    matrix, known = vectors.vectors_for(distinct)
    drawn = [word for word, has_vector in zip(distinct, known, strict=True) if has_vector]
    if len(drawn) < NEIGHBOURS:
        raise ValueError(f"Only {len(drawn)} of the {len(distinct)} words have a vector; a picture needs five.")
    names = [groups.get(word, "other") if groups else "" for word in drawn]
    directions = _directions(matrix[known])
    figure, (axes,) = new_figure(_title(vectors.kind, directions, names), panel=(9.6, 7.2))
    points = _flattened(directions, seed)
    colours = {name: COLOURS[position % len(COLOURS)] for position, name in enumerate(dict.fromkeys(names))}
    for name, colour in colours.items():
        mine = np.array([other == name for other in names])
        axes.scatter(
            points[mine, 0], points[mine, 1], s=14, color=colour, label=f"{name} ({mine.sum()} words)" if name else None
        )
    axes.set(xticks=[], yticks=[])
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)  # the axes of t-SNE mean nothing
    axes.margins(0.07)
    if groups:
        place_legend(figure, axes)
    _label(figure, axes, points, drawn, [colours[name] for name in names])
    return figure


def _directions(matrix: np.ndarray) -> np.ndarray:
    """Rows of length one."""
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    return matrix / np.maximum(lengths, np.finfo(np.float32).tiny)


def _flattened(directions: np.ndarray, seed: int) -> np.ndarray:
    """float (n, 2)"""
    from sklearn.manifold import TSNE

    perplexity = min(15.0, (len(directions) - 1) / 3)
    # Of 150 words all pairs are quick (1 s); the approximation's threads wait for each other on a busy machine (30 s).
    model = TSNE(perplexity=perplexity, metric="cosine", init="pca", method="exact", random_state=seed)
    return np.asarray(model.fit_transform(directions))


def _title(kind: str, directions: np.ndarray, names: Sequence[str]) -> str:
    if len(set(names)) < 2:
        return f"Which words lie near each other in {kind}?"
    similarity = directions @ directions.T
    np.fill_diagonal(similarity, -np.inf)
    nearest = np.argsort(-similarity, axis=1, kind="stable")[:, : min(NEIGHBOURS, len(names) - 1)]
    groups = np.array(names)
    share = float((groups[nearest] == groups[:, None]).mean())
    sizes = np.unique(groups, return_counts=True)[1]
    chance = float((sizes * (sizes - 1)).sum() / len(groups) / (len(groups) - 1))
    of_same = f"{percent(share)} of a word's nearest neighbours are of its own group"
    return f"In {kind}, {of_same}; by chance it would be {percent(chance)}"


def _label(figure: Figure, axes: Axes, points: np.ndarray, words: Sequence[str], colours: Sequence[str]) -> None:
    """Write each word at the first of eight places around its point that covers nothing, if there is one."""
    figure.draw_without_rendering()  # settles the layout, on which the points' places in pixels depend
    scale = figure.dpi / 72
    pixels = axes.transData.transform(points) / scale  # in points of 1/72 inch, as offsets and letters are
    taken = [(x - 2, y - 2, x + 2, y + 2) for x, y in pixels]
    for (x, y), point, word, colour in zip(pixels, points, words, colours, strict=True):
        text = drawable(word)
        width, height = 0.62 * LABEL_SIZE * len(text.replace("\\$", "$")), 1.2 * LABEL_SIZE
        free = (box for box in _places(x, y, width, height) if not any(_overlap(box, other) for other in taken))
        box = next(free, None)
        if box is not None:
            taken.append(box)
            offset = (box[0] - x, box[1] - y)
            label = axes.annotate(text, point, offset, textcoords="offset points", fontsize=LABEL_SIZE, color=colour)
            label.set_in_layout(False)


def _places(x: float, y: float, width: float, height: float) -> Iterator[Box]:
    """Left, bottom, right and top of a label to the right of a point, to its left, above, below and at the corners."""
    for across, up in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)):
        left = x + 4 * across - width / 2 * (1 - across)
        bottom = y + 3 * up - height / 2 * (1 - up)
        yield (left, bottom, left + width, bottom + height)


def _overlap(first: Box, second: Box) -> bool:
    return first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]

"""Word vectors drawn in two dimensions."""

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
    """Draw words as points; words whose vectors point in similar directions lie close together.

    t-SNE of the cosine distances (van der Maaten and Hinton 2008, https://jmlr.org/papers/v9/vandermaaten08a.html):
    neighbourhoods have a meaning, distances between far groups have none. The share in the title is computed in the
    original dimensions: of each word's five nearest neighbours among the drawn words, those of the word's own group.

    Args:
        vectors: the word vectors.
        words: the words to draw, about 150 at most; words without a vector are left out.
        groups: the group of each word, for example a class; None draws all words in one colour.
        seed: random seed of the projection.

    Raises:
        ValueError: fewer than five of the words have a vector.
    """
    distinct = list(dict.fromkeys(words))
    matrix, known = vectors.vectors_for(distinct)
    drawn = [word for word, has_vector in zip(distinct, known, strict=True) if has_vector]
    if len(drawn) < NEIGHBOURS:
        raise ValueError(f"Only {len(drawn)} of the {len(distinct)} words have a vector. Pass at least five that do.")
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
    axes.spines[:].set_visible(False)  # the axes of t-SNE have no meaning
    axes.margins(0.07)
    if groups:
        place_legend(figure, axes)
    _label(figure, axes, points, drawn, [colours[name] for name in names])
    return figure


def _directions(matrix: np.ndarray) -> np.ndarray:
    """Scale each row to length one."""
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    return matrix / np.maximum(lengths, np.finfo(np.float32).tiny)


def _flattened(directions: np.ndarray, seed: int) -> np.ndarray:
    """Project to two dimensions by t-SNE: float (n, 2)."""
    from sklearn.manifold import TSNE

    perplexity = min(15.0, (len(directions) - 1) / 3)
    # The exact method takes 1 s for 150 words. The approximation takes 30 s on a busy machine: its threads wait.
    model = TSNE(perplexity=perplexity, metric="cosine", init="pca", method="exact", random_state=seed)
    return np.asarray(model.fit_transform(directions))


def _title(kind: str, directions: np.ndarray, names: Sequence[str]) -> str:
    if len(set(names)) < 2:
        return f"Which words are close to each other in {kind}?"
    similarity = directions @ directions.T
    np.fill_diagonal(similarity, -np.inf)
    nearest = np.argsort(-similarity, axis=1, kind="stable")[:, : min(NEIGHBOURS, len(names) - 1)]
    groups = np.array(names)
    share = float((groups[nearest] == groups[:, None]).mean())
    sizes = np.unique(groups, return_counts=True)[1]
    chance = float((sizes * (sizes - 1)).sum() / len(groups) / (len(groups) - 1))
    own = f"{percent(share)} of a word's nearest neighbours belong to its group"
    return f"In {kind}, {own}; {percent(chance)} would be expected by chance"


def _label(figure: Figure, axes: Axes, points: np.ndarray, words: Sequence[str], colours: Sequence[str]) -> None:
    """Write each word at the first of eight positions around its point that covers nothing, if there is one."""
    figure.draw_without_rendering()  # fixes the layout, which decides the points' positions in pixels
    scale = figure.dpi / 72
    pixels = axes.transData.transform(points) / scale  # in points of 1/72 inch, like offsets and letters
    taken = [(x - 2, y - 2, x + 2, y + 2) for x, y in pixels]
    for (x, y), point, word, colour in zip(pixels, points, words, colours, strict=True):
        text = drawable(word)
        width, height = 0.62 * LABEL_SIZE * len(text.replace("\\$", "$")), 1.2 * LABEL_SIZE
        free = (box for box in _positions(x, y, width, height) if not any(_overlap(box, other) for other in taken))
        box = next(free, None)
        if box is not None:
            taken.append(box)
            offset = (box[0] - x, box[1] - y)
            label = axes.annotate(text, point, offset, textcoords="offset points", fontsize=LABEL_SIZE, color=colour)
            label.set_in_layout(False)


def _positions(x: float, y: float, width: float, height: float) -> Iterator[Box]:
    """Yield left, bottom, right and top of a label right of a point, left of it, above, below and at the corners."""
    for across, up in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)):
        left = x + 4 * across - width / 2 * (1 - across)
        bottom = y + 3 * up - height / 2 * (1 - up)
        yield (left, bottom, left + width, bottom + height)


def _overlap(first: Box, second: Box) -> bool:
    return first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]

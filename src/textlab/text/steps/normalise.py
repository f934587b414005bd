"""The step that turns a text into normalised tokens separated by single blanks."""

from pathlib import Path

from textlab.text.normalisation import normalise
from textlab.text.processor import InGraph, Step


class Normalise(Step):
    """Apply the rules of `textlab.text.normalisation`."""

    def apply(self, text: str) -> str:
        return normalise(text)

    def in_graph(self, folder: Path) -> InGraph:
        from textlab.text import graph

        return InGraph(graph.normalise)

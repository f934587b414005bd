"""A classifier in memory whose inputs are others than a text alone: examples in, probabilities out."""

from collections.abc import Sequence

from api.model.bundle import CheckedBundle
from api.model.classifier import Classifier
from api.model.cost import size_of
from api.model.examples import Example, example_of
from api.model.model import Asked
from api.settings import EngineName
from textlab.inputs import kind_of


class ExampleClassifier(Classifier):
    """A model that reads several inputs, or another one than a text.

    A call is measured with examples all of whose values have the same size. An example counts as large as its largest
    value, so that its cost is not underestimated.
    """

    work, one = "examples", "an example"

    @staticmethod
    def size(text: Example) -> int:
        """The size of an example: that of its largest value."""
        return text.size

    def __init__(self, checked: CheckedBundle, threads: int, engine: EngineName, longest: int) -> None:
        self._examples: dict[int, Example] = {}  # for warm-up and measurement, by size; making one takes longer
        super().__init__(checked, threads, engine, longest)
        self._examples.clear()

    def _warm_up(self) -> None:
        super()._warm_up()
        for name in self.inputs:  # each value alone, beside missing ones
            contents = dict.fromkeys(self.inputs, b"") | {name: kind_of(name).of_size(1)}
            self._checked_answer([example_of(contents)])

    def _contents(self, texts: Sequence[Asked]) -> dict[str, list[bytes]]:
        return {name: [example.contents[name] for example in texts] for name in self.inputs}

    def _asked(self, text: str) -> Example:
        size = size_of(text)
        if size not in self._examples:
            self._examples[size] = example_of(
                {name: kind_of(name).of_size(size) if size else b"" for name in self.inputs}
            )
        return self._examples[size]

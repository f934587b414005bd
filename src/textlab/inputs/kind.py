"""The promises of a kind of input.

They follow the life of a value: where it comes from, what it is among other values of a dataset, what a graph gets for
it, and what people, monitoring and snapshots see of it.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from .measures import Measures

SENTENCE = "A blue cup with a handle, made of clay... only 12 left! "


class ReceivedError(ValueError):
    """A value from outside cannot be a value of its input. The message says what came and what to do."""


@dataclass(frozen=True)
class Shown:
    """A value for people to look at.

    Attributes:
        text: plain text, which a page has to escape; with a source, the words for people who cannot see it.
        source: a small picture of the value as a data URL; "" if there is none.
    """

    text: str
    source: str = ""


class InputKind(ABC):
    """A kind of input. In a frame of examples, each value is a string, and "" stands for a missing value.

    Attributes:
        name: the word for one value, for messages, such as "text" or "picture".
        media_types: the types of the files that hold such values; none if a value is its own content, such as a text.
        mlflow_type: the type of the column in MLflow's tables.
        operations: the operations of TensorFlow that a graph may hold only to decode such values.
        libraries: the distributions that `checked` needs.
        parity_examples: the number of examples on which an export is compared with its model.
        keeps_rows_together: whether a split keeps rows with the same value in one part, whatever their other inputs.
        most_bits_apart: in how many bits the fingerprints of near-copies differ at most; 0 where words are compared.
        has_thumbnails: whether `shown` returns a small picture of a value that is not blank.
        traits: names of the numbers that monitoring compares, see `measures`; none where it compares words.
    """

    name: ClassVar[str]
    media_types: ClassVar[tuple[str, ...]] = ()
    mlflow_type: ClassVar[str]
    operations: ClassVar[frozenset[str]] = frozenset()
    libraries: ClassVar[tuple[str, ...]] = ()
    parity_examples: ClassVar[int] = 2_000
    keeps_rows_together: ClassVar[bool] = False
    most_bits_apart: ClassVar[int] = 0
    has_thumbnails: ClassVar[bool] = False
    traits: ClassVar[tuple[str, ...]] = ()

    @property
    def is_binary(self) -> bool:
        """Whether a value refers to bytes: requests carry them as a file or in base64, and `identity` is a sha256."""
        return bool(self.media_types)

    def from_cell(self, cell: str, folder: Path) -> str:
        """Return the value that a cell of a table states.

        Args:
            cell: the cell.
            folder: the folder of the table.

        Raises:
            ReceivedError: the cell refers to content that is missing or broken.
        """
        return cell

    def from_option(self, option: str) -> str:
        """Return the value that a person gives on the command line.

        Raises:
            ReceivedError: it refers to content that is missing or broken.
        """
        return option

    @abstractmethod
    def received(self, value: Any) -> bytes:
        """Return the content of a value from outside, such as a cell of MLflow's tables. No file is read.

        Raises:
            ReceivedError: it cannot be a value of the input.
        """

    def checked(self, content: bytes, most_bytes: int | None = None, most_pixels: int | None = None) -> bytes:
        """Return the bytes that a graph gets for what `received` returned, so that no graph can fail on it.

        Args:
            content: the bytes that came; b"" for a missing value.
            most_bytes: maximum length of the content; None means the limit of datasets.
            most_pixels: maximum number of pixels of a picture; None means the limit of datasets.

        Raises:
            ReceivedError: it cannot be a value of the input.
        """
        return content

    @abstractmethod
    def kept(self, value: Any) -> str:
        """Return the value of a frame for a value from outside, such as a field of a line of feedback.

        Raises:
            ReceivedError: it cannot be a value of the input.
        """

    def is_blank(self, value: str) -> bool:
        """Return whether a value holds nothing that a model could read."""
        return not value.strip()

    @abstractmethod
    def identity(self, value: str) -> str:
        """Return what the digest of a dataset and the keys of caches know a value by: its content, not its place."""

    @abstractmethod
    def duplicate_key(self, value: str) -> str:
        """Return a key that copies of a value share."""

    def fingerprint(self, value: str) -> bytes:
        """Return bits of which near-copies share all but `most_bits_apart`; b"" if a value has too little to go by."""
        return b""

    @abstractmethod
    def encode(self, values: Iterable[str]) -> list[bytes]:
        """Return the bytes that a graph gets for the values of a frame.

        Raises:
            ValueError: a value refers to content that is gone or was changed.
        """

    def length(self, value: str) -> int:
        """Return what a value adds to the time of a batch: batches hold values of similar length."""
        return len(value)

    def size(self, content: bytes) -> int:
        """Return the size of a value. The seconds of a model call grow with it."""
        return len(content)

    def of_size(self, size: int) -> bytes:
        """Return the content of a value of this size, for measurements."""
        return (SENTENCE * (size // len(SENTENCE) + 1))[:size].encode()

    @abstractmethod
    def odd_values(self) -> tuple[str, ...]:
        """Return unusual values that every model must survive, the missing one first."""

    def in_words(self, value: str) -> str:
        """Return a value for a table of words."""
        return value

    def shown(self, value: str) -> Shown:
        """Return a value for a page. A value that cannot be shown is a sentence that says why."""
        return Shown(self.in_words(value) or f"no {self.name}")

    def measures(self, content: bytes) -> Measures:
        """Return the measures of a value that is not missing, of a kind that has traits.

        Args:
            content: the bytes that a graph gets.
        """
        raise NotImplementedError(f"A {self.name} has no traits. Compare its words.")

    @abstractmethod
    def recorded(self, content: bytes, in_full: bool) -> Any:
        """Return what recorded traffic holds of a value, for JSON; "" for a missing one, None for nothing.

        Args:
            content: the bytes that the graph got.
            in_full: whether the value itself may be recorded, or what could identify it.
        """

    def moved(self, value: str, path: str) -> str:
        """Return the value whose content has been copied to `path`, a file as `textlab.paths.shown` writes it."""
        return value

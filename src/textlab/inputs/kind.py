"""The promises of a kind of input."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar

SENTENCE = "A blue cup with a handle, made of clay... only 12 left! "


class ReceivedError(ValueError):
    """A value from outside cannot be a value of its input. The message says what came and what to do."""


class InputKind(ABC):
    """A kind of input. In a frame of examples, each value is a string, and "" stands for a missing value.

    Attributes:
        name: the word for one value, for messages, such as "text" or "picture".
        mlflow_type: the type of the column in MLflow's tables.
        operations: the operations of TensorFlow that a graph may hold only to decode such values.
        is_binary: whether a request carries a value in base64, or as a file.
        media_types: the types of such files.
    """

    name: ClassVar[str]
    mlflow_type: ClassVar[str]
    operations: ClassVar[frozenset[str]] = frozenset()
    is_binary: ClassVar[bool] = False
    media_types: ClassVar[tuple[str, ...]] = ()

    def is_blank(self, value: str) -> bool:
        """Return whether a value holds nothing that a model could read."""
        return not value.strip()

    @abstractmethod
    def identity(self, value: str) -> str:
        """Return what the digest of a dataset and the keys of caches know a value by: its content, not its place."""

    @abstractmethod
    def duplicate_key(self, value: str) -> str:
        """Return a key that copies of a value share."""

    @abstractmethod
    def encode(self, values: Iterable[str]) -> list[bytes]:
        """Return the bytes that a graph gets for the values of a frame.

        Raises:
            ValueError: a value refers to content that is gone or was changed.
        """

    @abstractmethod
    def received(self, value: Any) -> bytes:
        """Return the bytes that a graph gets for a value from outside, such as a cell of MLflow's tables.

        No file is read.

        Raises:
            ReceivedError: it cannot be a value of the input.
        """

    @abstractmethod
    def odd_values(self) -> tuple[str, ...]:
        """Return unusual values that every model must survive, the missing one first."""

    def checked(self, content: bytes, most_bytes: int, most_pixels: int) -> bytes:
        """Return the bytes that a graph gets for content from outside, so that the graph cannot fail on it.

        Args:
            content: what `received` returned; b"" for a missing value.
            most_bytes: maximum length of the content.
            most_pixels: maximum number of pixels of a picture.

        Raises:
            ReceivedError: it cannot be a value of the input.
        """
        return content

    def remembered(self, content: bytes) -> str:
        """Return what the service remembers of the content of an answered example, so that feedback can name it."""
        return content.decode("utf-8", errors="surrogatepass")

    def size(self, content: bytes) -> int:
        """Return the size of a value. The seconds of a model call grow with it."""
        return len(content)

    def of_size(self, size: int) -> bytes:
        """Return the content of a value of this size, for measurements."""
        return (SENTENCE * (size // len(SENTENCE) + 1))[:size].encode()

"""The examples in the body of a request, for a model whose inputs are others than a text alone.

    {"examples": [{"text": "blue cup", "image": "<base64>"}, ...]}
    {"text": "blue cup", "image": "<base64>"}
    a form with a field for each input

A missing field, null or a blank text stands for a missing value.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from api.endpoints.bodies import checked_text, fields_of, kind_of_value, parsed_object, refuse_constant, unprocessable
from api.endpoints.forms import FilePart, form_fields
from api.model.examples import Example, example_of
from api.settings import Settings
from textlab.inputs import InputKind, ReceivedError, kind_of

STRUCTURE = b"{[,:"
REQUEST = "The request"  # a form or a JSON object
TOO_MANY_PARTS = "The JSON has too many parts."


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object with these members; Python's reader would keep the last of two with one name."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise unprocessable(
            "An object in the JSON has two members with one name.", "Send one value for each input of an example."
        )
    return found


DECODER = json.JSONDecoder(parse_constant=refuse_constant, object_pairs_hook=_without_repeats)


class ExampleReader:
    """Reads the examples in a body. It needs no request, so that another thread can do it.

    Args:
        inputs: the inputs of the model.
        settings: the limits.
        check_time: called before each value is decoded; raises an error once the time is over.

    Attributes:
        grown_bytes: the bytes that the examples take beyond those that came: some pictures are encoded anew.
    """

    def __init__(self, inputs: tuple[str, ...], settings: Settings, check_time: Callable[[], None]) -> None:
        self._inputs, self._settings, self._check_time = inputs, settings, check_time
        self.grown_bytes = 0

    def fields(self, body: bytes, boundary: str | None, further: int = 0) -> dict[str, Any]:
        """The fields in a body: of a form if there is a boundary, else of a JSON object.

        Args:
            body: the body.
            boundary: the boundary of a form.
            further: number of fields that a form may have beside the inputs.

        Raises:
            Problem: 400 or 422 for anything else.
        """
        self._check_time()
        if boundary is not None:
            return dict(form_fields(body, boundary, len(self._inputs) + further + 1))  # one more, to name it
        # Many small parts would need much more memory than their bytes.
        if sum(body.count(bytes([each])) for each in STRUCTURE) > self._settings.max_body_bytes:
            raise unprocessable(TOO_MANY_PARTS, "Send fewer examples per request.")
        return parsed_object(body, DECODER)

    def examples(self, fields: Mapping[str, Any]) -> list[Example]:
        """The examples in the fields of a body, in their order.

        Raises:
            Problem: 422 for other fields, too many examples or pictures, or a value that cannot be used.
        """
        if "examples" not in fields:
            return [self.example(fields)]
        listed, most = fields["examples"], self._settings.max_texts
        if len(fields) > 1 or not isinstance(listed, list):
            raise unprocessable(
                fields_of(fields, REQUEST), f'Send {self._wanted()}, or a list "examples" of such objects alone.'
            )
        if not 1 <= len(listed) <= most:
            raise unprocessable(f'"examples" holds {len(listed)} examples.', f"Send 1 to {most} examples per request.")
        for position, each in enumerate(listed):
            if not isinstance(each, dict):
                raise unprocessable(
                    f'"examples[{position}]" is {kind_of_value(each)}, not an object.', f"Send {self._wanted()}."
                )
        self._check_count(listed)
        return [self.example(each, f"examples[{position}]") for position, each in enumerate(listed)]

    def example(self, fields: Mapping[str, Any], place: str = "") -> Example:
        """The example with these fields.

        Args:
            fields: a value for each input, or for some of them.
            place: the place of the example in the request; "" for the only one.

        Raises:
            Problem: 422 for unknown fields, no value at all, or a value that cannot be used.
        """
        if not fields.keys() <= set(self._inputs):
            raise unprocessable(fields_of(fields, f'"{place}"' if place else REQUEST), f"Send {self._wanted()}.")
        received = {
            name: self._received(fields.get(name), kind_of(name), f"{place}.{name}" if place else name)
            for name in self._inputs
        }
        if not any(received.values()):
            raise unprocessable(
                f'"{place}" holds no value.' if place else "The example holds no value.", f"Send {self._wanted()}."
            )
        contents = {
            name: self._checked(content, kind_of(name), f"{place}.{name}" if place else name)
            for name, content in received.items()
        }
        self.grown_bytes += sum(len(contents[name]) for name in contents if contents[name] is not received[name])
        return example_of(contents)

    def _check_count(self, listed: list[dict[str, Any]]) -> None:
        """Refuse too many pictures before any of them is decoded."""
        binary = [name for name in self._inputs if kind_of(name).is_binary]
        count, most = sum(bool(each.get(name)) for each in listed for name in binary), self._settings.max_pictures
        if count > most:
            noun = kind_of(binary[0]).name
            most_words = f"{most} {noun}" if most == 1 else f"{most} {noun}s"
            raise unprocessable(f"The request holds {count} {noun}s.", f"Send at most {most_words} per request.")

    def _received(self, value: Any, kind: InputKind, place: str) -> bytes:
        """The bytes of a value that came in a field; b"" for a missing one."""
        if isinstance(value, FilePart) and kind.is_binary:
            return value.content
        if isinstance(value, FilePart):
            raise unprocessable(f'"{place}" came as a file.', "Send it as a field with a text.")
        if value is None or value == "":
            return b""
        if not kind.is_binary:
            is_blank = isinstance(value, str) and len(value) <= self._settings.max_characters and not value.strip()
            return b"" if is_blank else checked_text(value, place, self._settings).encode()
        if not isinstance(value, str):
            raise unprocessable(
                f'"{place}" is {kind_of_value(value)}, not a string.', f"Send the {kind.name} in base64."
            )
        try:
            return kind.received(value)
        except ReceivedError:
            action = f"Send the {kind.name} in base64 and nothing before it, or a form with a file."
            raise unprocessable(f'"{place}" is not base64.', action) from None

    def _checked(self, content: bytes, kind: InputKind, place: str) -> bytes:
        self._check_time()
        try:
            return kind.checked(content, self._settings.max_picture_bytes, self._settings.max_picture_pixels)
        except ReceivedError as error:
            came, _, action = str(error).partition(". ")
            raise unprocessable(f'"{place}" cannot be used: {came[:1].lower()}{came[1:]}.', action) from None

    def _wanted(self) -> str:
        """The inputs in words, such as "text", "image" or both."""
        names = [f'"{name}"' for name in self._inputs]
        if len(names) == 1:
            return names[0]
        return f"{', '.join(names)} or {'both' if len(names) == 2 else 'all of them'}"

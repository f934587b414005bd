"""One line of recorded traffic, checked."""

from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

LONGEST_ID = 64


STRICT = ConfigDict(strict=True, allow_inf_nan=False)


@dataclass(slots=True, config=STRICT)
class RecordedMeasures:
    """The recorded measures of a value without words, such as a picture, see `textlab.inputs.measures`.

    Attributes:
        form: the way it was encoded.
        traits: its traits.
        sha256: its content's; "" if the service may not record what identifies a value.
        embedding: its embedding in base64; likewise.
    """

    form: Annotated[str, Field(max_length=LONGEST_ID)]
    traits: dict[str, float]
    sha256: Annotated[str, Field(max_length=LONGEST_ID)] = ""
    embedding: str = ""


@dataclass(slots=True, config=STRICT)
class RecordedPrediction:
    """A recorded prediction.

    Attributes:
        id: the prediction's id, which feedback names.
        time: seconds since 1970.
        model, version: the model that answered.
        labels_digest: identifies its classes and their order.
        probabilities: one for each class.
        characters: for each input, its length in code points.
        caller: keyed hash of the caller.
        inputs: the text or the measures of each input, None if the service did not record it.
    """

    id: Annotated[str, Field(max_length=LONGEST_ID)]
    time: float
    model: str
    version: Annotated[int, Field(ge=0, lt=2**31)]
    labels_digest: str
    probabilities: list[Annotated[float, Field(ge=0, le=1)]]
    characters: dict[str, Annotated[int, Field(ge=0, lt=2**31)]]
    caller: Annotated[str, Field(max_length=LONGEST_ID)]
    inputs: dict[str, Annotated[str | RecordedMeasures, Field(union_mode="left_to_right")]] | None = None


_validate = TypeAdapter(RecordedPrediction).validator.validate_json  # 2 µs a line; json.loads alone takes 4


def recorded_prediction(line: bytes) -> RecordedPrediction | None:
    """The prediction in a line, None if the line does not hold one."""
    try:
        return _validate(line)
    except ValidationError:
        return None

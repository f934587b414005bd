"""One line of recorded traffic, checked."""

from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

LONGEST_ID = 64


@dataclass(slots=True, config=ConfigDict(strict=True, allow_inf_nan=False))
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
        inputs: the text of each input, None if the service did not record it.
    """

    id: Annotated[str, Field(max_length=LONGEST_ID)]
    time: float
    model: str
    version: Annotated[int, Field(ge=0, lt=2**31)]
    labels_digest: str
    probabilities: list[Annotated[float, Field(ge=0, le=1)]]
    characters: dict[str, Annotated[int, Field(ge=0, lt=2**31)]]
    caller: Annotated[str, Field(max_length=LONGEST_ID)]
    inputs: dict[str, str] | None = None


_validate = TypeAdapter(RecordedPrediction).validator.validate_json  # 2 µs a line; json.loads alone takes 4


def recorded_prediction(line: bytes) -> RecordedPrediction | None:
    """The prediction in a line, None if the line does not hold one."""
    try:
        return _validate(line)
    except ValidationError:
        return None

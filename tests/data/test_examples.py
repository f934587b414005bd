import pandas as pd
import pytest

from textlab.data.examples import examples_frame


def test_list_of_texts_becomes_a_frame() -> None:
    assert examples_frame(["kind", ""], ["text"], "LSTM").to_dict("list") == {"text": ["kind", ""]}
    assert examples_frame([], ["text"], "LSTM").shape == (0, 1)


def test_frame_is_reduced_to_the_input_columns() -> None:
    frame = pd.DataFrame({"id": ["1"], "airline": ["delta"], "text": ["kind"]})
    assert list(examples_frame(frame, ["text", "airline"], "Fusion")) == ["text", "airline"]


@pytest.mark.parametrize(
    ("examples", "inputs", "message"),
    [
        ("kind", ["text"], r"takes a list of texts, but a single string came\. Write \['kind'\] instead"),
        (["kind"], ["text", "airline"], r"reads text, airline, but a list came\. Pass a frame with these columns"),
        (["kind"], ["airline"], "reads airline, but a list came"),
        (pd.DataFrame({"id": ["1"], "text": ["a"]}), ["text", "airline"], "lacks the column airline; it has id, text"),
        (pd.DataFrame({"id": ["1"]}), ["text", "airline"], "lacks the columns text, airline"),
    ],
)
def test_examples_that_a_model_cannot_read_are_refused(examples: object, inputs: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        examples_frame(examples, inputs, "Fusion")  # type: ignore[arg-type]

"""The tests of models share a process that has loaded only TensorFlow and runs exported models."""

import base64
import json
import subprocess
import sys

import numpy as np
import pytest

from textlab.inputs import kind_of

# Reads a folder and columns of values in base64, one pair a line, and writes a line with the answer of the model there.
ANSWER = """
import base64
import json
import sys
import traceback
import tensorflow as tf

def answered(folder, columns):
    loaded = tf.saved_model.load(folder)
    signature = loaded.signatures["serving_default"]
    assert set(signature.structured_input_signature[1]) == set(columns), signature.structured_input_signature
    given = {name: tf.constant([base64.b64decode(value) for value in values]) for name, values in columns.items()}
    outputs = signature(**given)
    outputs.pop("truncated", None)  # the second output of models that read a limited number of tokens
    (answer,) = outputs.values()
    assert not any(name.split(".")[0] in ("textlab", "tensorflow_text", "keras_hub") for name in sys.modules)
    return answer.numpy().tolist()

for line in sys.stdin:
    try:
        answer = answered(*json.loads(line))
    except Exception:
        answer = traceback.format_exc()
    print(json.dumps(answer), flush=True)
"""


@pytest.fixture(scope="session")
def process_with_tensorflow(tmp_path_factory):
    """A function that lets the process answer columns of inputs with the model in a folder."""
    folder = tmp_path_factory.mktemp("process")
    with (folder / "stderr").open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", ANSWER],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )

        def answer(model, examples):
            columns = {
                name: [base64.b64encode(value).decode() for value in kind_of(name).encode(examples[name])]
                for name in examples
            }
            process.stdin.write(json.dumps([str(model), columns]) + "\n")
            process.stdin.flush()
            answered = json.loads(process.stdout.readline())
            assert isinstance(answered, list), answered
            return np.array(answered)

        yield answer
        process.communicate()
    assert process.returncode == 0, (folder / "stderr").read_text()

"""References to pictures, and the kinds of inputs."""

import hashlib

import pytest

from textlab.inputs import ReceivedError, kind_of
from textlab.inputs.references import digest_of, file_reference, inline_reference, read

CONTENT = b"\x89PNG and so on"


def test_an_input_without_a_kind_of_its_own_is_text():
    assert kind_of("airline") is kind_of("text")
    assert kind_of("image") is not kind_of("text")


def test_file_is_read_back_and_known_by_its_content(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(CONTENT)
    reference = file_reference(str(path), CONTENT)
    assert read(reference) == CONTENT
    assert digest_of(reference) == digest_of(inline_reference(CONTENT)) == hashlib.sha256(CONTENT).hexdigest()


def test_changed_or_missing_file_is_an_error(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"other")
    with pytest.raises(ValueError, match="has changed since the dataset was loaded"):
        read(file_reference(str(path), CONTENT))
    path.unlink()
    with pytest.raises(ValueError, match="is not there any more"):
        read(file_reference(str(path), CONTENT))


def test_value_from_outside_never_reads_a_file(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(CONTENT)
    with pytest.raises(ReceivedError, match="not base64"):
        kind_of("image").received(file_reference(str(path), CONTENT))


def test_missing_picture_has_no_bytes():
    assert kind_of("image").encode([""]) == [b""]
    assert kind_of("image").received("") == b""

"""`python -m textlab seal`, `unseal` and `rotate`."""

import pytest
from typer.testing import CliRunner

from textlab.__main__ import app
from textlab.sealing import Keys, is_sealed, read_lines
from textlab.sealing.key_files import new_key

FIRST, SECOND = new_key("first"), new_key("second")
CONTENT = b'{"text": "secret", "label": "good"}\n'


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "feedback.jsonl"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def call(monkeypatch):
    """A function that runs a command with these keys and returns its exit code and its output."""
    monkeypatch.delenv("TEXTLAB_SEAL_KEYS_FILE", raising=False)

    def run(*arguments, keys=FIRST):
        monkeypatch.setenv("TEXTLAB_SEAL_KEYS", keys)
        done = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert not done.exception or isinstance(done.exception, SystemExit), done.exception
        for key in (FIRST, SECOND):
            assert key.partition(":")[2] not in done.output
        assert "secret" not in done.output
        return done.exit_code, done.output

    return run


def test_file_is_sealed_rotated_and_unsealed(path, call):
    assert call("seal", path) == (0, f"{path} is sealed.\n")
    assert is_sealed(path)
    assert call("rotate", path, keys=f"{SECOND},{FIRST}") == (0, f"{path} is sealed with the key 'second'.\n")
    assert call("unseal", path, keys=SECOND) == (0, f"{path} is in the clear.\n")
    assert path.read_bytes() == CONTENT


def test_purpose_is_that_of_the_folder(path, call):
    for folder, purpose in {"traffic": "traffic", "shadow": "shadow", "other": "feedback"}.items():
        path.parent.joinpath(folder).mkdir()
        segment = path.parent / folder / "segment.jsonl"
        segment.write_bytes(CONTENT)
        call("seal", segment)
        assert segment.read_text().split()[2] == purpose
    assert call("seal", path, "--purpose", "No")[1].startswith("'No' is not a purpose. Use a word of 1 to 20 small")
    assert path.read_bytes() == CONTENT


def test_unsealed_copy_is_another_file(path, call):
    call("seal", path)
    output = path.with_name("clear.jsonl")
    code, said = call("unseal", path, "--output", output)
    assert (code, said) == (0, f"{path} is unchanged; {output} holds its texts in the clear.\n")
    assert output.read_bytes() == CONTENT
    assert is_sealed(path)


def test_file_that_fails_does_not_keep_the_others_from_it(path, call):
    other, missing = path.with_name("other.jsonl"), path.with_name("missing.jsonl")
    other.write_bytes(CONTENT)
    call("seal", path)
    code, said = call("seal", path, missing, other)
    assert code == 2
    assert f"{path} is sealed already. Nothing has changed." in said
    assert f"There is no file {missing}. Check the path." in said
    assert is_sealed(other)


def test_tampered_file_is_refused_with_its_line(path, call):
    call("seal", path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1] * 2)
    code, said = call("unseal", path)
    assert code == 2
    assert f"{path}, line 3: It was changed or moved" in said
    assert not [each for each in path.parent.iterdir() if each != path]


def test_what_a_damaged_file_still_holds_is_saved_to_another_file(path, call):
    call("seal", path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1] * 2)
    before, output = path.read_bytes(), path.with_name("saved.jsonl")
    assert call("unseal", path, "--skip-damaged")[1].startswith("--skip-damaged was given without --output.")
    code, said = call("unseal", path, "--skip-damaged", "--output", output)
    assert code == 0
    assert said.endswith("Left out, because they do not open: line 3.\n")
    assert (output.read_bytes(), path.read_bytes()) == (CONTENT, before)


@pytest.mark.parametrize("arguments", [("seal",), ("unseal",), ("rotate",)])
def test_commands_without_a_key_say_how_to_make_one(path, call, arguments):
    code, said = call(*arguments, path, keys="")
    assert code == 2
    assert said.startswith("No key is set. Set TEXTLAB_SEAL_KEYS or TEXTLAB_SEAL_KEYS_FILE. `python -m textlab seal")
    assert path.read_bytes() == CONTENT


def test_new_key_comes_first_in_its_file_and_is_never_printed(path, call, monkeypatch, tmp_path):
    keys_file = tmp_path / "folder" / "seal.keys"
    for name in ("2026-11", "2026-12"):
        code, said = call("seal", "--new-key", name, "--keys-file", keys_file)
        assert code == 0
        assert said.startswith(f"{keys_file} holds the key '{name}', which seals what is written from now on.")
        assert not any(line.partition(":")[2] in said for line in keys_file.read_text().split())
    assert keys_file.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("TEXTLAB_SEAL_KEYS_FILE", str(keys_file))
    assert call("seal", path, keys="")[0] == 0
    keys = Keys.from_environment({"TEXTLAB_SEAL_KEYS_FILE": str(keys_file)})
    assert keys.ids == ("2026-12", "2026-11")
    assert list(read_lines(path, "feedback", keys)) == [CONTENT.rstrip(b"\n")]


@pytest.mark.parametrize(
    ("arguments", "present", "message"),
    [
        (["--new-key", "a b"], "", "The id of key 1 is not valid. Use 1 to 40 letters, digits, '_' and '-'."),
        (["--new-key", "first"], FIRST, "has two keys with the id 'first'. Give each key an id of its own."),
        (["--new-key", "new"], "{}", "is a JSON file. Name a file with one key a line."),
        (["--new-key", "new"], "rubbish", "is not valid. Write it as id:base64"),
        (["--new-key", "new", "file"], "", "Both or neither of FILE and --new-key were given."),
        ([], "", "Both or neither of FILE and --new-key were given."),
    ],
    ids=["id with a blank", "id in use", "JSON", "not a key", "file and key", "neither"],
)
def test_file_of_keys_stays_as_it_was_if_no_key_can_be_added(call, tmp_path, arguments, present, message):
    keys_file = tmp_path / "seal.keys"
    keys_file.write_text(present)
    code, said = call("seal", *arguments, "--keys-file", keys_file)
    assert code == 2
    assert message in said
    assert keys_file.read_text() == present


def test_new_key_needs_a_file_to_be_written_to(call):
    code, said = call("seal", "--new-key", "new")
    assert code == 2
    assert said.startswith("There is no file for the new key. Name it with --keys-file or TEXTLAB_SEAL_KEYS_FILE.")

"""The operator's keys, and values that they seal."""

import base64
import json

import pytest

from textlab.sealing import Keys, SealError
from textlab.sealing import keys as module
from textlab.sealing.key_files import new_key

FIRST, SECOND = b"a" * 32, bytes(range(200, 232))


def entry(name, secret, encode=base64.b64encode):
    return f"{name}:{encode(secret).decode()}"


def environment(**values):
    return {f"TEXTLAB_SEAL_{name.upper()}": str(value) for name, value in values.items()}


def same(keys, other):
    return keys.ids == other.ids and other.open_value(keys.seal_value(b"data", b""), b"") == b"data"


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_keys_come_from_the_environment_and_the_first_one_seals(encode):
    keys = Keys.from_environment(environment(keys=f" {entry('k2', SECOND, encode)}, {entry('k1', FIRST, encode)},"))
    assert same(keys, Keys({"k2": SECOND, "k1": FIRST}))
    assert keys.current == "k2"


@pytest.mark.parametrize(
    "content",
    [
        f"# made in November\n\n{entry('k2', SECOND)}\r\n {entry('k1', FIRST)}",
        json.dumps({"k2": base64.b64encode(SECOND).decode(), "k1": base64.b64encode(FIRST).decode()}, indent=1),
    ],
    ids=["lines", "JSON"],
)
def test_keys_come_from_a_file(tmp_path, content):
    (tmp_path / "keys").write_text(content)
    keys = Keys.from_environment(environment(keys_file=tmp_path / "keys"))
    assert same(keys, Keys({"k2": SECOND, "k1": FIRST}))


def test_no_variable_or_an_empty_one_means_no_keys():
    assert Keys.from_environment({}) is Keys.from_environment(environment(keys="", keys_file=" ")) is None


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (entry("k1", b"short"), "The key 'k1' has 5 bytes. Give 32 random bytes in base64; `python -m textlab seal"),
        ("SECRETSECRET", "Key 1 of TEXTLAB_SEAL_KEYS is not valid. Write it as id:base64, with 32 bytes in base64."),
        ("k1:SECRET*SECRET", "Key 1 of TEXTLAB_SEAL_KEYS is not valid."),
        (f"{entry('k1', FIRST)},k 2:SECRET", "Key 2 of TEXTLAB_SEAL_KEYS is not valid."),
        (f"{entry('k1', FIRST)},{entry('k1', SECOND)}", "TEXTLAB_SEAL_KEYS has two keys with the id 'k1'."),
        (",", "TEXTLAB_SEAL_KEYS holds no key."),
    ],
)
def test_invalid_key_is_a_clear_error_that_does_not_repeat_it(value, message):
    with pytest.raises(SealError) as error:
        Keys.from_environment(environment(keys=value))
    assert str(error.value).startswith(message)
    assert "SECRET" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no key"),
        (b"# nothing\n", "holds no key"),
        (b"\xff\xfe", "cannot be read (UnicodeDecodeError)"),
        (b'{"k1": 5}', "is not a JSON object of keys"),
        (b'{"k1": "SECRET"', "is not a JSON object of keys"),
        (b"[" * 100_000, "is not valid"),
        (b'{"a":' * 100_000, "is not a JSON object of keys"),
    ],
)
def test_damaged_file_of_keys_is_a_clear_error(tmp_path, content, message):
    (tmp_path / "keys").write_bytes(content)
    with pytest.raises(SealError) as error:
        Keys.from_environment(environment(keys_file=tmp_path / "keys"))
    assert message in str(error.value)
    assert "SECRET" not in str(error.value)


def test_missing_file_of_keys_is_a_clear_error(tmp_path):
    with pytest.raises(SealError, match=r"which TEXTLAB_SEAL_KEYS_FILE names, cannot be read \(FileNotFoundError\)"):
        Keys.from_environment(environment(keys_file=tmp_path / "keys"))


def test_two_sources_of_keys_are_refused(tmp_path):
    with pytest.raises(SealError, match=r"Both TEXTLAB_SEAL_KEYS and TEXTLAB_SEAL_KEYS_FILE are set. Unset one"):
        Keys.from_environment(environment(keys=entry("k1", FIRST), keys_file=tmp_path))


def test_keys_show_their_ids_only():
    keys = Keys({"k1": FIRST})
    assert repr(keys) == str(keys) == "Keys(k1)"


def test_new_key_is_read_back_and_is_new_each_time():
    made = [new_key("k-1_b"), new_key("k-1_b")]
    assert made[0] != made[1]
    assert Keys.from_environment(environment(keys=made[0])).ids == ("k-1_b",)
    with pytest.raises(SealError, match=r"The id of key 1 is not valid."):
        new_key("no:colon")


@pytest.mark.parametrize("data", [b"", b"text", b"\0\n" * 10_000])
def test_value_comes_back_in_its_own_context_only(data):
    keys = Keys({"k2": SECOND, "k1": FIRST})
    sealed = keys.seal_value(data, b"text of row 1")
    assert sealed.startswith(b"k2:")
    assert sealed.isascii()
    assert b"\n" not in sealed
    assert keys.open_value(sealed, b"text of row 1") == data
    with pytest.raises(SealError, match="It was changed or moved"):
        keys.open_value(sealed, b"text of row 2")


def test_change_of_any_byte_of_a_value_is_detected():
    keys = Keys({"k1": FIRST})
    sealed = keys.seal_value(b"ab", b"")
    for place in range(len(sealed)):
        for bit in range(8):
            changed = sealed[:place] + bytes([sealed[place] ^ 1 << bit]) + sealed[place + 1 :]
            with pytest.raises(SealError):
                keys.open_value(changed, b"")
    for length in range(len(sealed)):
        with pytest.raises(SealError):
            keys.open_value(sealed[:length], b"")


def test_values_of_one_derived_key_are_limited(monkeypatch):
    monkeypatch.setattr(module, "VALUES_PER_SALT", 3)
    monkeypatch.setattr(module, "CIPHERS", 2)
    keys = Keys({"k1": FIRST})
    sealed = [keys.seal_value(b"data", b"") for _ in range(10)]
    salts = [module.parse_token(value)[1][: module.SALT_BYTES] for value in sealed]
    assert len(set(salts)) == 4
    assert {keys.open_value(value, b"") for value in sealed} == {b"data"}


def test_values_and_records_cannot_stand_for_each_other():
    keys = Keys({"k1": FIRST})
    with pytest.raises(SealError):
        keys.open_value(keys.seal_record(b"x" * 50, b"info", b""), b"")


def test_package_needs_only_the_standard_library_until_it_seals():
    import subprocess
    import sys

    code = (
        "import sys; before = set(sys.modules)\n"
        "from textlab.sealing import Keys, lines, chain\nKeys({'k1': b'a' * 32})\n"
        "print({name.split('.')[0] for name in set(sys.modules) - before} - sys.stdlib_module_names)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "{'textlab'}"

"""Where keys come from: a variable or a file, with entries of the form "id:base64"."""

import base64
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from textlab.sealing.errors import SealError
from textlab.sealing.replacing import replacing

VARIABLE = "TEXTLAB_SEAL_KEYS"
FILE_VARIABLE = "TEXTLAB_SEAL_KEYS_FILE"
SET_KEYS = f"Set {VARIABLE} or {FILE_VARIABLE}."
KEY_BYTES = 32
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL
ID = re.compile("[A-Za-z0-9_-]{1,40}")


def named_secrets(environment: Mapping[str, str]) -> dict[str, bytes]:
    """The keys that the environment names, by their ids; empty if it names none.

    Raises:
        SealError: both variables are set, the file cannot be read, or an entry is not valid.
    """
    listed, file = environment.get(VARIABLE, "").strip(), environment.get(FILE_VARIABLE, "").strip()
    if listed and file:
        raise SealError(f"Both {VARIABLE} and {FILE_VARIABLE} are set. Unset one of them.")
    if file:
        return _read_keys(Path(file))
    return _parsed(listed.split(","), VARIABLE) if listed else {}


def check_keys(secrets: Mapping[str, bytes]) -> None:
    """Check ids and lengths of keys.

    Raises:
        SealError: there is no key, an id has other characters than letters, digits, "_" and "-", or a key does not
            have 32 bytes.
    """
    if not secrets:
        raise SealError("There is no key. Give at least one, as id:base64.")
    for place, (name, secret) in enumerate(secrets.items(), start=1):
        if not ID.fullmatch(name):
            raise SealError(f"The id of key {place} is not valid. Use 1 to 40 letters, digits, '_' and '-'.")
        if len(secret) != KEY_BYTES:
            raise SealError(
                f"The key '{name}' has {len(secret)} bytes. Give 32 random bytes in base64; "
                "`python -m textlab seal --new-key ID` makes such a key."
            )


def new_key(name: str) -> str:
    """A new random key with this id, as "id:base64".

    Raises:
        SealError: the id is not valid.
    """
    secret = os.urandom(KEY_BYTES)
    check_keys({name: secret})
    return f"{name}:{base64.b64encode(secret).decode()}"


def add_key(path: Path, name: str) -> None:
    """Put a new random key at the top of a file of keys, which is created if it is missing. That key then seals.

    The file can be read by its owner only.

    Raises:
        SealError: the id is not valid or taken, or the file is not one of keys, one a line.
        OSError: the file cannot be written. It is unchanged.
    """
    entry = new_key(name)
    present = path.read_text(encoding="utf-8") if path.exists() else ""
    if present.lstrip().startswith("{"):
        raise SealError(f"{path} is a JSON file. Name a file with one key a line.")
    _parsed([entry, *_entries(present)], str(path))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with replacing(path) as partial, os.fdopen(os.open(partial, NEW_FILE, 0o600), "w", encoding="utf-8") as file:
        file.write(f"{entry}\n{present}")
        file.flush()
        os.fsync(file.fileno())


def _read_keys(path: Path) -> dict[str, bytes]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise SealError(
            f"{path}, which {FILE_VARIABLE} names, cannot be read ({type(error).__name__}). Check path and permissions."
        ) from None
    if text.lstrip().startswith("{"):
        return _parsed(_of_json(text, path), str(path))
    return _parsed(_entries(text), str(path))


def _entries(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.lstrip().startswith("#")]


def _of_json(text: str, path: Path) -> list[str]:
    try:
        pairs = json.loads(text, object_pairs_hook=list)
    except (ValueError, RecursionError):
        pairs = None
    if not isinstance(pairs, list) or not all(isinstance(secret, str) for _, secret in pairs):
        raise SealError(f'{path} is not a JSON object of keys. Write {{"id": "32 bytes in base64"}}.') from None
    return [f"{name}:{secret}" for name, secret in pairs]


def _parsed(entries: list[str], source: str) -> dict[str, bytes]:
    """The keys in entries of the form "id:base64". Messages name an entry by its number, for it may be a secret."""
    found: dict[str, bytes] = {}
    for place, entry in enumerate(filter(None, (entry.strip() for entry in entries)), start=1):
        name, colon, encoded = (part.strip() for part in entry.partition(":"))
        try:
            secret = base64.b64decode(encoded.replace("-", "+").replace("_", "/"), validate=True)
        except ValueError:
            colon, secret = "", b""
        if not colon or not ID.fullmatch(name):
            raise SealError(f"Key {place} of {source} is not valid. Write it as id:base64, with 32 bytes in base64.")
        if name in found:
            raise SealError(f"{source} has two keys with the id '{name}'. Give each key an id of its own.")
        found[name] = secret
    if not found:
        raise SealError(f"{source} holds no key. Write at least one, as id:base64.")
    return found

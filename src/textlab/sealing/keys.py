"""The keys that seal: from the environment or a file, several at once, and AES-256-GCM with keys derived from them.

A key of the operator never encrypts anything itself. HKDF (RFC 5869) derives a key for each file and for each batch of
values, so that random nonces of 96 bits stay far below their limit of 2^32 messages a key (NIST SP 800-38D, 8.3).
"""

import base64
import binascii
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from textlab.sealing.errors import SealError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VARIABLE = "TEXTLAB_SEAL_KEYS"
FILE_VARIABLE = "TEXTLAB_SEAL_KEYS_FILE"
KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
SALT_BYTES = 16
VALUES_PER_SALT = 1 << 20
CIPHERS = 256  # maximum number of derived keys that are kept
SHOWN_KEYS = 5
ID = re.compile("[A-Za-z0-9_-]{1,40}")
SET_KEYS = f"Set {VARIABLE} or {FILE_VARIABLE}."
CHANGED = "It was changed or moved, or the key is another one of the same name"


class Keys:
    """The operator's keys. The first one seals; all of them open.

    Args:
        secrets: the 32 bytes of each key by its id.

    Raises:
        SealError: there is no key, an id has other characters than letters, digits, "_" and "-", or a key does not
            have 32 bytes.
    """

    def __init__(self, secrets: Mapping[str, bytes]) -> None:
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
        self._secrets = dict(secrets)
        self._ciphers: dict[tuple[str, bytes], AESGCM] = {}
        self._salt, self._values = b"", 0

    def __repr__(self) -> str:
        return f"Keys({', '.join(self.ids)})"

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the keys, the one that seals first."""
        return tuple(self._secrets)

    @property
    def current(self) -> str:
        """The id of the key that seals."""
        return self.ids[0]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Keys | None":
        """The keys that the environment names; None if it names none.

        TEXTLAB_SEAL_KEYS holds them as "id:base64,id2:base64". TEXTLAB_SEAL_KEYS_FILE names a file with one of them a
        line, or with a JSON object of them.

        Raises:
            SealError: both variables are set, the file cannot be read, or a key is not valid.
        """
        environment = os.environ if environment is None else environment
        listed, file = environment.get(VARIABLE, "").strip(), environment.get(FILE_VARIABLE, "").strip()
        if listed and file:
            raise SealError(f"Both {VARIABLE} and {FILE_VARIABLE} are set. Unset one of them.")
        if file:
            return cls(_read_keys(Path(file)))
        return cls(_parsed(listed.split(","), VARIABLE)) if listed else None

    def seal_value(self, data: bytes, context: bytes) -> bytes:
        """Encrypt a value, such as a cell of a table.

        Args:
            data: the value.
            context: where the value belongs, such as its table, column and row. It opens only with the same context.

        Returns:
            Printable ASCII without spaces: the key's id, ":", and base64.
        """
        if self._values % VALUES_PER_SALT == 0:
            self._salt = os.urandom(SALT_BYTES)
        self._values += 1
        salt = self._salt
        return self._token(salt + self._sealed(_value_info(salt), data, context))

    def open_value(self, sealed: bytes, context: bytes) -> bytes:
        """Decrypt a value of `seal_value`.

        Raises:
            SealError: the value was changed, belongs to another context, or its key is missing or another one.
        """
        name, content = parse_token(sealed)
        salt, rest = content[:SALT_BYTES], content[SALT_BYTES:]
        return self.opened(name, rest, _value_info(salt), context)

    def seal_record(self, data: bytes, info: bytes, bound: bytes) -> bytes:
        """Encrypt a record with the key that is derived from the current key and `info`, and bind it to `bound`."""
        return self._token(self._sealed(info, data, bound))

    def opened(self, name: str, content: bytes, info: bytes, bound: bytes) -> bytes:
        """Decrypt nonce, ciphertext and tag that the key with this id sealed.

        Raises:
            SealError: there is no such key, or the content does not belong to key, `info` and `bound`.
        """
        if name not in self._secrets:
            others = ", ".join(self.ids[:SHOWN_KEYS])
            raise SealError(f"It is sealed with the key '{name}', and only {others} is set. Add that key.")
        from cryptography.exceptions import InvalidTag

        if len(content) < NONCE_BYTES + TAG_BYTES:
            raise SealError("It is too short for a sealed record. Restore the file from a backup.")
        try:
            return self._cipher(name, info).decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], bound)
        except InvalidTag:
            raise SealError(f"{CHANGED} ('{name}'). Set the right key, or restore the file from a backup.") from None

    def _token(self, content: bytes) -> bytes:
        return self.current.encode() + b":" + binascii.b2a_base64(content, newline=False)

    def _sealed(self, info: bytes, data: bytes, bound: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher(self.current, info).encrypt(nonce, data, bound)

    def _cipher(self, name: str, info: bytes) -> "AESGCM":
        cipher = self._ciphers.get((name, info))
        if cipher is None:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM
            from cryptography.hazmat.primitives.hashes import SHA256
            from cryptography.hazmat.primitives.kdf.hkdf import HKDF

            derived = HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(self._secrets[name])
            if len(self._ciphers) >= CIPHERS:
                self._ciphers = {}
            cipher = self._ciphers[name, info] = AESGCM(derived)
        return cipher


def new_key(name: str) -> str:
    """A new random key with this id, as "id:base64".

    Raises:
        SealError: the id is not valid.
    """
    secret = os.urandom(KEY_BYTES)
    Keys({name: secret})
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
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(f"{entry}\n{present}")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def parse_token(token: bytes) -> tuple[str, bytes]:
    """The key's id, and the bytes that it sealed.

    Raises:
        SealError: the token does not have the form "id:base64".
    """
    name, colon, encoded = token.partition(b":")
    content = b""
    try:
        id_, content = name.decode("ascii"), binascii.a2b_base64(encoded)
    except ValueError:
        id_ = ""
    # base64 has several spellings for the same bytes. Only the one that was written is accepted.
    if not colon or not ID.fullmatch(id_) or binascii.b2a_base64(content, newline=False) != encoded:
        raise SealError("It is not a sealed record: it was changed. Restore the file from a backup.")
    return id_, content


def _value_info(salt: bytes) -> bytes:
    return b"textlab sealed value 1\n" + salt


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
